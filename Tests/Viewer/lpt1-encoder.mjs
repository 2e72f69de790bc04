// The other side of web/model/lpt1.js: spans -> LPT1 chunks, as /tmp/contracts and viewer.md §4.10 say. Test tooling.

const ESCAPE = 0xffffffff;

/**
 * Spans sorted into rows, ready for `encodeTrace`.
 * @param {{id: string, t0: bigint, spans: object[]}} trace  spans: {spanId, parentId, service, name, kind, status, start, dur, group, flagged, events, links}
 *   with `start` and `dur` in ns offsets from t0
 */
export function rowsOf(trace) {
  const rows = trace.spans.slice().sort((a, b) => a.start - b.start || b.dur - a.dur || (a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0));
  const rowOfId = new Map();
  const duplicates = new Set();
  rows.forEach((span, row) => {
    if (rowOfId.has(span.spanId)) duplicates.add(row).add(rowOfId.get(span.spanId));
    else rowOfId.set(span.spanId, row);
  });
  return { rows, rowOfId, duplicates };
}

/**
 * @param {object} trace as for rowsOf; `slots`: service name -> colour slot
 * @param {{rev?: string, chunkRows?: number, lastReceived?: string|null, complete?: boolean, slots?: Map<string, number>}} options
 * @returns {Buffer[]} one buffer per chunk
 */
export function encodeTrace(trace, { rev = '1', chunkRows = 65536, lastReceived = null, complete = true, slots = new Map() } = {}) {
  const { rows, rowOfId, duplicates } = trace.rows ? trace : Object.assign(trace, rowsOf(trace));
  const end = rows.reduce((most, span) => Math.max(most, span.start + span.dur), 0);
  const serviceIndex = new Map();
  const services = [];
  for (const span of rows) {
    if (span.service === null) continue;
    if (!serviceIndex.has(span.service)) {
      serviceIndex.set(span.service, services.length);
      services.push({ name: span.service, slot: slots.get(span.service) ?? ((services.length % 24) + 1), spans: 0, ns: 0, errors: 0 });
    }
    const service = services[serviceIndex.get(span.service)];
    service.spans++;
    service.ns += span.dur;
    if (span.status === 2) service.errors++;
  }
  const stringIndex = new Map();
  const missingIndex = new Map();
  const chunks = [];
  let previousStart = 0;
  for (let first = 0; first === 0 || first < rows.length; first += chunkRows) {
    const part = rows.slice(first, first + chunkRows);
    const strings = [], missing = [];
    const indexIn = (map, list, value) => map.get(value) ?? (list.push(value), map.set(value, map.size), map.size - 1);
    const start = new Uint32Array(part.length), duration = new Uint32Array(part.length), parent = new Uint32Array(part.length);
    const name = new Uint32Array(part.length), group = new Uint32Array(part.length), service = new Uint16Array(part.length), bits = new Uint8Array(part.length);
    const startx = [], durationx = [], missingx = [];
    part.forEach((span, i) => {
      start[i] = escaped(span.start - previousStart, startx);
      previousStart = span.start;
      duration[i] = escaped(span.dur, durationx);
      if (!span.parentId) parent[i] = 0;
      else if (!rowOfId.has(span.parentId)) {
        parent[i] = 1;
        missingx.push(indexIn(missingIndex, missing, span.parentId));
      } else {
        const distance = first + i - rowOfId.get(span.parentId);
        parent[i] = (distance < 0 ? -2 * distance - 1 : 2 * distance) + 2;
      }
      name[i] = indexIn(stringIndex, strings, span.name);
      group[i] = indexIn(stringIndex, strings, span.group ?? '');
      service[i] = span.service === null ? 0xffff : serviceIndex.get(span.service);
      bits[i] = (span.kind ?? 1) | ((span.status ?? 0) << 3) | (span.events?.length ? 32 : 0) | (span.links?.length ? 64 : 0) | (span.flagged ? 128 : 0);
    });
    const columns = [['start', 'u32p', planes(start)], ['startx', 'f64', doubles(startx)], ['duration', 'u32p', planes(duration)], ['durationx', 'f64', doubles(durationx)],
      ['parent', 'u32p', planes(parent)], ['missingx', 'u32', Buffer.from(Uint32Array.from(missingx).buffer)], ['service', 'u16', Buffer.from(service.buffer)],
      ['name', 'u32p', planes(name)], ['group', 'u32p', planes(group)], ['bits', 'u8', Buffer.from(bits.buffer)]].filter(([, , bytes]) => bytes.length > 0);
    const header = { trace: trace.id, rev, chunk: { first, count: part.length, last: first + chunkRows >= rows.length }, strings, missing };
    const doubled = part.flatMap((_, i) => (duplicates.has(first + i) ? [first + i] : []));
    if (doubled.length > 0) header.duplicates = doubled;
    if (first === 0) {
      const roots = rows.findIndex((span) => !span.parentId);
      Object.assign(header, { t0: String(trace.t0), dur: end, spans: rows.length, services, root: roots, errors: rows.filter((span) => span.status === 2).length,
        lastReceived, complete, hist: histogram(rows, end) });
    } else header.services = [];
    chunks.push(frame(header, columns));
  }
  return chunks;
}

function escaped(value, escapes) {
  if (value >= 0 && value < ESCAPE && Number.isInteger(value)) return value;
  escapes.push(value);
  return ESCAPE;
}

/** Values -> byte planes. */
export function planes(values) {
  const count = values.length;
  const bytes = Buffer.alloc(count * 4);
  for (let i = 0; i < count; i++) {
    bytes[i] = values[i] & 255;
    bytes[count + i] = (values[i] >>> 8) & 255;
    bytes[2 * count + i] = (values[i] >>> 16) & 255;
    bytes[3 * count + i] = values[i] >>> 24;
  }
  return bytes;
}

const doubles = (values) => Buffer.from(Float64Array.from(values).buffer);

function histogram(rows, end) {
  const bins = new Array(513).fill(0);
  for (const span of rows) {
    const from = end > 0 ? Math.min(511, Math.floor((span.start / end) * 512)) : 0;
    const to = end > 0 ? Math.max(from, Math.min(511, Math.ceil(((span.start + span.dur) / end) * 512) - 1)) : 0;
    bins[from]++;
    bins[to + 1]--;
  }
  for (let i = 1; i < 513; i++) bins[i] += bins[i - 1];
  return bins.slice(0, 512);
}

function frame(header, columns) {
  let offset = 0;
  header.cols = columns.map(([k, type, bytes]) => {
    const column = { k, type, off: offset, bytes: bytes.length };
    offset = (offset + bytes.length + 7) & ~7;
    return column;
  });
  let json = Buffer.from(JSON.stringify(header));
  json = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, 0x20)]);
  const head = Buffer.alloc(8);
  head.write('LPT1');
  head.writeUInt32LE(json.length, 4);
  const body = Buffer.alloc(offset);
  header.cols.forEach((column, i) => columns[i][2].copy(body, column.off));
  return Buffer.concat([head, json, body]);
}
