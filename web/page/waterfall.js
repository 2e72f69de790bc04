// The waterfall's layers and what keeps them in step: one scroll position, one time range, one frame per change.

import { scrollScale } from '../model/bar-layout.js';
import { hasEvents, NO_SERVICE } from '../model/lpt1.js';
import { layoutMinimap, minimapOfHistogram } from '../model/minimap-layout.js';
import { rasterOverview } from '../model/overview-raster.js';
import { timeTicks } from '../model/ticks.js';
import { countOf, formatDuration } from '../model/units.js';
import { clampView, sameView, timeToX, wholeView, xToTime } from '../model/viewport.js';
import { drawBars } from '../draw/bars.js';
import { drawOverview } from '../draw/overview.js';
import { drawOverlay } from '../draw/overlay.js';
import { readPalette } from '../draw/palette.js';
import { createSurface, resizeSurface } from '../draw/surface.js';
import { drawAxis, drawMinimap } from '../draw/time-strips.js';
import { debounce, element } from './dom.js';
import { LabelRows, shortName } from './label-rows.js';
import { rememberWidth, rememberedWidth, settings, watchSettings, widthClass } from './settings.js';
import { splitter } from './splitter.js';
import { WaterfallGestures } from './waterfall-gestures.js';

const LABEL_WIDTHS = { phone: 0, tablet: 260, desktop: 380, wall: 560 };
const NO_EVENTS = [];
const ANIMATION_MILLIS = 120;

export class Waterfall {
  /** Float row at the upper edge. */ top = 0;
  hovered = -1;
  overview = false;
  #frame = 0;
  #dirty = { strips: true };
  #events = new Map();
  #zoomStack = [];
  #ownScrollTop = -1;
  #cross = null;
  measure = null;
  brush = null;

  /**
   * @param {import('../model/trace-session.js').TraceSession} session
   * @param {import('../data/span-store.js').SpanStore} spans
   * @param {{select: (id: number, how: 'pointer'|'keyboard') => void, toggle: (id: number) => void, moved: () => void}} listener
   */
  constructor(session, spans, listener) {
    this.session = session;
    this.spans = spans;
    this.listener = listener;
    this.view = wholeView(session.columns.traceNanos);
    this.#build();
    this.labels = new LabelRows(this.labelColumn, session);
    this.gestures = new WaterfallGestures(this);
    this.palette = readPalette();
    this.wantEvents = debounce(80, () => this.#fetchVisibleEvents());
    this.resizeObserver = new ResizeObserver(() => this.resized());
    this.resizeObserver.observe(this.scroller);
    this.resizeObserver.observe(this.minimapBox);
    this.stopWatching = watchSettings(() => {
      this.palette = readPalette();
      this.changed();
    });
  }

  #build() {
    const canvas = () => element('canvas');
    const parts = { minimap: canvas(), axis: canvas(), bars: canvas(), overlay: canvas() };
    this.minimapBox = element('div', { class: 'minimap', role: 'slider', tabindex: '0', 'aria-label': 'Visible time range', 'aria-valuemin': '0' }, parts.minimap);
    this.crumbs = element('nav', { class: 'crumbs', 'aria-label': 'Path of the selection' });
    this.axisBox = element('div', { class: 'axis', title: 'Drag to zoom into a range, double-click for the whole trace' }, parts.axis);
    this.axisRow = element('div', { class: 'axis-row' }, this.crumbs, this.axisBox);
    this.labelColumn = element('div', { class: 'labels', role: 'presentation' });
    this.barBox = element('div', { class: 'bars', 'aria-hidden': 'true' }, parts.bars, parts.overlay);
    this.sticky = element('div', { class: 'sticky', role: 'presentation' }, this.labelColumn, this.barBox);
    this.spacer = element('div', { role: 'presentation' }, this.sticky);
    this.scroller = element('div', { class: 'scroller', role: 'treegrid', tabindex: '0', 'aria-label': 'Spans', 'aria-colcount': '4' }, this.spacer);
    this.tip = element('div', { class: 'tip', hidden: true, role: 'presentation' });
    this.edge = splitter({ kind: 'labels-edge', label: 'Width of the label column', vertical: true, value: () => this.labelWidth(),
      change: (pixels) => this.setLabelWidth(pixels), done: (pixels) => rememberWidth('labels', pixels) });
    this.element = element('div', { class: 'trace-main' }, this.minimapBox, this.axisRow, this.scroller, this.edge, this.tip);
    this.surfaces = { minimap: createSurface(parts.minimap, true), axis: createSurface(parts.axis, true), bars: createSurface(parts.bars, true), overlay: createSurface(parts.overlay, false) };
    this.setLabelWidth(rememberedWidth('labels', LABEL_WIDTHS[widthClass()]));
    this.scroller.addEventListener('scroll', () => this.#scrolledNatively());
    this.labelColumn.addEventListener('click', (event) => this.#clickedLabel(event));
    this.labelColumn.addEventListener('dblclick', (event) => {
      if (!event.target.closest('.twist')) this.fitOrReturn(this.#idAtLabel(event));
    });
    this.labelColumn.addEventListener('pointermove', (event) => this.hover(this.#idAtLabel(event), null));
    this.labelColumn.addEventListener('pointerleave', () => this.hover(-1, null));
  }

  destroy() {
    this.resizeObserver.disconnect();
    this.gestures.destroy();
    this.stopWatching();
    cancelAnimationFrame(this.#frame);
  }

  // ---- sizes

  get rowHeight() {
    return widthClass() === 'phone' ? 40 : 24;
  }

  get isNarrow() {
    return widthClass() === 'phone';
  }

  labelWidth() {
    return this.isNarrow ? this.scroller.clientWidth : this.#labelPixels;
  }

  #labelPixels = 380;

  setLabelWidth(pixels) {
    const most = Math.max(160, (this.element.clientWidth || window.innerWidth) * 0.7);
    this.#labelPixels = Math.max(120, Math.min(most, pixels));
    this.element.style.setProperty('--labels', `${this.#labelPixels}px`);
    this.changed();
  }

  get barWidth() {
    return Math.max(1, this.barBox.clientWidth);
  }

  get viewportHeight() {
    return this.scroller.clientHeight;
  }

  resized() {
    this.#dirty.strips = true;
    this.setTop(this.top);
    this.changed();
  }

  // ---- scrolling

  #scale() {
    return scrollScale(this.session.rows.count, this.rowHeight, this.viewportHeight);
  }

  /** True when the native scrollbar is a map of the rows rather than the rows themselves. */
  get isScrollScaled() {
    return this.#scale().ratio !== 1;
  }

  #scrolledNatively() {
    if (Math.abs(this.scroller.scrollTop - this.#ownScrollTop) < 1) return;
    this.top = (this.scroller.scrollTop * this.#scale().ratio) / this.rowHeight;
    this.listener.moved();
    this.invalidate();
  }

  /** Puts a float row at the upper edge. */
  setTop(row) {
    const { spacer, ratio } = this.#scale();
    const most = Math.max(0, this.session.rows.count - this.viewportHeight / this.rowHeight);
    this.top = Math.max(0, Math.min(most, row));
    this.spacer.style.height = `${Math.max(spacer, this.viewportHeight)}px`;
    this.sticky.style.height = `${this.viewportHeight}px`;
    this.scroller.scrollTop = (this.top * this.rowHeight) / ratio;
    this.#ownScrollTop = this.scroller.scrollTop;
    this.listener.moved();
    this.invalidate();
  }

  /** Scrolls as little as possible so that a row can be seen. */
  showRow(row) {
    if (row < 0) return;
    const page = this.viewportHeight / this.rowHeight;
    if (row < this.top) this.setTop(row > 1 ? row - 1 : 0);
    else if (row + 1 > this.top + page) this.setTop(row + 2 - page);
  }

  /** Puts a row into the upper third. */
  centreRow(row) {
    const page = this.viewportHeight / this.rowHeight;
    if (row >= 0 && (row < this.top || row + 1 > this.top + page)) this.setTop(row - page / 3);
  }

  // ---- time range

  /** Shows a range. `remember` makes it a step that Alt+← undoes. */
  setView(view, { remember = false, smooth = false } = {}) {
    const target = clampView(view, this.session.columns.traceNanos);
    if (remember && !sameView(target, this.view)) this.#zoomStack = [...this.#zoomStack.slice(-49), this.view];
    if (smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#animate(this.view, target);
      return;
    }
    this.#animation = null;
    this.#takeView(target);
  }

  #animation = null;

  #animate(from, to) {
    const began = performance.now();
    const step = (now) => {
      if (this.#animation !== step) return;
      const t = Math.min(1, (now - began) / ANIMATION_MILLIS);
      const eased = 1 - (1 - t) ** 3;
      this.#takeView(t === 1 ? to : { v0: from.v0 + (to.v0 - from.v0) * eased, v1: from.v1 + (to.v1 - from.v1) * eased });
      if (t < 1) requestAnimationFrame(step); else this.#animation = null;
    };
    this.#animation = step;
    requestAnimationFrame(step);
  }

  #takeView(view) {
    this.view = view;
    this.#dirty.strips = true;
    this.listener.moved();
    this.invalidate();
  }

  zoomBack() {
    const before = this.#zoomStack.pop();
    if (before) this.setView(before, { smooth: true });
  }

  get canZoomBack() {
    return this.#zoomStack.length > 0;
  }

  /** The instant under the pointer, null while it is not over the bars. */
  pointerTime() {
    return this.#cross ? xToTime(this.#cross.x, this.view, this.barWidth) : null;
  }

  get isWhole() {
    return sameView(this.view, wholeView(this.session.columns.traceNanos));
  }

  fitAll() {
    this.setView(wholeView(this.session.columns.traceNanos), { remember: true, smooth: true });
  }

  /** Fits a span; a second time goes back to where one came from. */
  fitOrReturn(id) {
    if (id < 0) return;
    const { start, dur } = this.session.intervalOf(id);
    const margin = Math.max(dur * 0.05, 10);
    const fitted = clampView({ v0: start - margin, v1: start + dur + margin }, this.session.columns.traceNanos);
    if (sameView(fitted, this.view)) this.zoomBack();
    else this.setView(fitted, { remember: true, smooth: true });
  }

  // ---- pointing

  idAtY(y) {
    const row = this.overview ? Math.floor((y / this.viewportHeight) * this.session.rows.count) : Math.floor(y / this.rowHeight + this.top);
    return row >= 0 && row < this.session.rows.count ? this.session.rows.node[row] : -1;
  }

  #idAtLabel(event) {
    const label = event.target.closest?.('.label');
    return label ? this.session.rows.node[Number(label.dataset.row)] : -1;
  }

  #clickedLabel(event) {
    const id = this.#idAtLabel(event);
    if (id < 0 || String(getSelection()) !== '') return;
    if (event.target.closest('.twist')) this.listener.toggle(id);
    else this.listener.select(id, 'pointer');
    this.scroller.focus({ preventScroll: true });
  }

  /** The pointer is over a row; `at` = {x, y} px inside the bars, null over the labels. */
  hover(id, at) {
    this.#cross = at;
    if (this.hovered !== id) {
      this.hovered = id;
      this.#hideTip();
    }
    this.invalidate();
    if (id >= 0 && at) this.#showTipSoon(id, at);
    else this.#hideTip();
  }

  #hideTip() {
    clearTimeout(this.tipTimer);
    this.tip.hidden = true;
  }

  #showTipSoon(id, at) {
    clearTimeout(this.tipTimer);
    this.tipTimer = setTimeout(() => {
      if (this.hovered !== id) return;
      this.tip.replaceChildren(...this.#tipLines(id, at.x));
      this.tip.hidden = false;
      const left = this.barBox.offsetLeft + at.x + 14;
      const top = this.scroller.offsetTop + at.y + 18;
      const box = this.element.getBoundingClientRect();
      this.tip.style.left = `${Math.max(4, Math.min(left, box.width - this.tip.offsetWidth - 8))}px`;
      this.tip.style.top = `${top + this.tip.offsetHeight > box.height ? this.scroller.offsetTop + at.y - this.tip.offsetHeight - 10 : top}px`;
    }, this.tip.hidden ? 80 : 0);
  }

  #tipLines(id, x) {
    const { session } = this;
    const { start, dur } = session.intervalOf(id);
    const line = (text, kind = 'second') => element('div', { class: kind, text });
    const lines = [element('div', {}, element('b', { text: shortName(session.nameOf(id)) }))];
    if (session.serviceName(id)) lines.push(line(shortName(session.serviceName(id))));
    if (session.isGroup(id)) {
      const { count, total, p50, max, errors } = session.summaryOf(id);
      lines.push(line(`${countOf(count, 'span')}, ${formatDuration(total)} in all, p50 ${formatDuration(p50)}, longest ${formatDuration(max)}${errors ? `, ${countOf(errors, 'error')}` : ''}`));
    } else if (session.isSynthetic(id)) lines.push(line('No span with this id was received. Its children span this range.'));
    else lines.push(line(`${formatDuration(dur)}, self ${formatDuration(session.self[id])}, starts at ${formatDuration(start)}`));
    const near = session.isRow(id) ? this.eventsOf(id).find((event) => Math.abs(timeToX(event.time, this.view, this.barWidth) - x) <= 5) : null;
    if (near) lines.push(line(`${near.isException ? '▲' : '◆'} ${shortName(near.name)} at ${formatDuration(near.time)}`));
    lines.push(line(`pointer at ${formatDuration(xToTime(x, this.view, this.barWidth))}`, 'quiet'));
    return lines;
  }

  // ---- events on bars

  /** Events of a row as ns offsets, [] until its span is here. */
  eventsOf(row) {
    if (!hasEvents(this.session.columns.bits[row])) return NO_EVENTS;
    if (!this.#events.has(row)) {
      const span = this.spans.get(row);
      if (!span) return NO_EVENTS;
      const events = span.events.map((event) => ({ time: Number(BigInt(event.time) - this.session.columns.t0), isException: event.name === 'exception', name: event.name }));
      this.#events.set(row, events.sort((a, b) => a.time - b.time));
    }
    return this.#events.get(row);
  }

  forgetEvents() {
    this.#events.clear();
  }

  #fetchVisibleEvents() {
    const { rows, columns } = this.session;
    const wanted = [];
    for (let row = Math.floor(this.top), last = Math.min(rows.count, row + this.viewportHeight / this.rowHeight + 1); row < last; row++) {
      const id = rows.node[row];
      if (this.session.isRow(id) && hasEvents(columns.bits[id])) wanted.push(id);
    }
    if (wanted.length > 0) this.spans.want(wanted).catch(() => {});
  }

  // ---- drawing

  /** Rows, folds, selection or colours changed: labels are written anew. */
  changed() {
    this.labels?.invalidate();
    this.#dirty.strips = true;
    this.#dirty.overview = true;
    this.invalidate();
  }

  /** Only another row was selected. */
  selectionChanged() {
    this.invalidate();
  }

  /** The session's columns were replaced or extended. */
  columnsChanged() {
    this.#dirty.minimap = true;
    this.rowsChanged();
  }

  /** Other rows are on the list. */
  rowsChanged() {
    this.setTop(this.top);
    this.changed();
  }

  invalidate() {
    if (this.#frame === 0 && this.scroller) this.#frame = requestAnimationFrame(() => this.#render());
  }

  #render() {
    this.#frame = 0;
    const { session, surfaces, palette, view } = this;
    const width = this.barWidth, height = this.viewportHeight;
    if (height === 0) return;
    this.axisRow.style.paddingRight = `${this.scroller.offsetWidth - this.scroller.clientWidth}px`;
    const ticks = timeTicks(view.v0, view.v1, width);
    resizeSurface(surfaces.bars, width, height);
    resizeSurface(surfaces.overlay, width, height);
    if (this.overview) this.#renderOverview(width, height);
    else {
      drawBars(surfaces.bars, { session, view, palette, ticks, firstRow: this.top, rowHeight: this.rowHeight, barOffset: this.isNarrow ? 21 : -1, hovered: this.hovered,
        eventsOf: (row) => this.eventsOf(row), patterns: settings().patterns, doubledServices: this.#doubledServices() });
      this.wantEvents();
    }
    this.#renderOverlay();
    this.#renderLabels(height);
    if (this.#dirty.strips) this.#renderStrips(ticks, width);
  }

  #renderLabels(height) {
    const { session } = this;
    const first = Math.max(0, Math.floor(this.top) - 2);
    const last = this.overview ? first : Math.min(session.rows.count, Math.ceil(this.top + height / this.rowHeight) + 2);
    const active = this.labels.render({ first, last, top: this.top, rowHeight: this.rowHeight, hovered: this.hovered, width: this.labelWidth() });
    this.scroller.setAttribute('aria-rowcount', String(session.rows.count));
    if (active) this.scroller.setAttribute('aria-activedescendant', active); else this.scroller.removeAttribute('aria-activedescendant');
  }

  #renderOverlay() {
    const { view, palette, barWidth } = this;
    const measure = this.measure && { x0: timeToX(this.measure.from, view, barWidth), x1: timeToX(this.measure.to, view, barWidth), y: this.measure.y, nanos: Math.abs(this.measure.to - this.measure.from) };
    drawOverlay(this.surfaces.overlay, { palette, cross: this.#cross && { x: this.#cross.x }, measure });
  }

  #renderStrips(ticks, width) {
    const { surfaces, palette, view, session } = this;
    this.#dirty.strips = false;
    resizeSurface(surfaces.axis, this.axisBox.clientWidth, this.axisBox.clientHeight);
    drawAxis(surfaces.axis, { ticks, palette, brush: this.brush?.on === 'axis' ? { x0: Math.min(this.brush.x0, this.brush.x1), x1: Math.max(this.brush.x0, this.brush.x1) } : null });
    const mapWidth = this.minimapBox.clientWidth;
    resizeSurface(surfaces.minimap, mapWidth, this.minimapBox.clientHeight);
    const layout = this.#minimapLayout(mapWidth);
    const whole = wholeView(session.columns.traceNanos);
    const x = (time) => timeToX(time, whole, mapWidth);
    const brush = this.brush?.on === 'minimap' ? { x0: Math.min(this.brush.x0, this.brush.x1), x1: Math.max(this.brush.x0, this.brush.x1) } : null;
    drawMinimap(surfaces.minimap, { layout, palette, slotOfBand: (band) => session.columns.services[layout.bandService[band]]?.slot, matches: this.#matchColumns(x, mapWidth),
      path: session.showPath ? this.#pathStretches(x) : [], window: brush ?? (this.isWhole ? null : { x0: x(view.v0), x1: x(view.v1) }) });
    this.minimapBox.setAttribute('aria-valuemax', String(Math.round(whole.v1)));
    this.minimapBox.setAttribute('aria-valuenow', String(Math.round(view.v0)));
    this.minimapBox.setAttribute('aria-valuetext', `${formatDuration(Math.max(0, view.v0))} to ${formatDuration(view.v1)}`);
  }

  #layout = null;

  #minimapLayout(width) {
    const columns = Math.max(1, Math.floor(width));
    if (this.#dirty.minimap || this.#layout?.columns !== columns) {
      this.#layout = this.session.isComplete ? layoutMinimap(this.session.columns, columns) : minimapOfHistogram(this.session.columns.histogram, columns);
      this.#dirty.minimap = false;
    }
    return this.#layout;
  }

  #matchColumns(x, width) {
    const { matches, columns } = this.session;
    const taken = new Uint8Array(Math.ceil(width / 4) + 1);
    const found = [];
    for (const row of matches) {
      const cell = Math.max(0, Math.min(taken.length - 1, Math.floor(x(columns.start[row]) / 4)));
      if (taken[cell]) continue;
      taken[cell] = 1;
      found.push(cell * 4 + 2);
    }
    return found;
  }

  /** The critical path as a strip: where the trace's root itself waits is part of it, so what is drawn is the rest. */
  #pathStretches(x) {
    const { path, tree } = this.session;
    if (path === null) return [];
    const stretches = [];
    for (let i = 0; i < path.count; i++) {
      if (path.node[i] === tree.roots[0]) continue;
      const x0 = x(path.from[i]), x1 = x(path.to[i]);
      if (x1 - x0 >= 0.5) stretches.push({ x0, x1 });
    }
    return stretches;
  }

  #doubledServices() {
    if (this.#doubled?.services !== this.session.columns.services) {
      const taken = new Set();
      const doubled = new Set();
      const { services } = this.session.columns;
      services.map((_, index) => index).sort((a, b) => services[b].ns - services[a].ns).forEach((index) => {
        const slot = (services[index].slot - 1) % 24;
        if (taken.has(slot)) doubled.add(index);
        taken.add(slot);
      });
      this.#doubled = { services, doubled };
    }
    return this.#doubled.doubled;
  }

  #doubled = null;

  // ---- overview

  setOverview(on) {
    this.overview = on;
    this.element.classList.toggle('overview', on);
    this.labelColumn.hidden = on;
    this.resized();
  }

  #renderOverview(width, height) {
    const { session, surfaces, palette, view } = this;
    const { canvas } = surfaces.bars;
    let onPath = null;
    if (session.path !== null && session.showPath) {
      onPath = new Uint8Array(session.tree.nodeCount);
      for (const node of session.path.node) onPath[node] = 1;
    }
    const winner = rasterOverview(session.columns, session.rows, session.tree.nodeCount, onPath, view, canvas.width, canvas.height);
    drawOverview(surfaces.bars, winner, (node) => palette.slotRgb[session.isSynthetic(node) || session.columns.service[node] === NO_SERVICE ? 0 : ((session.slotOf(node) - 1) % 24) + 1], palette, onPath);
  }
}
