// How Loupe itself is doing: intake, problems with their fixes, a ledger that adds up, the store.

import { ApiError, fetchState } from '../data/api.js';
import { countOf, formatAgo, formatBytes, formatClock, formatCount, formatPeriod, formatRate, groupDigits, zoneLabel } from '../model/units.js';
import { element, fill, icon } from './dom.js';
import { problemsList } from './problems-list.js';
import { settings } from './settings.js';

const STATUS_POLL_MILLIS = 2000;

export class StatusPage {
  #timer = 0;
  #left = false;

  /** @param {{shell: import('./shell.js').Shell}} options */
  constructor({ shell }) {
    this.shell = shell;
    this.sheet = element('div', { class: 'sheet' }, element('h1', { text: 'Status' }));
    this.element = element('div', { class: 'page scrolls' }, this.sheet);
    this.#refresh();
  }

  show() {
    document.title = 'Status · Loupe';
  }

  leave() {
    this.#left = true;
    clearTimeout(this.#timer);
  }

  key() {
    return false;
  }

  async #refresh() {
    try {
      const state = await fetchState();
      if (this.#left) return;
      this.shell.fail('');
      this.#draw(state);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (!this.#left) this.shell.fail(`${failure.message} What follows is from before.`, () => this.#refresh());
    }
    if (!this.#left) this.#timer = setTimeout(() => this.#refresh(), STATUS_POLL_MILLIS);
  }

  #draw(state) {
    if (this.sheet.contains(document.activeElement) && document.activeElement !== this.sheet || String(getSelection()) !== '') return;
    const nowMillis = Number(BigInt(state.now) / 1_000_000n);
    const ago = (nanos) => formatAgo(Math.max(0, nowMillis - Number(BigInt(nanos) / 1_000_000n)) / 1000);
    fill(this.sheet,
      element('h1', { text: 'Status' }),
      element('div', { class: 'figures' },
        figure('Receiving', formatRate(state.rates.spansPerSecond).replace('/s', 'spans/s'), `${formatCount(state.spans)} spans in ${countOf(state.traces, 'trace')} kept`),
        figure('Memory', formatBytes(state.memory.bytes), `of ${formatBytes(state.memory.limitBytes)}; ${countOf(state.inMemorySpans, 'span')} not on disk yet`, state.memory.bytes / state.memory.limitBytes),
        figure('Disk', formatBytes(state.disk.bytes), `of ${formatBytes(state.disk.limitBytes)}`, state.disk.bytes / state.disk.limitBytes),
        figure('Oldest span', state.oldest ? ago(state.oldest) : '–', `kept for ${formatPeriod(state.retentionSeconds)}`)),
      section('Intake', element('div', { class: 'table-scroll' }, table(['Listener', 'Address', 'TLS', ['Connections'], ['Last received']], state.listeners.map((listener) => [
        listener.name, element('code', { text: listener.address }), listener.tls ? 'on' : 'off', [groupDigits(listener.connections)],
        [listener.lastReceivedSecondsAgo === null ? (listener.name.startsWith('otlp') ? 'nothing yet' : '–') : formatAgo(listener.lastReceivedSecondsAgo)]])))),
      section('Problems seen', state.problems.length > 0 ? problemsList(state.problems, nowMillis) : element('p', { class: 'second' }, 'None. Everything that was sent was understood.')),
      section('Ledger', ledgerTable(state.ledger)),
      section('Store', element('p', { class: 'second', text: `${state.dataDirectory} · version ${state.version} · started ${formatClock(state.startedAt, { utc: settings().utc }).slice(0, -4)} ${zoneLabel(settings().utc)}${state.container ? ' · in a container' : ''}` })));
  }
}

function figure(name, value, about, share = null) {
  let meter = null;
  if (share !== null) {
    const bar = element('i');
    bar.style.width = `${Math.min(100, share * 100)}%`;
    meter = element('div', { class: share > 0.9 ? 'meter tight' : 'meter' }, bar);
  }
  return element('div', { class: 'figure' }, element('h3', { text: name }), element('div', { class: 'value', text: value }), meter, element('p', { text: about }));
}

function section(title, ...body) {
  return element('section', {}, element('h2', { text: title }), ...body);
}

/** A head in an array is right-aligned, as are cells in arrays. */
function table(heads, rows) {
  return element('table', { class: 'table' }, element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col', class: Array.isArray(head) ? 'right' : null, text: String(head) })))),
    element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', { class: Array.isArray(cell) ? 'right' : null }, ...[cell].flat()))))));
}

/** received = stored + refused + invalid + duplicate; says so when it does not. */
function ledgerTable({ received, stored, refused, invalid, duplicate }) {
  const parts = [['stored', stored], ...refused.map(({ reason, spans }) => [`refused: ${reason}`, spans]), ...invalid.map(({ reason, spans }) => [`invalid: ${reason}`, spans]), ['duplicate', duplicate]];
  const sum = parts.reduce((total, [, spans]) => total + spans, 0);
  const rows = parts.map(([name, spans]) => element('tr', {}, element('td', { text: name }), element('td', { class: 'right', text: groupDigits(spans) })));
  const verdict = sum === received ? element('span', { class: 'ok' }, icon('ok', 'small'), ' adds up') : element('span', { class: 'error' }, icon('error', 'small'), ` ${groupDigits(Math.abs(received - sum))} spans are unaccounted for`);
  return element('table', { class: 'table ledger' }, element('thead', {}, element('tr', {}, element('th', { scope: 'col', text: 'Spans since Loupe started' }), element('th', { class: 'right', scope: 'col', text: 'count' }))),
    element('tbody', {}, ...rows, element('tr', { class: 'sum' }, element('td', {}, 'received ', verdict), element('td', { class: 'right', text: groupDigits(received) }))));
}
