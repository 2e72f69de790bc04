// Serves web/ with the real Content-Security-Policy and the private endpoints of the viewer from synthetic traces.
//   node Tests/Viewer/mock-server.mjs [port] [--empty] [--live]
// It answers what the binary answers; it stores nothing and checks little. Test tooling.

import { createServer } from 'node:http';
import { readFileSync, existsSync, statSync } from 'node:fs';
import { join, normalize, extname, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { encodeTrace, rowsOf } from './lpt1-encoder.mjs';
import { SAMPLES, checkoutTrace, randomTrace, seededRandom } from './sample-traces.mjs';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'";

/** Sample name -> trace id. */
export const SAMPLE_IDS = Object.fromEntries(Object.keys(SAMPLES).map((name, i) => [name, (i + 1).toString(16).padStart(32, 'f0')]));

const nowNanos = () => BigInt(Date.now()) * 1_000_000n;

class MockStore {
  constructor({ empty = false } = {}) {
    this.startedAt = nowNanos();
    this.summaries = [];
    this.traces = new Map();
    this.slots = new Map();
    this.revs = new Map();
    this.lastReceived = new Map();
    this.problems = [];
    this.sequence = 0;
    this.spans = 0;
    this.everReceived = !empty;
    if (!empty) this.fill();
  }

  slotOf(service) {
    if (!this.slots.has(service)) this.slots.set(service, (this.slots.size % 24) + 1);
    return this.slots.get(service);
  }

  fill() {
    const start = nowNanos() - 600_000_000_000n;
    let i = 0;
    for (const [name, make] of Object.entries(SAMPLES)) {
      const t0 = start + BigInt(i++) * 20_000_000_000n;
      const id = SAMPLE_IDS[name];
      this.slotOf('shop-web');
      if (name === 'million' || name === 'hundredThousand') {
        this.traces.set(id, () => make(id, t0));
        const spans = name === 'million' ? 1_000_000 : 100_000;
        this.summaries.push({ id, start: t0, duration: 60e9, spans, errors: 500, rootService: 'gateway', rootName: `GET /report (${spans})`, firstService: 'gateway', firstName: 'GET /report',
          services: ['gateway', 'orders', 'postgres'].map((service) => ({ name: service, slot: this.slotOf(service), spans: 1000, errors: 0 })), sequence: 0 });
      } else this.receive(make(id, t0), false);
    }
    const random = seededRandom(3);
    for (let k = 0; k < 400; k++) this.receive(this.request(start + BigInt(Math.floor(random() * 590e9)), k, random), false);
  }

  request(t0, k, random) {
    const id = (0xc0000 + k).toString(16).padStart(32, '5e');
    if (random() < 0.12) return checkoutTrace(id, t0, 3 + Math.floor(random() * 60));
    const trace = randomTrace(id, t0, 2 + Math.floor(random() * 40), k + 100, { services: 6, errors: random() < 0.1 ? 0.2 : 0, spread: 5 + random() ** 4 * 4000 });
    trace.spans[0].name = ['GET /item/{id}', 'GET /', 'POST /cart', 'GET /search', 'GET /orders/{id}'][Math.floor(random() * 5)];
    return trace;
  }

  receive(trace, arrivedNow = true) {
    this.everReceived = true;
    const { rows } = Object.assign(trace, rowsOf(trace));
    const byService = new Map();
    let end = 0;
    for (const span of rows) {
      end = Math.max(end, span.start + span.dur);
      if (span.service === null) continue;
      const entry = byService.get(span.service) ?? { name: span.service, slot: this.slotOf(span.service), spans: 0, errors: 0 };
      entry.spans++;
      if (span.status === 2) entry.errors++;
      byService.set(span.service, entry);
    }
    const root = rows.find((span) => !span.parentId);
    this.sequence++;
    this.spans += rows.length;
    this.traces.set(trace.id, trace);
    this.revs.set(trace.id, String(this.sequence));
    if (arrivedNow) this.lastReceived.set(trace.id, nowNanos());
    const summary = { id: trace.id, start: trace.t0, duration: end, spans: rows.length, errors: rows.filter((span) => span.status === 2).length,
      rootService: root ? root.service : null, rootName: root ? root.name : null, firstService: rows[0].service, firstName: rows[0].name,
      services: [...byService.values()].sort((a, b) => b.spans - a.spans), sequence: this.sequence };
    const known = this.summaries.findIndex((other) => other.id === trace.id);
    if (known >= 0) this.summaries[known] = { ...summary, sequence: this.summaries[known].sequence };
    else this.summaries.push(summary);
  }

  trace(id) {
    let trace = this.traces.get(id);
    if (typeof trace === 'function') {
      trace = trace();
      Object.assign(trace, rowsOf(trace));
      this.traces.set(id, trace);
    }
    return trace;
  }

  state() {
    const starts = this.summaries.map((summary) => summary.start).sort((a, b) => (a < b ? -1 : 1));
    return { version: '0.1.0', now: String(nowNanos()), startedAt: String(this.startedAt), everReceived: this.everReceived, container: true, inMemorySpans: 1200,
      spans: this.spans, traces: this.summaries.length, oldest: starts.length ? String(starts[0]) : null, newest: starts.length ? String(starts[starts.length - 1]) : null,
      disk: { bytes: 1181116006, limitBytes: 4294967296 }, memory: { bytes: 87031808, limitBytes: 268435456 }, retentionSeconds: 604800, dataDirectory: '/var/lib/loupe',
      listeners: [{ name: 'otlp-grpc', address: '0.0.0.0:4317', tls: false, connections: this.everReceived ? 3 : 0, lastReceivedSecondsAgo: this.everReceived ? 0.4 : null },
        { name: 'otlp-http', address: '0.0.0.0:4318', tls: false, connections: this.everReceived ? 1 : 0, lastReceivedSecondsAgo: this.everReceived ? 2 : null },
        { name: 'api', address: '0.0.0.0:3200', tls: false, connections: 2, lastReceivedSecondsAgo: null }],
      rates: { spansPerSecond: this.everReceived ? 1240.5 : 0 },
      ledger: { received: this.spans + 127, stored: this.spans, refused: [{ reason: 'memory', spans: 120 }], invalid: [{ reason: 'zero trace id', spans: 7 }], duplicate: 0 },
      problems: this.problems, services: [...this.slots].map(([name, slot]) => ({ name, slot })) };
  }

  list(query) {
    const asof = Number(query.get('asof') ?? this.sequence);
    const [beforeStart, beforeId] = (query.get('before') ?? '').split(',');
    const words = (query.get('text') ?? '').toLowerCase();
    const service = query.get('service');
    const matches = this.summaries.filter((summary) => summary.sequence <= asof
      && (!service || summary.services.some((entry) => entry.name === service))
      && (query.get('errors') !== '1' || summary.errors > 0)
      && (!query.get('from') || summary.start >= BigInt(query.get('from'))) && (!query.get('to') || summary.start <= BigInt(query.get('to')))
      && (!words || [summary.rootName, summary.rootService, summary.id, ...summary.services.map((entry) => entry.name)].some((value) => value?.toLowerCase().includes(words)))
      && (!beforeId || summary.start < BigInt(beforeStart) || (summary.start === BigInt(beforeStart) && summary.id < beforeId)));
    matches.sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : a.id < b.id ? 1 : -1));
    const limit = Number(query.get('limit') ?? 50);
    return { asof, more: matches.length > limit, traces: matches.slice(0, limit).map(({ sequence, ...summary }) => ({ ...summary, start: String(summary.start) })) };
  }
}

function wireRow(trace, row) {
  const span = trace.rows[row];
  const service = span.service === null ? [] : [{ k: 'service.name', v: { stringValue: span.service } }, { k: 'telemetry.sdk.language', v: { stringValue: 'python' } }, { k: 'host.name', v: { stringValue: 'web-3' } }];
  return { row, spanId: span.spanId, parentId: span.parentId, name: span.name, kind: span.kind, status: span.status, statusMessage: span.statusMessage,
    start: String(trace.t0 + BigInt(span.start)), end: String(trace.t0 + BigInt(span.start + (span.flagged ? -5e6 : span.dur))), traceState: '', flags: 257,
    attributes: span.attributes ?? [{ k: 'thread.name', v: { stringValue: 'worker-1' } }], droppedAttributes: 0, resource: span.service ?? 'none',
    scope: { name: 'opentelemetry.instrumentation.django', version: '0.48b0', attributes: [] },
    events: (span.events ?? []).map((event) => ({ time: String(trace.t0 + BigInt(event.at)), name: event.name, attributes: event.attributes, dropped: 0 })), droppedEvents: 0,
    links: span.links ?? [], droppedLinks: 0, service };
}

/**
 * @param {{port?: number, empty?: boolean, live?: boolean, chunkRows?: number}} options
 * @returns {Promise<{url: string, store: MockStore, close: () => Promise<void>, requests: string[]}>}
 */
export async function startMockServer({ port = 0, empty = false, live = false, chunkRows = 65536, growAfter = null } = {}) {
  const store = new MockStore({ empty });
  const requests = [];
  const encoded = new Map();
  const json = (response, status, body) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    requests.push(request.method + ' ' + url.pathname + url.search);
    const traceMatch = /^\/ui\/api\/trace\/([0-9a-f]{1,32})(\/rows|\/match)?$/.exec(url.pathname);
    if (url.pathname === '/') return void response.writeHead(302, { location: '/ui/' }).end();
    if (url.pathname === '/v1/traces' && request.method === 'POST') return void receiveOtlp(request, response, store, json);
    if (url.pathname === '/ui/api/state') return void json(response, 200, store.state());
    if (url.pathname === '/ui/api/traces') return void json(response, 200, store.list(url.searchParams));
    if (traceMatch) {
      const id = traceMatch[1].padStart(32, '0');
      const trace = store.trace(id);
      if (!trace) return void json(response, 404, { error: 'This trace is not here.' });
      const rev = store.revs.get(id) ?? '1';
      if (!traceMatch[2]) {
        const key = id + rev;
        if (!encoded.has(key)) {
          const last = store.lastReceived.get(id);
          const chunks = encodeTrace(trace, { rev, slots: store.slots, chunkRows, lastReceived: last ? String(last) : String(trace.t0), complete: trace.id !== SAMPLE_IDS.missing });
          encoded.set(key, gzipSync(Buffer.concat(chunks), { level: 1 }));
        }
        response.writeHead(200, { 'content-type': 'application/vnd.loupe.trace', 'content-encoding': 'gzip', 'cache-control': 'no-store' });
        return void response.end(encoded.get(key));
      }
      if (url.searchParams.has('rev') && url.searchParams.get('rev') !== rev) return void json(response, 409, { error: 'The trace has grown.' });
      return void json(response, 200, traceMatch[2] === '/rows' ? rowsAnswer(trace, rev, url.searchParams) : matchAnswer(trace, rev, url.searchParams));
    }
    if (!url.pathname.startsWith('/ui/')) return void json(response, 404, { error: 'No such page.' });
    sendAsset(url.pathname.slice(4), response);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  let timer = null;
  if (live) {
    const random = seededRandom(99);
    let k = 10_000;
    timer = setInterval(() => store.receive(store.request(nowNanos() - 2_000_000_000n, k++, random)), 1500);
  }
  return { url: `http://127.0.0.1:${server.address().port}`, store, requests, close: () => new Promise((resolve) => { clearInterval(timer); server.closeAllConnections(); server.close(resolve); }) };
}

function rowsAnswer(trace, rev, query) {
  const wanted = [];
  for (const part of (query.get('r') ?? '').split(',').filter(Boolean)) {
    const [from, to] = part.split('-').map(Number);
    for (let row = from; row <= (to ?? from) && wanted.length < 2000; row++) if (row < trace.rows.length) wanted.push(row);
  }
  for (const id of (query.get('id') ?? '').split(',').filter(Boolean)) trace.rows.forEach((span, row) => { if (span.spanId === id) wanted.push(row); });
  const resources = {};
  const rows = wanted.map((row) => {
    const { service, ...wire } = wireRow(trace, row);
    resources[wire.resource] = { attributes: service, schemaUrl: '' };
    return wire;
  });
  return { rev, rows, resources };
}

function matchAnswer(trace, rev, query) {
  const needle = query.get('text').toLowerCase();
  const found = [];
  trace.rows.forEach((span, row) => {
    const text = [span.spanId, span.statusMessage, ...(span.attributes ?? []).flatMap(({ k, v }) => [k, Object.values(v)[0]]), ...(span.events ?? []).flatMap((event) => [event.name, ...event.attributes.map(({ v }) => Object.values(v)[0])])].join('\n');
    if (text.toLowerCase().includes(needle)) found.push(row);
  });
  return { rev, rows: found, total: found.length };
}

function receiveOtlp(request, response, store, json) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const spans = [];
    let t0 = null, id = null;
    for (const resource of JSON.parse(Buffer.concat(parts)).resourceSpans) {
      const service = resource.resource.attributes.find((attribute) => attribute.key === 'service.name')?.value.stringValue ?? null;
      for (const span of resource.scopeSpans.flatMap((scope) => scope.spans)) {
        id = span.traceId;
        const start = BigInt(span.startTimeUnixNano);
        t0 = t0 === null || start < t0 ? start : t0;
        spans.push({ spanId: span.spanId, parentId: span.parentSpanId || null, service, name: span.name, kind: span.kind, status: span.status?.code ?? 0, statusMessage: span.status?.message ?? '', group: '',
          startBig: start, dur: Number(BigInt(span.endTimeUnixNano) - start), attributes: (span.attributes ?? []).map(({ key, value }) => ({ k: key, v: value })) });
      }
    }
    for (const span of spans) span.start = Number(span.startBig - t0);
    store.receive({ id, t0, spans });
    json(response, 200, { partialSuccess: {} });
  });
}

function sendAsset(path, response) {
  const isPage = !path.split('/').pop().includes('.');
  const file = join(WEB, normalize(isPage ? 'index.html' : path));
  if (!file.startsWith(WEB) || !existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' });
  response.end(readFileSync(file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8399) || 8399;
  const server = await startMockServer({ port, empty: process.argv.includes('--empty'), live: process.argv.includes('--live') });
  console.log(server.url);
  for (const [name, id] of Object.entries(SAMPLE_IDS)) console.log(`${server.url}/ui/trace/${id}  ${name}`);
}
