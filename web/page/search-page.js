// Recent traces, newest first. Live: new traces appear by themselves while the reader is at the top and the pointer is
// elsewhere; otherwise they wait behind a button, so that nothing moves under the reader.

import { ApiError, fetchState, fetchTraces } from '../data/api.js';
import { TraceList, durationShare, monogramOf } from '../model/trace-list.js';
import { countOf, epochMillis, formatAgo, formatClock, formatCount, formatDuration, groupDigits, zoneLabel } from '../model/units.js';
import { parseUrlTime, readSearchState, tidyQuery, writeSearchState } from '../model/url-state.js';
import { button, debounce, element, fill, icon, swatch } from './dom.js';
import { shortName } from './label-rows.js';
import { problemsList } from './problems-list.js';
import { settings, watchSettings, widthClass } from './settings.js';

const PAGE_ROWS = 50;
const POLL_MILLIS = 1000;
/** Rows a page while looking for the place a reload comes back to. */
const RETURN_ROWS = 200;
const RANGES = [['', 'Any time'], ['-15m', 'Last 15 min'], ['-1h', 'Last hour'], ['-6h', 'Last 6 hours'], ['-1d', 'Last day'], ['-7d', 'Last 7 days']];

export class SearchPage {
  #list = new TraceList();
  #active = -1;
  #timer = 0;
  #asking = null;
  #loadingOlder = false;
  #isShown = false;
  #pointerOver = false;
  #scrollTop = 0;
  #cells = new Map();
  #lastSpoken = 0;
  #query = new URLSearchParams();
  #loadedFor = null;

  /** @param {{shell: import('./shell.js').Shell, navigation: object, state: object}} options */
  constructor({ shell, navigation, state }) {
    this.shell = shell;
    this.navigation = navigation;
    this.server = state;
    this.#build();
    this.keepPlaceSoon = debounce(150, () => this.#keepPlace());
    this.typedSoon = debounce(200, (text) => this.#change({ text }, 'replace'));
    watchSettings(() => this.#rewrite());
    window.addEventListener('resize', () => this.#rewrite());
  }

  #build() {
    const changed = (event) => this.#change({ service: this.service.value, from: this.range.value, to: '', errors: this.errorsOnly.getAttribute('aria-pressed') === 'true' }, 'push', event);
    this.service = element('select', { class: 'select', 'aria-label': 'Service', on: { change: changed } });
    this.range = element('select', { class: 'select', 'aria-label': 'Time range', title: 'Time range (t)', on: { change: changed } });
    this.errorsOnly = button({ text: 'Errors only', symbol: 'error', pressed: false, press: () => {
      this.errorsOnly.setAttribute('aria-pressed', String(this.errorsOnly.getAttribute('aria-pressed') !== 'true'));
      changed();
    } });
    this.words = element('span', { class: 'filter-words' });
    this.summary = element('span', { class: 'quiet' });
    this.live = button({ text: 'Live', pressed: true, title: 'Live or paused (l)', press: () => this.#change({ live: !this.state.live }, 'replace') });
    this.filters = element('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' }, this.service, this.errorsOnly, this.range, this.words, element('span', { class: 'spring' }), this.summary, this.live);
    const head = element('div', { class: 'list-head', role: 'row' }, ...['Started', 'Service', 'Root', 'Duration'].map((text) => element('span', { role: 'columnheader', text })),
      ...['Spans', 'Errors'].map((text) => element('span', { role: 'columnheader', class: 'right', text })), element('span', { role: 'columnheader', text: 'Services in it' }));
    this.rowBox = element('div', { class: 'list-rows', role: 'rowgroup' });
    this.foot = element('div', { class: 'list-foot' });
    this.scroller = element('div', { class: 'list-scroll', role: 'grid', tabindex: '0', 'aria-label': 'Traces, newest first', 'aria-colcount': '7' }, element('div', { role: 'rowgroup', class: 'list-head-box' }, head), this.rowBox, this.foot);
    this.newer = element('div', { class: 'newer', hidden: true }, button({ text: 'newer', symbol: 'up', kind: 'primary', press: () => this.#takeNewer() }));
    this.body = element('div', { class: 'page list-page' }, this.scroller, this.newer);
    this.heading = element('h1', { class: 'visually-hidden', text: 'Recent traces' });
    this.element = element('div', { class: 'page' }, this.heading, this.filters, this.body);
    this.body.style.position = 'relative';
    this.scroller.addEventListener('scroll', () => {
      if (!this.#isShown) return;
      this.#scrollTop = this.scroller.scrollTop;
      this.keepPlaceSoon();
      this.#render();
    });
    this.scroller.addEventListener('pointerenter', () => { this.#pointerOver = true; });
    this.scroller.addEventListener('pointermove', () => { this.#pointerOver = true; });
    this.scroller.addEventListener('pointerleave', () => { this.#pointerOver = false; });
    this.rowBox.addEventListener('click', (event) => this.#clicked(event));
    new ResizeObserver(() => this.#render()).observe(this.scroller);
  }

  // ---- being shown and left

  /** @param {URLSearchParams} query */
  show(query) {
    this.#isShown = true;
    this.#query = query;
    const { state, ignored } = readSearchState(query);
    this.state = state;
    for (const { name, why } of ignored) this.shell.announce(`“${name}” ignored: ${why}.`);
    document.title = 'Recent traces · Loupe';
    this.#writeControls();
    if (document.activeElement !== this.shell.find) this.shell.find.value = state.text;
    const key = JSON.stringify({ ...state, live: false });
    if (this.#loadedFor === key) {
      this.#asking ??= new AbortController();
      this.scroller.scrollTop = this.#scrollTop;
      this.#render();
    } else {
      this.#loadedFor = key;
      this.#reload(this.navigation.kept('place'));
    }
    if (document.activeElement === document.body) this.scroller.focus({ preventScroll: true });
    this.#schedule(state.live ? POLL_MILLIS : 0);
  }

  leave() {
    this.#isShown = false;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
    this.#loadingOlder = false;
  }

  typed(text) {
    this.typedSoon(text.trim());
  }

  search(text) {
    this.typedSoon.cancel();
    this.#change({ text }, 'push');
  }

  focusList() {
    this.scroller.focus();
    if (this.#active < 0) this.#setActive(0);
  }

  #change(changes, how) {
    this.navigation.setQuery(writeSearchState(this.#query, { ...this.state, ...changes }), how);
  }

  #writeControls() {
    const { state } = this;
    const names = this.server.services.map((service) => service.name).sort((a, b) => a.localeCompare(b, 'en'));
    if (state.service && !names.includes(state.service)) names.push(state.service);
    fill(this.service, element('option', { value: '', text: 'All services' }), ...names.map((name) => element('option', { value: name, text: shortName(name) })));
    this.service.value = state.service;
    const ranges = RANGES.some(([value]) => value === state.from) && state.to === '' ? RANGES : [...RANGES, [state.from, this.#rangeWords()]];
    fill(this.range, ...ranges.map(([value, text]) => element('option', { value, text })));
    this.range.selectedIndex = ranges.findIndex(([value]) => value === state.from && (state.to === '' || ranges.length > RANGES.length));
    if (ranges.length > RANGES.length) this.range.selectedIndex = ranges.length - 1;
    this.errorsOnly.setAttribute('aria-pressed', String(state.errors));
    this.live.setAttribute('aria-pressed', String(state.live));
    fill(this.live, state.live ? element('span', { class: 'dot on' }) : icon('pause', 'small'), state.live ? 'Live' : 'Paused');
    fill(this.words, state.text === '' ? null : element('span', { class: 'chip' }, `“${shortName(state.text)}”`,
      element('button', { type: 'button', class: 'copy', 'aria-label': 'Remove the words', on: { click: () => { this.shell.find.value = ''; this.#change({ text: '' }, 'push'); } } }, icon('close', 'small'))));
  }

  #rangeWords() {
    const { from, to } = this.state;
    const word = (text) => {
      const time = text ? parseUrlTime(text) : null;
      return time === null ? 'now' : 'nanos' in time ? formatClock(time.nanos, { utc: settings().utc }).replace(/\.\d+$/, '') : `${text.slice(1)} ago`;
    };
    return `${from ? word(from) : 'the beginning'} to ${word(to)}`;
  }

  // ---- asking the server

  #parameters() {
    const { service, text, errors, from, to } = this.state;
    const nanos = (word) => {
      const time = word ? parseUrlTime(word) : null;
      if (time === null) return '';
      return String('nanos' in time ? time.nanos : BigInt(this.navigation.serverMillis()) * 1_000_000n - BigInt(time.agoSeconds) * 1_000_000_000n);
    };
    return { limit: PAGE_ROWS, service, text, errors: errors ? '1' : '', from: nanos(from), to: nanos(to) };
  }

  /** Notes the row at the top in the history, so that a reload of the page comes back to it. */
  #keepPlace() {
    if (!this.#isShown) return;
    const height = this.#rowHeight;
    const index = Math.floor(this.#scrollTop / height);
    this.navigation.keep('place', index === 0 ? null : { id: this.#list.rows[index]?.id, pixels: this.#scrollTop - index * height });
  }

  /** Loads older pages until the row of `place` is there, and scrolls to it. */
  async #returnTo(place, signal) {
    while (this.#list.indexOf(place.id) < 0 && this.#list.more) {
      this.#list.appendOlder(await fetchTraces({ ...this.#parameters(), limit: RETURN_ROWS, before: this.#list.cursor, asof: this.#list.asof }, signal));
    }
    const index = this.#list.indexOf(place.id);
    if (index < 0) return;
    this.#render();
    this.scroller.scrollTop = this.#scrollTop = index * this.#rowHeight + place.pixels;
  }

  async #reload(place = null) {
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    this.#loadingOlder = false;
    this.foot.textContent = this.#list.rows.length === 0 ? '' : 'Loading…';
    try {
      const page = await fetchTraces(this.#parameters(), asking.signal);
      this.#list.reset(page);
      this.#active = -1;
      this.#cells.clear();
      this.rowBox.replaceChildren();
      this.scroller.scrollTop = this.#scrollTop = 0;
      this.shell.fail('');
      if (place !== null) await this.#returnTo(place, asking.signal);
      this.#render();
      this.shell.quiet.textContent = this.#list.rows.length === 0 ? 'No traces.' : countOf(this.#list.rows.length, 'trace');
    } catch (failure) {
      this.#failed(failure, () => this.#reload(place));
    }
  }

  #failed(failure, retry) {
    if (failure.name === 'AbortError') return;
    if (!(failure instanceof ApiError)) throw failure;
    this.shell.fail(this.#list.rows.length > 0 ? `${failure.message} The list is from before.` : failure.message, retry);
  }

  async #loadOlder() {
    if (this.#loadingOlder || !this.#list.more || !this.#asking) return;
    this.#loadingOlder = true;
    const { signal } = this.#asking;
    try {
      this.#list.appendOlder(await fetchTraces({ ...this.#parameters(), before: this.#list.cursor, asof: this.#list.asof }, signal));
    } catch (failure) {
      this.#failed(failure, () => { this.shell.fail(''); this.#loadOlder(); });
      return;
    } finally {
      this.#loadingOlder = false;
    }
    this.#render();
  }

  #schedule(millis) {
    clearTimeout(this.#timer);
    if (millis > 0 && this.#isShown) this.#timer = setTimeout(() => this.#poll(), millis);
  }

  async #poll() {
    if (document.visibilityState === 'hidden') return void this.#schedule(POLL_MILLIS);
    this.#asking ??= new AbortController();
    const key = this.#loadedFor;
    try {
      const page = await fetchTraces(this.#parameters(), this.#asking.signal);
      if (key !== this.#loadedFor || !this.#isShown) return;
      this.shell.fail('');
      this.#noteNewest(page);
      await this.#noteServices(page);
    } catch (failure) {
      this.#failed(failure, null);
    }
    if (this.#isShown && this.state.live) this.#schedule(POLL_MILLIS);
  }

  #noteNewest(page) {
    const before = this.#list.waiting.length;
    const changed = this.#list.noteNewest(page);
    if (this.#list.waiting.length > 0 && this.#mayMove()) return void this.#takeNewer();
    if (changed) this.#cells.clear();
    if (changed || this.#list.waiting.length !== before) this.#render();
    if (this.#list.waiting.length > before && performance.now() - this.#lastSpoken > 10_000) {
      this.#lastSpoken = performance.now();
      this.shell.quiet.textContent = countOf(this.#list.waiting.length, 'newer trace');
    }
  }

  /** A service nobody has seen yet joins the filter. */
  async #noteServices(page) {
    const known = new Set(this.server.services.map((service) => service.name));
    if (page.traces.every((trace) => trace.services.every((service) => known.has(service.name)))) return;
    this.server = await fetchState();
    if (document.activeElement !== this.service) this.#writeControls();
  }

  /** New rows may enter by themselves: at the top, pointer elsewhere, no row chosen by keyboard. */
  #mayMove() {
    return this.#scrollTop < 4 && !this.#pointerOver && this.#active < 0 && String(getSelection()) === '';
  }

  #takeNewer() {
    const activeId = this.#list.rows[this.#active]?.id;
    if (this.#list.gap) return void this.#reload();
    this.#list.insertNewer();
    this.#active = activeId === undefined ? -1 : this.#list.indexOf(activeId);
    this.#cells.clear();
    if (!this.#mayMove()) this.scroller.scrollTop = this.#scrollTop = 0;
    this.#render();
  }

  // ---- drawing

  get #rowHeight() {
    return widthClass() === 'phone' ? 56 : 28;
  }

  #rewrite() {
    this.#cells.clear();
    this.rowBox.replaceChildren();
    if (this.#isShown) this.#render();
  }

  #render() {
    if (!this.#isShown) return;
    const { rows, waiting, more } = this.#list;
    const height = this.#rowHeight;
    this.rowBox.style.height = `${rows.length * height}px`;
    this.scroller.setAttribute('aria-rowcount', String(rows.length + 1));
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / height) - 6);
    const last = Math.min(rows.length, Math.ceil((this.scroller.scrollTop + this.scroller.clientHeight) / height) + 6);
    const wanted = new Map();
    for (let i = first; i < last; i++) wanted.set(rows[i].id, i);
    if (this.#active >= 0 && this.#active < rows.length) wanted.set(rows[this.#active].id, this.#active);
    for (const child of [...this.rowBox.children]) if (!wanted.has(child.dataset.id) || this.#cells.get(child.dataset.id) !== child) child.remove();
    for (const [id, index] of wanted) {
      let row = this.#cells.get(id);
      if (!row) {
        row = this.#makeRow(rows[index]);
        this.#cells.set(id, row);
      }
      if (row.parentNode !== this.rowBox) this.rowBox.append(row);
      row.style.transform = `translateY(${index * height}px)`;
      row.setAttribute('aria-rowindex', String(index + 2));
      row.setAttribute('aria-selected', String(index === this.#active));
    }
    if (this.#cells.size > 400) for (const id of this.#cells.keys()) if (!wanted.has(id)) this.#cells.delete(id);
    const active = this.#active >= 0 ? this.#cells.get(rows[this.#active]?.id) : null;
    if (active) this.scroller.setAttribute('aria-activedescendant', active.id); else this.scroller.removeAttribute('aria-activedescendant');
    this.newer.hidden = waiting.length === 0;
    this.newer.querySelector('button').lastChild.textContent = `${this.#list.gap ? 'many' : formatCount(waiting.length)} newer`;
    this.summary.textContent = rows.length === 0 ? '' : `${countOf(rows.length, 'trace')}${more ? ', older load as you scroll' : ''} · ${zoneLabel(settings().utc)}`;
    this.#renderFoot();
    if (more && last > rows.length - 20) this.#loadOlder();
  }

  #renderFoot() {
    const { rows, more } = this.#list;
    if (rows.length === 0 && this.#asking) return void fill(this.foot, this.#emptyMessage());
    const words = more ? 'Loading older traces…' : rows.length >= 2000 ? 'Showing the newest 2,000. Narrow the filters to see older ones.' : `That is all${this.state.from ? ' in this range' : ''}.`;
    if (this.foot.textContent !== words) fill(this.foot, words);
  }

  #emptyMessage() {
    const { state, server } = this;
    const filters = [state.service && `of ${state.service}`, state.errors && 'with errors', state.text && `containing “${state.text}”`].filter(Boolean).join(' ');
    const sentence = `No traces${filters ? ' ' + filters : ''}${state.from ? ` ${this.#rangePhrase()}` : ''}.`;
    const from = parseUrlTime(state.from);
    const isOutside = from !== null && server.newest !== null && epochMillis(server.newest) < ('nanos' in from ? epochMillis(from.nanos) : this.navigation.serverMillis() - from.agoSeconds * 1000);
    const latest = isOutside ? `The latest of all is from ${formatClock(server.newest, { utc: settings().utc }).replace(/\.\d+$/, '')}, ${formatAgo((this.navigation.serverMillis() - epochMillis(server.newest)) / 1000)}.` : '';
    return element('div', { class: 'message' }, element('strong', { text: sentence }), latest ? element('span', { text: latest }) : null,
      element('div', { class: 'actions' }, state.from ? button({ text: 'Search any time', press: () => this.#change({ from: '', to: '' }, 'push') }) : null,
        filters ? button({ text: 'Clear filters', press: () => { this.shell.find.value = ''; this.#change({ service: '', text: '', errors: false }, 'push'); } }) : null),
      server.problems.length > 0 ? element('div', { class: 'left' }, problemsList(server.problems.slice(0, 3), this.navigation.serverMillis())) : null);
  }

  /** "in the last 15 min", "from 14:00:00 to 14:15:00" */
  #rangePhrase() {
    const known = RANGES.find(([value]) => value === this.state.from);
    return known && this.state.to === '' ? `in the ${known[1].toLowerCase()}` : `from ${this.#rangeWords()}`;
  }

  #makeRow(trace) {
    const { utc } = settings();
    const clock = formatClock(trace.start, { utc }).slice(0, -2);
    const service = trace.rootService ?? trace.firstService;
    const name = trace.rootName ?? trace.firstName;
    const slot = trace.services.find((entry) => entry.name === service)?.slot;
    const others = trace.services.filter((entry) => entry.name !== service);
    const bar = element('i');
    bar.style.width = `${durationShare(trace.duration) * 100}%`;
    const duration = element('span', { class: 'cell-duration', role: 'gridcell' }, element('span', { class: 'duration-cell' }, element('span', { class: 'duration-track', 'aria-hidden': 'true' }, bar), element('span', { class: 'right', text: formatDuration(trace.duration) })));
    const errors = trace.errors > 0 ? element('span', { class: 'error' }, icon('error', 'small'), ` ${formatCount(trace.errors)}`) : null;
    return element('div', { class: 'list-row', role: 'row', id: `trace-${trace.id}`, data: { id: trace.id }, 'aria-label': `${shortName(name)}, ${service ?? 'no service name'}, ${formatDuration(trace.duration)}, ${countOf(trace.spans, 'span')}${trace.errors ? `, ${countOf(trace.errors, 'error')}` : ''}, started ${clock}` },
      element('span', { class: 'cell-started second', role: 'gridcell', title: formatAgo(Math.max(0, this.navigation.serverMillis() - epochMillis(trace.start)) / 1000), text: clock.includes(' ') ? clock.slice(5, -2) : clock }),
      element('span', { class: 'cell-service', role: 'gridcell' }, element('span', { class: 'service-cell' }, swatch(slot), element('bdi', { text: service ? shortName(service) : 'no service name' }))),
      element('span', { class: 'cell-root', role: 'gridcell' }, element('a', { class: 'root-name', href: `trace/${trace.id}`, tabindex: '-1', title: trace.rootName === null ? 'No root span was received; this is the earliest span.' : null }, element('bdi', { text: shortName(name) })), trace.rootName === null ? element('span', { class: 'quiet', text: ' no root span' }) : null),
      duration,
      element('span', { class: 'cell-spans right second', role: 'gridcell', text: groupDigits(trace.spans) }),
      element('span', { class: 'cell-errors right', role: 'gridcell' }, errors),
      element('span', { class: 'cell-services', role: 'gridcell' }, element('span', { class: 'service-list' }, ...others.slice(0, 4).map((entry) => element('span', { title: `${entry.name}: ${countOf(entry.spans, 'span')}` }, swatch(entry.slot), element('bdi', { text: shortName(entry.name) }))), others.length > 4 ? element('span', { class: 'quiet', text: `+${others.length - 4}` }) : null)),
      element('span', { class: 'cell-facts', 'aria-hidden': 'true' }, element('span', { class: 'service-cell' }, swatch(slot), element('bdi', { text: service ? shortName(service) : 'no service name' })), `${formatCount(trace.spans)} sp`, errors?.cloneNode(true) ?? null, element('span', { class: 'quiet', text: clock.slice(-10) }),
        element('span', { class: 'quiet monogram', text: others.slice(0, 3).map((entry) => monogramOf(entry.name)).join(' ') })));
  }

  // ---- choosing

  #clicked(event) {
    const row = event.target.closest('.list-row');
    if (!row || event.defaultPrevented || String(getSelection()) !== '') return;
    this.#active = this.#list.indexOf(row.dataset.id);
    if (event.target.closest('a')) return;
    if (event.metaKey || event.ctrlKey) window.open(`trace/${row.dataset.id}`, '_blank');
    else this.#open();
  }

  #open() {
    const trace = this.#list.rows[this.#active];
    if (trace) this.navigation.go(`trace/${trace.id}`);
  }

  #setActive(index) {
    const { rows } = this.#list;
    if (rows.length === 0) return;
    this.#active = Math.max(0, Math.min(rows.length - 1, index));
    const height = this.#rowHeight;
    const head = widthClass() === 'phone' ? 0 : 28;
    const top = this.#active * height;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + height + head > this.scroller.scrollTop + this.scroller.clientHeight) this.scroller.scrollTop = top + height + head - this.scroller.clientHeight;
    this.#render();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was for this page */
  key(event) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / this.#rowHeight) - 2);
    const inList = document.activeElement === this.scroller || document.activeElement === document.body || document.activeElement === this.shell.main;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (inList && event.key in moves && !event.shiftKey) {
      if (event.key === 'ArrowUp' && this.#active === 0 || event.key === 'Home') {
        this.#active = event.key === 'Home' ? 0 : -1;
        this.scroller.scrollTop = 0;
        this.#render();
      } else this.#setActive(event.key === 'End' ? this.#list.rows.length - 1 : this.#active + moves[event.key]);
      return true;
    }
    if (inList && event.key === 'Enter' && this.#active >= 0) {
      this.#open();
      return true;
    }
    if (event.key === 'Escape' && this.#active >= 0) {
      this.#active = -1;
      this.#render();
      return true;
    }
    if (event.key === '/') this.shell.focusFind();
    else if (event.key === 'l') this.#change({ live: !this.state.live }, 'replace');
    else if (event.key === 't') this.range.focus();
    else return false;
    return true;
  }

  /** The address this page would have: where Backspace on a trace leads. */
  get address() {
    return `search${tidyQuery(this.#query)}`;
  }
}
