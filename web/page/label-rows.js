// The label column of the waterfall: a recycled set of real DOM rows, which is what screen readers, text selection and
// find-in-page see. The canvas beside it only repeats them.

import { indentOf } from '../model/bar-layout.js';
import { visibleText } from '../model/attribute-value.js';
import { endsBeforeStart, kindOf } from '../model/lpt1.js';
import { siblingPlace } from '../model/trace-tree.js';
import { countOf, formatDuration } from '../model/units.js';
import { element, icon, swatch } from './dom.js';

/** Names longer than this are cut in a row; the details show them whole. */
const LONGEST_NAME = 240;
export const KIND_NAMES = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

export class LabelRows {
  #pool = new Map();
  #free = [];
  #made = 0;
  #version = 0;

  /** @param {HTMLElement} column @param {import('../model/trace-session.js').TraceSession} session */
  constructor(column, session) {
    this.column = column;
    this.session = session;
  }

  /** Anything on the rows but the selection may have changed. */
  invalidate() {
    this.#version++;
  }

  /**
   * Shows rows [first, last) of the list, and the selected one wherever it is, so that it can be the active descendant.
   * @param {{first: number, last: number, top: number, rowHeight: number, hovered: number, width: number}} frame  top = float row at the upper edge
   * @returns {string} element id of the selected row, '' when nothing is selected
   */
  render({ first, last, top, rowHeight, hovered, width }) {
    const { session } = this;
    const selectedRow = session.selected >= 0 ? session.rows.rowOf[session.selected] : -1;
    const wanted = new Set();
    for (let row = first; row < last; row++) wanted.add(row);
    if (selectedRow >= 0) wanted.add(selectedRow);
    for (const [row, entry] of this.#pool) {
      if (wanted.has(row)) continue;
      this.#pool.delete(row);
      this.#free.push(entry);
    }
    for (const row of wanted) {
      let entry = this.#pool.get(row);
      if (!entry) {
        entry = this.#free.pop() ?? this.#make();
        entry.version = -1;
        this.#pool.set(row, entry);
      }
      const id = session.rows.node[row];
      if (entry.id !== id || entry.version !== this.#version || entry.width !== width) this.#fill(entry, row, id, width);
      entry.row.style.transform = `translateY(${Math.round((row - top) * rowHeight * 100) / 100}px)`;
      entry.row.classList.toggle('hovered', id === hovered);
      const selected = row === selectedRow;
      if (entry.selected !== selected) entry.row.setAttribute('aria-selected', String(entry.selected = selected));
      entry.row.hidden = false;
    }
    for (const entry of this.#free) entry.row.hidden = true;
    return selectedRow >= 0 ? this.#pool.get(selectedRow).row.id : '';
  }

  #make() {
    const twist = element('button', { type: 'button', class: 'twist', tabindex: '-1' }, icon('twist', 'small'));
    const square = swatch();
    const service = element('span', { class: 'span-service' });
    const name = element('bdi', { class: 'span-name' });
    const times = element('span', { class: 'times' });
    const marks = element('span', { class: 'mark' });
    const spanCell = element('div', { class: 'span-cell', role: 'gridcell' }, twist, square, service, name, times, marks);
    const serviceCell = element('div', { class: 'visually-hidden', role: 'gridcell' });
    const duration = element('div', { class: 'span-duration', role: 'gridcell' });
    const start = element('div', { class: 'visually-hidden', role: 'gridcell' });
    const guides = element('span', { class: 'guides', 'aria-hidden': 'true' });
    const row = element('div', { class: 'label', role: 'row', id: `span-row-${this.#made++}` }, guides, spanCell, serviceCell, duration, start);
    this.column.append(row);
    return { row, twist, square, service, name, times, marks, serviceCell, duration, start, guides, spanCell, id: -1, version: -1, width: 0, selected: null };
  }

  #fill(entry, row, id, width) {
    const { session } = this;
    const { tree, columns } = session;
    Object.assign(entry, { id, version: this.#version, width });
    const level = session.rows.level[row];
    const indent = indentOf(level, session.rows.deepest, width);
    const isGroup = session.isGroup(id);
    const isSynthetic = session.isSynthetic(id);
    const canExpand = session.canExpand(id);
    const expanded = session.isExpanded(id);
    const service = session.serviceName(id);
    const parent = parentOf(session, id);
    const name = shortName(session.nameOf(id));
    const { start, dur } = session.intervalOf(id);
    const errors = session.errorsIn(id);
    const repeats = isGroup ? session.groupAt(id).repeats : 0;
    const flagged = session.isRow(id) && endsBeforeStart(columns.bits[id]);
    const loop = tree.cut.has(id);
    const duplicate = columns.duplicates.has(id);

    entry.row.className = 'label' + (errors > 0 && !isGroup ? ' failed' : '') + (isSynthetic ? ' synthetic' : '')
      + (session.hits === null ? '' : session.isHit(id) ? ' found' : ' dimmed');
    entry.row.dataset.row = String(row);
    entry.spanCell.style.paddingLeft = `${indent + 4}px`;
    entry.guides.style.width = `${indent + 4}px`;
    entry.guides.style.backgroundImage = level > 0 && indent / level >= 4 ? 'linear-gradient(90deg, var(--line) 1px, transparent 1px)' : 'none';
    entry.guides.style.backgroundSize = `${level > 0 ? indent / level : 14}px 100%`;
    entry.guides.style.backgroundPosition = '13px 0';
    entry.twist.style.visibility = canExpand ? '' : 'hidden';
    entry.twist.setAttribute('aria-label', expanded ? 'Fold' : 'Unfold');
    const slot = session.slotOf(id);
    if (slot) entry.square.dataset.slot = String(((slot - 1) % 24) + 1); else delete entry.square.dataset.slot;
    entry.square.hidden = isSynthetic;
    entry.service.textContent = service !== '' && (parent < 0 || session.serviceName(parent) !== service) ? shortName(service) : '';
    entry.service.hidden = entry.service.textContent === '';
    entry.name.textContent = name;
    entry.times.textContent = !isGroup ? '' : session.groupAt(id).kind === 'chain' ? `+${repeats - 1} nested` : `×${repeats}`;
    entry.times.hidden = !isGroup;
    const marks = [];
    if (errors > 0) marks.push(icon('error', 'small'), isGroup ? String(errors) : 'error');
    const warning = loop ? 'parent loop' : duplicate ? 'duplicate id' : flagged ? 'ends before it starts' : isSynthetic ? countOf(tree.first[id + 1] - tree.first[id], 'child', 'children') : '';
    if (warning !== '') marks.push(...(isSynthetic ? [] : [icon('warning', 'small')]), warning);
    entry.marks.replaceChildren(...marks);
    entry.marks.hidden = marks.length === 0;
    entry.marks.classList.toggle('warn', errors === 0);
    const shownNanos = isGroup ? session.summaryOf(id).total : dur;
    entry.duration.textContent = formatDuration(shownNanos);
    entry.serviceCell.textContent = service;
    entry.start.textContent = formatDuration(start);

    const attributes = entry.row;
    attributes.setAttribute('aria-rowindex', String(row + 1));
    attributes.setAttribute('aria-level', String(level + 1));
    if (canExpand) attributes.setAttribute('aria-expanded', String(expanded)); else attributes.removeAttribute('aria-expanded');
    const [place, siblings] = isGroup ? [1, 1] : siblingPlace(tree, id);
    attributes.setAttribute('aria-posinset', String(place));
    attributes.setAttribute('aria-setsize', String(siblings));
    attributes.setAttribute('aria-label', spokenRow(session, id, { name, service, nanos: shownNanos, start, errors, repeats, warning }));
  }
}

function parentOf(session, id) {
  const node = session.isGroup(id) ? session.groupAt(id).members[0] : id;
  return session.tree.up[node];
}

export function shortName(text) {
  const visible = visibleText(text.length > LONGEST_NAME ? text.slice(0, LONGEST_NAME) + '…' : text).replace(/\s+/g, ' ');
  return visible === '' ? '(no name)' : visible;
}

/** "GET /checkout, shop-web, 412 ms, starts at 3 ms, error, on critical path, 240 equal spans" */
function spokenRow(session, id, { name, service, nanos, start, errors, repeats, warning }) {
  const parts = [name];
  if (service) parts.push(service);
  parts.push(formatDuration(nanos) === '0' ? 'no duration' : formatDuration(nanos), `starts at ${formatDuration(start)}`);
  if (session.isRow(id) && KIND_NAMES[kindOf(session.columns.bits[id])]) parts.push(KIND_NAMES[kindOf(session.columns.bits[id])]);
  if (errors > 0) parts.push(session.isGroup(id) ? countOf(errors, 'error') : 'error');
  if (session.showPath && isOnPath(session, id)) parts.push('on critical path');
  if (repeats > 0) parts.push(`${repeats} equal spans`);
  if (warning) parts.push(warning);
  return parts.join(', ');
}

function isOnPath(session, id) {
  const node = session.isGroup(id) ? session.groupAt(id).members[0] : id;
  const { path, tree } = session;
  if (path === null) return false;
  let low = 0, high = path.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tree.pos[path.node[middle]] < tree.pos[node]) low = middle + 1; else high = middle;
  }
  return low < path.count && path.node[low] === node;
}
