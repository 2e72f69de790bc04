// Everything about the selected row: timing, status, attributes, events, links, scope, resource, raw JSON.

import { attributeText, filterAttributes, groupByPrefix, valueText, valueType, visibleText } from '../model/attribute-value.js';
import { criticalNanos } from '../model/critical-path.js';
import { criticalNanosBelow } from '../model/findings.js';
import { endsBeforeStart } from '../model/lpt1.js';
import { formatSql, looksLikeSql } from '../model/sql-format.js';
import { foldStack } from '../model/stack-fold.js';
import { countOf, formatBytes, formatDuration, formatExactClock, formatExactNanos, formatShare, zoneLabel } from '../model/units.js';
import { copyText, element, fill, icon, swatch } from './dom.js';
import { KIND_NAMES, shortName } from './label-rows.js';
import { settings } from './settings.js';

/** More of a value than this enters the page only when asked for. */
const LONGEST_VALUE = 2048;
const SQL_KEYS = ['db.query.text', 'db.statement'];

export class DetailsPanel {
  #filter = '';
  #shown = -1;
  #openParts = new Set();

  /**
   * @param {import('../model/trace-session.js').TraceSession} session
   * @param {import('../data/span-store.js').SpanStore} spans
   * @param {{announce: (text: string) => void, close: () => void, go: (id: number) => void, goSpan: (spanId: string) => void}} listener
   */
  constructor(session, spans, listener) {
    this.session = session;
    this.spans = spans;
    this.listener = listener;
    this.element = element('aside', { class: 'details', 'aria-label': 'Details of the selected span', tabindex: '-1' });
  }

  /** Shows a row; called again when its span has arrived. */
  show(id) {
    const keepScroll = id === this.#shown;
    const scroll = this.element.scrollTop;
    this.#shown = id;
    if (id < 0) fill(this.element, element('div', { class: 'message', text: 'Select a span to see its details.' }));
    else if (this.session.isGroup(id)) this.#showGroup(id);
    else if (this.session.isSynthetic(id)) this.#showMissing(id);
    else this.#showSpan(id);
    this.element.scrollTop = keepScroll ? scroll : 0;
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  #head(id, more) {
    const { session } = this;
    const close = element('button', { type: 'button', class: 'copy', 'aria-label': 'Close details', title: 'Close details (Esc)', on: { click: () => this.listener.close() } }, icon('close'));
    return element('div', { class: 'details-head' }, element('div', {},
      element('h2', { dir: 'auto', text: visibleText(session.nameOf(id).slice(0, LONGEST_VALUE)) }),
      element('p', {}, session.isSynthetic(id) ? null : swatch(session.slotOf(id)), session.isSynthetic(id) ? null : element('bdi', { text: session.serviceName(id) ? shortName(session.serviceName(id)) : 'no service name' }), more ?? null)), close);
  }

  #timing(figures) {
    return element('section', {}, element('dl', { class: 'timing' }, ...figures.filter(Boolean).map(([name, value, title]) =>
      element('div', { title: title ?? null }, element('dt', { text: name }), element('dd', { text: value })))));
  }

  #showGroup(id) {
    const { session } = this;
    const { members, kind, period, repeats } = session.groupAt(id);
    const summary = session.summaryOf(id);
    const what = kind === 'chain' ? `${countOf(members.length, 'span')} that only wrap one another` : kind === 'pattern' ? `a sequence of ${period}, ${repeats} times` : countOf(repeats, 'equal span');
    const slowest = Array.from(summary.slowest, (member) => element('li', {}, element('button', { type: 'button', class: 'link', text: `${formatDuration(session.columns.dur[member])}, starts at ${formatDuration(session.columns.start[member])}`, on: { click: () => this.listener.go(member) } })));
    fill(this.element, this.#head(id, element('span', { class: 'second', text: what })),
      this.#timing([['Total', formatDuration(summary.total), 'Union of all members: time when at least one ran'], ['p50', formatDuration(summary.p50)], ['Longest', formatDuration(summary.max)], ['Count', String(summary.count)],
        ['Of trace', formatShare(summary.total, session.columns.traceNanos)], summary.errors > 0 && ['Errors', String(summary.errors)]]),
      element('section', {}, element('h3', { text: 'Slowest members' }), element('ul', {}, ...slowest)),
      this.#sampleStatement(members[0]));
  }

  /** What the members of a group have in common: their normalised statement or route. */
  #sampleStatement(member) {
    const text = this.session.columns.strings[this.session.columns.group[member]];
    if (text === '') return null;
    return element('section', {}, element('h3', { text: looksLikeSql(text) ? 'Statement, without its literals' : 'What they share' }), codeBlock(looksLikeSql(text) ? formatSql(text) : text, looksLikeSql(text)));
  }

  #showMissing(id) {
    const { session } = this;
    const children = session.tree.first[id + 1] - session.tree.first[id];
    fill(this.element, this.#head(id), element('section', {}, element('p', { text: `${countOf(children, 'span names', 'spans name')} this span as parent, but Loupe never received it. The dashed bar is the range of its children, not a measured duration.` })),
      this.#timing([['First child at', formatDuration(session.columns.start[id])], ['Range', formatDuration(session.columns.dur[id])]]),
      element('section', {}, idList([['Span id', session.columns.missing[id - session.columns.spanCount]]], this.listener)));
  }

  #showSpan(row) {
    const { session, spans } = this;
    const { columns, path, tree } = session;
    const span = spans.get(row);
    const dur = columns.dur[row];
    const kind = KIND_NAMES[columns.bits[row] & 7];
    const own = path ? criticalNanos(path, tree, row) : 0;
    const below = path ? criticalNanosBelow(path, tree, row) : 0;
    const timing = this.#timing([['Duration', formatDuration(dur), formatExactNanos(dur)], ['Self', formatDuration(session.self[row]), 'Time when none of its children ran'], ['Starts at', formatDuration(columns.start[row]), formatExactNanos(columns.start[row])],
      ['Of trace', formatShare(dur, columns.traceNanos)], path && ['Critical path', own === 0 && below === 0 ? 'no' : formatDuration(own), below > own ? `${formatDuration(below)} with its children` : undefined]]);
    const parts = [this.#head(row, kind ? element('span', { class: 'second', text: kind }) : null), timing];
    if (endsBeforeStart(columns.bits[row])) parts.push(note('The sender says this span ended before it started; it is drawn with no length.'));
    if (tree.cut.has(row)) parts.push(note('Its parents form a loop. The loop is cut here, so this span is listed as a root.'));
    if (columns.duplicates.has(row)) parts.push(note('Another span of this trace has the same id. Both are listed; children hang under the earlier one.'));
    if (!span) parts.push(element('section', { class: 'quiet', text: 'Loading…' }));
    else parts.push(...this.#spanParts(row, span));
    fill(this.element, ...parts);
  }

  #spanParts(row, span) {
    const resource = this.spans.resource(span.resource) ?? { attributes: [] };
    const statement = attributeText(span.attributes, ...SQL_KEYS);
    return [
      span.status === 2 || span.statusMessage ? element('section', {}, element('div', { class: span.status === 2 ? 'status-line' : 'second' }, span.status === 2 ? icon('error', 'small') : null,
        element('span', { text: span.statusMessage ? visibleText(span.statusMessage.slice(0, LONGEST_VALUE)) : 'error, no message reported' }))) : null,
      statement && looksLikeSql(statement) ? this.#sqlPart(statement) : null,
      this.#attributesPart('Attributes', span.attributes, span.droppedAttributes, true),
      span.events.length > 0 || span.droppedEvents > 0 ? this.#eventsPart(span) : null,
      span.links.length > 0 || span.droppedLinks > 0 ? this.#linksPart(span) : null,
      this.#attributesPart('Resource', resource.attributes, 0, false),
      this.#scopePart(span),
      this.#idsPart(row, span),
      this.#rawPart(span, resource),
    ];
  }

  #sqlPart(statement) {
    const formatted = formatSql(statement.slice(0, 20_000));
    return element('section', {}, element('h3', { text: 'Statement' }), codeBlock(formatted, true),
      element('div', { class: 'code-tools' }, this.#copyLink('Copy as received', statement), formatted === statement ? null : this.#copyLink('Copy formatted', formatted)));
  }

  #copyLink(text, value) {
    return element('button', { type: 'button', class: 'link', text, on: { click: () => this.#copy(value) } });
  }

  async #copy(value) {
    this.listener.announce((await copyText(value)) ? 'Copied.' : 'The browser did not allow copying.');
  }

  #attributesPart(title, attributes, dropped, filterable) {
    const body = element('div');
    const render = () => {
      const shown = filterable ? filterAttributes(attributes, this.#filter) : attributes;
      const groups = groupByPrefix(shown).map(({ prefix, attributes: members }) => [prefix ? element('div', { class: 'attribute-group', text: prefix }) : shown.length > members.length ? element('div', { class: 'attribute-group', text: 'others' }) : null, ...members.map((attribute) => this.#attributeRow(attribute))]);
      fill(body, element('div', { class: 'attributes-grid' }, ...groups.flat().filter(Boolean)), shown.length === 0 && attributes.length > 0 ? element('p', { class: 'quiet', text: `None of ${attributes.length} contains “${this.#filter}”.` }) : null);
    };
    render();
    const head = `${title} ${attributes.length > 0 ? attributes.length : ''}`;
    if (!filterable) {
      return this.#foldable(title, element('summary', { text: head }), body, attributes.length === 0);
    }
    const box = element('input', { class: 'input', type: 'search', placeholder: 'Filter attributes', 'aria-label': 'Filter attributes', spellcheck: 'false', on: { input: () => { this.#filter = box.value; render(); }, keydown: (event) => {
      if (event.key !== 'Escape' || box.value === '') return;
      event.stopPropagation();
      box.value = this.#filter = '';
      render();
    } } });
    box.value = this.#filter;
    return element('section', {}, element('div', { class: 'attribute-tools' }, element('h3', { text: head }), attributes.length > 4 ? box : element('span', { class: 'spring' })),
      attributes.length === 0 ? element('p', { class: 'quiet', text: 'None reported.' }) : body,
      dropped > 0 ? element('p', { class: 'warning', text: `The sender dropped ${countOf(dropped, 'attribute')}.` }) : null);
  }

  #attributeRow({ k, v }) {
    const text = valueText(v);
    const type = valueType(v);
    const value = element('div', { class: 'value', dir: 'auto' });
    const put = (whole) => {
      const part = whole ? text : text.slice(0, LONGEST_VALUE);
      const link = /^https?:\/\/\S+$/.test(text) && text.length <= LONGEST_VALUE ? element('a', { href: text, rel: 'noopener noreferrer', target: '_blank', text: visibleText(part) }) : document.createTextNode(visibleText(part));
      fill(value, link, type ? element('span', { class: 'type', text: type }) : null);
      if (!whole && text.length > LONGEST_VALUE) value.append('… ', element('button', { type: 'button', class: 'link', text: `Show all ${formatBytes(new Blob([text]).size)}`, on: { click: () => put(true) } }));
    };
    put(false);
    return element('div', { class: 'attribute' }, element('div', { class: 'key', text: visibleText(k.slice(0, LONGEST_VALUE)) }), value,
      element('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${shortName(k)}`, title: 'Copy value', on: { click: () => this.#copy(text) } }, icon('copy')));
  }

  #eventsPart(span) {
    const { session } = this;
    const offset = (time) => Number(BigInt(time) - session.columns.t0);
    const shown = span.events.slice(0, 200).map((event) => {
      const stack = attributeText(event.attributes, 'exception.stacktrace');
      const isException = event.name === 'exception';
      const headline = isException ? [attributeText(event.attributes, 'exception.type'), attributeText(event.attributes, 'exception.message')].filter(Boolean).join(': ') : event.name;
      const others = event.attributes.filter(({ k }) => !(isException && ['exception.type', 'exception.message', 'exception.stacktrace'].includes(k)));
      return element('div', { class: 'event' },
        element('div', { class: 'event-head' }, isException ? element('span', { class: 'error' }, icon('error', 'small')) : null, element('b', { class: isException ? 'error' : '', text: visibleText((headline || event.name || '(no name)').slice(0, LONGEST_VALUE)) }), element('span', { class: 'at', text: `at ${formatDuration(offset(event.time))}` })),
        stack ? this.#stackBlock(stack) : null, ...others.map((attribute) => this.#attributeRow(attribute)));
    });
    const rest = span.events.length - shown.length;
    return element('section', {}, element('h3', { text: `Events ${span.events.length}` }), ...shown, rest > 0 ? element('p', { class: 'quiet', text: `${countOf(rest, 'more event')} in the raw JSON.` }) : null,
      span.droppedEvents > 0 ? element('p', { class: 'warning', text: `The sender dropped ${countOf(span.droppedEvents, 'event')}.` }) : null);
  }

  #stackBlock(stack) {
    const block = element('pre', { class: 'code' });
    const cut = stack.slice(0, 64 * 1024);
    foldStack(cut).forEach((part, i) => {
      if (i > 0) block.append('\n');
      const text = visibleText(part.lines.join('\n'));
      if (!part.isLibrary) return void block.append(text);
      const opener = element('button', { type: 'button', class: 'link', text: `⋯ ${part.frames} library frames`, on: { click: () => opener.replaceWith(text) } });
      block.append(opener);
    });
    return element('div', {}, block, element('div', { class: 'code-tools' }, this.#copyLink('Copy stack trace', stack)));
  }

  #linksPart(span) {
    const rows = span.links.map((link) => {
      const isHere = link.traceId === this.session.columns.id;
      return element('div', { class: 'event' },
        isHere ? element('button', { type: 'button', class: 'link mono', text: `span ${link.spanId} of this trace`, on: { click: () => this.listener.goSpan(link.spanId) } }) : element('a', { href: `trace/${link.traceId}?span=${link.spanId}`, class: 'mono', text: `trace ${link.traceId}` }),
        isHere ? null : element('div', { class: 'quiet mono', text: `span ${link.spanId}` }), ...(link.attributes ?? []).map((attribute) => this.#attributeRow(attribute)));
    });
    return element('section', {}, element('h3', { text: `Links ${span.links.length}` }), ...rows, span.droppedLinks > 0 ? element('p', { class: 'warning', text: `The sender dropped ${countOf(span.droppedLinks, 'link')}.` }) : null);
  }

  #scopePart(span) {
    const { name = '', version = '', attributes = [] } = span.scope ?? {};
    return this.#foldable('Scope', element('summary', { text: `Scope ${name ? shortName(name) : 'not reported'}${version ? ' ' + shortName(version) : ''}` }), element('div', {}, ...attributes.map((attribute) => this.#attributeRow(attribute))), attributes.length === 0);
  }

  #idsPart(row, span) {
    const { utc } = settings();
    const rows = [['Span id', span.spanId], ['Parent id', span.parentId ?? 'none, a root'], ['Trace id', this.session.columns.id], ['Start', `${formatExactClock(span.start, utc)} ${zoneLabel(utc, new Date(Number(BigInt(span.start) / 1_000_000n)))}`], ['End', formatExactClock(span.end, utc)], ['Start, ns', span.start], ['End, ns', span.end]];
    if (span.traceState) rows.push(['Trace state', span.traceState]);
    return this.#foldable('Ids and times', element('summary', { text: 'Ids and exact times' }), idList(rows, this.listener), false);
  }

  #rawPart(span, resource) {
    const body = element('div');
    const part = this.#foldable('Raw JSON', element('summary', { text: 'Raw JSON' }), body, false);
    const details = part.querySelector('details');
    const write = () => {
      if (!details.open || body.firstChild) return;
      const text = JSON.stringify({ ...span, resource }, null, 2);
      const block = element('pre', { class: 'code', text: visibleText(text.slice(0, LONGEST_VALUE * 4)) });
      fill(body, block, element('div', { class: 'code-tools' }, this.#copyLink('Copy JSON', text), text.length > LONGEST_VALUE * 4 ? element('button', { type: 'button', class: 'link', text: `Show all ${formatBytes(new Blob([text]).size)}`, on: { click: (event) => { block.textContent = visibleText(text); event.target.remove(); } } }) : null));
    };
    details.addEventListener('toggle', write);
    write();
    return part;
  }

  /** A part that stays as the reader left it from span to span. */
  #foldable(name, summary, body, isEmpty) {
    if (isEmpty) return element('section', { class: 'quiet' }, element('h3', { text: summary.textContent }));
    const details = element('details', { open: this.#openParts.has(name) }, summary, body);
    details.addEventListener('toggle', () => (details.open ? this.#openParts.add(name) : this.#openParts.delete(name)));
    return element('section', {}, details);
  }
}

function note(text) {
  return element('section', { class: 'warning' }, icon('warning', 'small'), ' ', text);
}

function idList(rows, listener) {
  return element('dl', { class: 'ids' }, ...rows.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { class: 'mono', text: visibleText(value.slice(0, LONGEST_VALUE)) }),
    element('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${name}`, title: `Copy ${name.toLowerCase()}`, on: { click: async () => listener.announce((await copyText(value)) ? 'Copied.' : 'The browser did not allow copying.') } }, icon('copy'))]));
}

const SQL_WORDS = /^(select|from|where|group|by|order|having|limit|offset|union|all|insert|into|update|delete|set|values|returning|with|as|on|and|or|not|in|is|null|left|right|inner|outer|full|cross|join|case|when|then|else|end|distinct|between|like|ilike|exists|asc|desc|using|for)$/i;

/** A block of code; SQL gets its keywords in bold and its literals coloured, by text nodes only. */
function codeBlock(text, isSql) {
  const block = element('pre', { class: 'code' });
  if (!isSql || text.length > 20_000) block.textContent = visibleText(text);
  else for (const piece of text.split(/('(?:[^']|'')*'|\b[A-Za-z]+\b|\b\d+\b)/)) {
    if (SQL_WORDS.test(piece)) block.append(element('span', { class: 'sql-word', text: piece }));
    else if (/^('|\d)/.test(piece)) block.append(element('span', { class: 'sql-literal', text: visibleText(piece) }));
    else block.append(visibleText(piece));
  }
  return block;
}
