// LPT1, the skeleton of one trace as it travels (viewer.md §4.10): a sequence of chunks, each
//   0  "LPT1"   4  u32 header bytes H   8  JSON header, space-padded to a multiple of 8   8+H  columns, little-endian
// Columns of `u32p` are byte planes: all lowest bytes of the chunk's rows, then all second bytes, and so on.
// This module turns bytes into columns; it knows nothing of trees.

const MAGIC = 0x3154504c; // "LPT1"
/** In `start` and `duration`: the value did not fit and is the next of the f64 escape column. */
const ESCAPE = 0xffffffff;

/**
 * One trace as columns; row index = order by (start, −duration, span id). Times are ns offsets from `t0`.
 * @typedef {object} TraceColumns
 * @property {string} id            32 hex digits
 * @property {string} rev           changes when the trace grows
 * @property {bigint} t0            ns since 1970 of offset 0
 * @property {number} traceNanos    from the earliest start to the latest end
 * @property {number} spanCount     rows the trace has
 * @property {number} loaded        rows that have arrived so far
 * @property {{name: string, slot: number, spans: number, ns: number, errors: number}[]} services
 * @property {string[]} strings
 * @property {string[]} missing     16 hex digits of each parent that is not in the trace
 * @property {Set<number>} duplicates  rows whose span id another row has, too
 * @property {number} rootRow       −1 when no root was seen
 * @property {number} errorCount
 * @property {string|null} lastReceived  ns since 1970
 * @property {boolean} complete
 * @property {number[]} histogram   active spans in 512 equal bins
 * @property {Float64Array} start   with room for one synthetic row per missing parent behind the spans
 * @property {Float64Array} dur
 * @property {Int32Array} parent    −1 root, −2−k the k-th missing parent, else a row
 * @property {Uint16Array} service  0xffff when there is none
 * @property {Uint32Array} name     index into strings
 * @property {Uint32Array} group    index into strings
 * @property {Uint8Array} bits      0–2 kind, 3–4 status, 5 has events, 6 has links, 7 end before start
 */

/** `service` of a span whose resource has no service.name. */
export const NO_SERVICE = 0xffff;

/** Cuts a byte stream into chunks. Feed it pieces of any size with `push`; it returns the chunks they complete. */
export class ChunkReader {
  #pieces = [];
  #held = 0;
  /** Bytes that must be here before it is worth looking again. */
  #needed = 8;
  /** The header of the chunk at the front, parsed once although its columns may need many more pieces. */
  #header = null;

  /** @param {Uint8Array} piece @returns {{header: object, columns: Uint8Array}[]} */
  push(piece) {
    this.#pieces.push(piece);
    this.#held += piece.length;
    return this.#held < this.#needed ? [] : this.#cut(joinBytes(this.#pieces, this.#held));
  }

  /** True when the stream ended between two chunks; what is left may only be padding. */
  get isAtBoundary() {
    return this.#pieces.every((piece) => piece.every((byte) => byte === 0));
  }

  #cut(bytes) {
    const chunks = [];
    let at = 0;
    this.#needed = 8;
    for (;;) {
      while (at < bytes.length && bytes[at] === 0) at++;
      if (bytes.length - at < 8) break;
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      if (view.getUint32(0, true) !== MAGIC) throw new Error('not an LPT1 chunk');
      const from = 8 + view.getUint32(4, true);
      this.#needed = from;
      if (bytes.length - at < from) break;
      this.#header ??= JSON.parse(new TextDecoder().decode(bytes.subarray(at + 8, at + from)));
      const columnBytes = this.#header.cols.reduce((end, column) => Math.max(end, column.off + column.bytes), 0);
      this.#needed = from + columnBytes;
      if (bytes.length - at < this.#needed) break;
      chunks.push({ header: this.#header, columns: bytes.subarray(at + from, at + this.#needed) });
      at += this.#needed;
      this.#header = null;
      this.#needed = 8;
    }
    this.#pieces = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#held = bytes.length - at;
    return chunks;
  }
}

function joinBytes(pieces, length) {
  if (pieces.length === 1) return pieces[0];
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** @returns {TraceColumns} with every column allocated and no row loaded; from the header of chunk 0 */
export function createTraceColumns(header) {
  const count = header.spans;
  return {
    id: header.trace, rev: header.rev, t0: BigInt(header.t0), traceNanos: header.dur, spanCount: count, loaded: 0,
    services: [], strings: [], missing: [], duplicates: new Set(),
    rootRow: header.root ?? -1, errorCount: header.errors ?? 0, lastReceived: header.lastReceived ?? null, complete: header.complete ?? true,
    histogram: header.hist ?? [],
    start: new Float64Array(count), dur: new Float64Array(count), parent: new Int32Array(count),
    service: new Uint16Array(count), name: new Uint32Array(count), group: new Uint32Array(count), bits: new Uint8Array(count),
  };
}

/** Decodes one chunk behind the rows already loaded. @param {TraceColumns} trace */
export function appendChunk(trace, { header, columns }) {
  const { first, count } = header.chunk;
  if (first !== trace.loaded || first + count > trace.spanCount) throw new Error(`chunk starts at row ${first}, expected ${trace.loaded}`);
  for (const list of ['services', 'strings', 'missing']) for (const item of header[list] ?? []) trace[list].push(item);
  for (const row of header.duplicates ?? []) trace.duplicates.add(row);
  const column = (kind) => {
    const found = header.cols.find((candidate) => candidate.k === kind);
    return found ? columns.subarray(found.off, found.off + found.bytes) : new Uint8Array(0);
  };
  decodeStarts(trace, first, count, readPlanes(column('start'), count), readDoubles(column('startx')));
  decodeDurations(trace, first, count, readPlanes(column('duration'), count), readDoubles(column('durationx')));
  decodeParents(trace, first, count, readPlanes(column('parent'), count), column('missingx'));
  trace.service.set(new Uint16Array(alignedCopy(column('service'))), first);
  trace.name.set(readPlanes(column('name'), count), first);
  trace.group.set(readPlanes(column('group'), count), first);
  trace.bits.set(column('bits'), first);
  trace.loaded = first + count;
  growForSynthetic(trace);
}

/** Byte planes -> values. */
function readPlanes(bytes, count) {
  const values = new Uint32Array(count);
  const b = count, c = 2 * count, d = 3 * count;
  for (let i = 0; i < count; i++) values[i] = bytes[i] | (bytes[b + i] << 8) | (bytes[c + i] << 16) | (bytes[d + i] << 24);
  return values;
}

function alignedCopy(bytes) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function readDoubles(bytes) {
  return new Float64Array(alignedCopy(bytes));
}

function decodeStarts(trace, first, count, deltas, escapes) {
  const { start } = trace;
  let previous = first === 0 ? 0 : start[first - 1];
  let next = 0;
  for (let i = 0; i < count; i++) {
    previous += deltas[i] === ESCAPE ? escapes[next++] : deltas[i];
    start[first + i] = previous;
  }
}

function decodeDurations(trace, first, count, values, escapes) {
  const { dur } = trace;
  let next = 0;
  for (let i = 0; i < count; i++) dur[first + i] = values[i] === ESCAPE ? escapes[next++] : values[i];
}

function decodeParents(trace, first, count, codes, missingBytes) {
  const { parent } = trace;
  const missingIndex = new Uint32Array(alignedCopy(missingBytes));
  let next = 0;
  for (let i = 0; i < count; i++) {
    const code = codes[i];
    if (code === 0) parent[first + i] = -1;
    else if (code === 1) parent[first + i] = -2 - missingIndex[next++];
    else {
      const zigzag = code - 2;
      parent[first + i] = first + i - ((zigzag >>> 1) ^ -(zigzag & 1));
    }
  }
}

/** Synthetic rows of missing parents live behind the spans, so `start` and `dur` need room for them. */
function growForSynthetic(trace) {
  const needed = trace.spanCount + trace.missing.length;
  if (trace.start.length >= needed) return;
  for (const name of ['start', 'dur']) {
    const grown = new Float64Array(needed);
    grown.set(trace[name]);
    trace[name] = grown;
  }
}

/** Span kind as OTLP counts it: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
export const PRODUCER = 4;
export const CONSUMER = 5;
export const kindOf = (bits) => bits & 7;
export const isError = (bits) => ((bits >> 3) & 3) === 2;
export const hasEvents = (bits) => (bits & 32) !== 0;
/** The sender said the span ended before it started; its duration is 0 here. */
export const endsBeforeStart = (bits) => (bits & 128) !== 0;
