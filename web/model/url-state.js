// The state of a page in its query string (viewer.md §2.1). Defaults are left out, unknown parameters are kept, and a
// bad value is named instead of breaking the page.

/** A time that is either relative to now or an instant. @typedef {{agoSeconds: number}|{nanos: bigint}} UrlTime */

const RELATIVE_UNITS = { s: 1, m: 60, h: 3600, d: 86400 };

/** `-15m`, `-1h`, or an ISO instant. @returns {UrlTime|null} */
export function parseUrlTime(text) {
  const relative = /^-(\d{1,6})([smhd])$/.exec(text);
  if (relative) return { agoSeconds: Number(relative[1]) * RELATIVE_UNITS[relative[2]] };
  const millis = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(millis) ? null : { nanos: BigInt(millis) * 1_000_000n };
}

/**
 * The waterfall's state.
 * @typedef {object} TraceState
 * @property {string} span      span id, `*id` for the group that holds it, '' when nothing is selected
 * @property {{v0: number, v1: number}|null} view  null = whole trace
 * @property {string} root      span id of the subtree shown, '' = all
 * @property {string} find
 * @property {boolean} only
 * @property {string[]} hidden  names of hidden services
 * @property {boolean} grouped
 * @property {boolean} path     critical path drawn
 * @property {string[]} folds   span ids of collapsed spans; `*id` = the group that holds the span is open
 * @property {string} top       span id of the first row
 */

const SPAN = /^\*?[0-9a-f]{16}$/;
/** Folds kept in a link. */
export const MOST_FOLDS = 64;

/**
 * @param {URLSearchParams} query
 * @returns {{state: TraceState, ignored: {name: string, why: string}[]}}
 */
export function readTraceState(query) {
  const ignored = [];
  const accept = (name, isGood, why) => {
    const text = query.get(name);
    if (text === null || text === '') return '';
    if (isGood(text)) return text;
    ignored.push({ name, why });
    return '';
  };
  const isSpan = (text) => SPAN.test(text);
  const times = accept('t', (text) => /^-?\d+(\.\d+)?,-?\d+(\.\d+)?$/.test(text) && Number(text.split(',')[0]) < Number(text.split(',')[1]), 'not two numbers');
  const [v0, v1] = times.split(',').map(Number);
  const flag = (name, byDefault) => {
    const text = accept(name, (value) => value === '0' || value === '1', 'neither 0 nor 1');
    return text === '' ? byDefault : text === '1';
  };
  const folds = (query.get('x') ?? '').split(',').filter(Boolean);
  if (folds.some((fold) => !isSpan(fold))) ignored.push({ name: 'x', why: 'not span ids' });
  return {
    ignored,
    state: {
      span: accept('span', isSpan, 'not a span id'), view: times === '' ? null : { v0, v1 }, root: accept('root', isSpan, 'not a span id'),
      find: query.get('find') ?? '', only: flag('only', false), hidden: query.getAll('svc'), grouped: flag('group', true), path: flag('cp', true),
      folds: folds.filter(isSpan).slice(0, MOST_FOLDS), top: accept('top', isSpan, 'not a span id'),
    },
  };
}

/** Writes the state over `query`, keeping parameters it does not know. @param {TraceState} state */
export function writeTraceState(query, state) {
  const written = new URLSearchParams(query);
  const put = (name, text) => (text === '' ? written.delete(name) : written.set(name, text));
  put('span', state.span);
  put('t', state.view ? `${Math.round(state.view.v0)},${Math.round(state.view.v1)}` : '');
  put('root', state.root);
  put('find', state.find);
  put('only', state.only ? '1' : '');
  written.delete('svc');
  for (const name of state.hidden) written.append('svc', name);
  put('group', state.grouped ? '' : '0');
  put('cp', state.path ? '' : '0');
  put('x', state.folds.slice(0, MOST_FOLDS).join(','));
  put('top', state.top);
  return tidyQuery(written);
}

/** URLSearchParams without escapes that only make links harder to read. */
export function tidyQuery(query) {
  const text = query.toString().replace(/%2C/gi, ',').replace(/%3A/gi, ':');
  return text === '' ? '' : '?' + text;
}

/**
 * The state of the list of traces.
 * @typedef {{service: string, text: string, errors: boolean, from: string, to: string, live: boolean}} SearchState
 */

/** @returns {{state: SearchState, ignored: {name: string, why: string}[]}} */
export function readSearchState(query) {
  const ignored = [];
  const time = (name) => {
    const text = query.get(name) ?? '';
    if (text === '' || parseUrlTime(text)) return text;
    ignored.push({ name, why: 'neither like -15m nor an ISO time' });
    return '';
  };
  return {
    ignored,
    state: { service: query.get('service') ?? '', text: query.get('text') ?? '', errors: query.get('errors') === '1', from: time('from'), to: time('to'),
      live: query.get('live') === '1' },
  };
}

/** @param {SearchState} state */
export function writeSearchState(query, state) {
  const written = new URLSearchParams(query);
  const put = (name, text) => (text === '' ? written.delete(name) : written.set(name, text));
  put('from', state.from);
  put('to', state.to);
  put('service', state.service);
  put('text', state.text);
  put('errors', state.errors ? '1' : '');
  put('live', state.live ? '1' : '');
  return tidyQuery(written);
}
