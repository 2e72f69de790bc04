// The list of traces: what is shown, and what has arrived meanwhile and waits (viewer.md §5). No DOM.
//
// Rows are newest first by (start, id). New rows enter only by `insertNewer`; late spans update a row where it is.

/** Rows kept at most; older ones load again by scrolling. */
const MOST_ROWS = 2000;

export class TraceList {
  /** @type {object[]} summaries as /ui/api/traces gives them */ rows = [];
  /** @type {object[]} arrivals that are not in `rows` yet, newest first */ waiting = [];
  more = false;
  asof = 0;
  /** Arrivals came faster than they were asked for: between them and `rows` some may be missing. */
  gap = false;

  #byId = new Map();

  /** A first page replaces everything. */
  reset(page) {
    this.rows = page.traces;
    this.more = page.more;
    this.asof = page.asof;
    this.waiting = [];
    this.gap = false;
    this.#index();
  }

  /** An older page, asked for with `cursor`. Rows that are here already are skipped. */
  appendOlder(page) {
    const fresh = page.traces.filter((trace) => !this.#byId.has(trace.id));
    this.rows = [...this.rows, ...fresh];
    this.more = page.more && this.rows.length < MOST_ROWS;
    this.#index();
  }

  /**
   * The newest page as it is now: known rows are updated in place, unknown ones wait.
   * @param {{traces: object[], asof: number}} page
   * @returns {boolean} whether a row on the list changed
   */
  noteNewest(page) {
    let changed = false;
    let known = 0;
    const waitingIds = new Map(this.waiting.map((trace, i) => [trace.id, i]));
    const arrivals = [];
    for (const trace of page.traces) {
      const at = this.#byId.get(trace.id);
      if (at !== undefined) {
        known++;
        changed ||= this.#replaceIfGrown(at, trace);
      } else if (waitingIds.has(trace.id)) {
        known++;
        this.waiting[waitingIds.get(trace.id)] = trace;
      } else if (this.rows.length === 0 || isNewer(trace, this.rows[this.rows.length - 1]) || !this.more) arrivals.push(trace);
    }
    if (known === 0 && this.rows.length + this.waiting.length > 0 && page.more) this.gap = true;
    this.waiting = [...arrivals, ...this.waiting].sort((a, b) => (isNewer(a, b) ? -1 : 1));
    return changed;
  }

  /** Puts the arrivals on the list. */
  insertNewer() {
    this.rows = [...this.waiting, ...this.rows].sort((a, b) => (isNewer(a, b) ? -1 : 1));
    if (this.rows.length > MOST_ROWS) {
      this.rows.length = MOST_ROWS;
      this.more = true;
    }
    this.waiting = [];
    this.#index();
  }

  /** Where the page after the last row begins. */
  get cursor() {
    const last = this.rows[this.rows.length - 1];
    return last ? `${last.start},${last.id}` : '';
  }

  indexOf(id) {
    return this.#byId.get(id) ?? -1;
  }

  #replaceIfGrown(at, trace) {
    const before = this.rows[at];
    if (before.spans === trace.spans && before.duration === trace.duration && before.errors === trace.errors && before.rootName === trace.rootName) return false;
    this.rows[at] = trace;
    return true;
  }

  #index() {
    this.#byId = new Map(this.rows.map((trace, i) => [trace.id, i]));
  }
}

/** Newer = later start; equal starts by id, as the cursor has it. */
export function isNewer(a, b) {
  const x = BigInt(a.start), y = BigInt(b.start);
  return x === y ? a.id > b.id : x > y;
}

/** Share of a fixed logarithmic scale, 100 µs … 100 s, so that a bar means the same in every list. */
export function durationShare(nanos) {
  if (nanos <= 0) return 0;
  return Math.max(0.02, Math.min(1, Math.log10(nanos / 1e5) / 6));
}

/** Two letters that tell services apart without colour: `shop-web` -> SW, `redis` -> RE. */
export function monogramOf(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words[1][0] : [...(words[0] ?? '?')].slice(0, 2).join('');
  return letters.toUpperCase();
}
