// Full spans of the rows someone looks at, fetched a few at a time and kept. Row numbers belong to one `rev`.

import { ApiError, fetchRows, fetchSpans } from './api.js';

/** Rows kept before the oldest are forgotten. */
const MOST_KEPT = 4000;
/** Rows asked for in one call. */
const MOST_A_CALL = 500;

export class SpanStore {
  #spans = new Map();
  #resources = new Map();
  #asked = new Set();

  /**
   * @param {string} traceId
   * @param {string} rev
   * @param {{changed: () => void, stale: () => void}} listener  `stale`: the trace has grown and needs loading again
   */
  constructor(traceId, rev, listener) {
    this.traceId = traceId;
    this.rev = rev;
    this.listener = listener;
  }

  /** The span of a row, with its resource, or undefined while it is not here. */
  get(row) {
    return this.#spans.get(row);
  }

  resource(key) {
    return this.#resources.get(String(key));
  }

  idOf(row) {
    return this.#spans.get(row)?.spanId ?? null;
  }

  /** Fetches those of `rows` that are not here yet. Resolves once they are. */
  async want(rows) {
    const missing = rows.filter((row) => row >= 0 && !this.#spans.has(row) && !this.#asked.has(row)).slice(0, MOST_A_CALL);
    if (missing.length === 0) return;
    for (const row of missing) this.#asked.add(row);
    try {
      this.#keep(await fetchRows(this.traceId, this.rev, missing));
    } catch (failure) {
      this.#fail(failure);
    } finally {
      for (const row of missing) this.#asked.delete(row);
    }
  }

  /** Rows of some span ids, in no particular order. @returns {Promise<Map<string, number>>} */
  async rowsOfIds(spanIds) {
    const found = new Map();
    if (spanIds.length === 0) return found;
    const answer = await fetchSpans(this.traceId, this.rev, spanIds);
    this.#keep(answer);
    for (const span of answer.rows) if (!found.has(span.spanId)) found.set(span.spanId, span.row);
    return found;
  }

  #keep(answer) {
    for (const [key, resource] of Object.entries(answer.resources ?? {})) this.#resources.set(key, resource);
    for (const span of answer.rows) this.#spans.set(span.row, span);
    for (const row of this.#spans.keys()) {
      if (this.#spans.size <= MOST_KEPT) break;
      this.#spans.delete(row);
    }
    this.listener.changed();
  }

  #fail(failure) {
    if (failure instanceof ApiError && failure.status === 409) this.listener.stale();
    else if (failure.name !== 'AbortError') throw failure;
  }
}
