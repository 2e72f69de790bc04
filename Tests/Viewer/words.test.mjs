// Units, ids, ticks, view state and values: text and numbers in, text and numbers out.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { attributeText, filterAttributes, groupByPrefix, valueText, valueType, visibleText } from '../../web/model/attribute-value.js';
import { formatSql, looksLikeSql, sqlTokens } from '../../web/model/sql-format.js';
import { foldStack } from '../../web/model/stack-fold.js';
import { tickStep, timeTicks } from '../../web/model/ticks.js';
import { durationShare, isNewer, monogramOf, TraceList } from '../../web/model/trace-list.js';
import { parseTraceReference } from '../../web/model/trace-reference.js';
import { countOf, formatAgo, formatBytes, formatClock, formatCount, formatDuration, formatExactClock, formatExactNanos, formatPeriod, formatRate, formatShare, zoneLabel } from '../../web/model/units.js';
import { parseUrlTime, readSearchState, readTraceState, writeSearchState, writeTraceState } from '../../web/model/url-state.js';
import { clampView, fitView, panView, timeToX, viewableNanos, wheelPixels, wheelZoomFactor, wholeView, xToTime, zoomView } from '../../web/model/viewport.js';
import { exporterEndpoints, setupLines, testTrace } from '../../web/page/setup-lines.js';
import { rowRuns } from '../../web/data/api.js';
import { seededRandom } from './sample-traces.mjs';
import { table } from './cases.mjs';

table('durations have three significant digits', formatDuration, [
  [0, '0'], [1, '1 ns'], [850, '850 ns'], [999.4, '999 ns'], [999.5, '1.00 µs'], [12_300, '12.3 µs'], [412e6, '412 ms'], [999.6e6, '1.00 s'], [1.92e9, '1.92 s'], [9.996e9, '10.0 s'],
  [59.94e9, '59.9 s'], [59.96e9, '1 m 00 s'], [125e9, '2 m 05 s'], [3599.6e9, '1 h 00 m'], [3720e9, '1 h 02 m'], [86400e9, '1 d 00 h'], [-5e6, '−5.00 ms'], [NaN, '–'], [null, '–']]);
table('exact nanoseconds', formatExactNanos, [[0, '0 ns'], [1920034112, '1,920,034,112 ns']]);
table('counts', formatCount, [[0, '0'], [12345, '12,345'], [999_499, '999,499'], [999_500, '1.00 M'], [1_240_000, '1.24 M'], [12_400_000_000, '12.4 G'], [null, '–']]);
table('count and noun', countOf, [[1, 'span', '1 span'], [2, 'span', '2 spans'], [1, 'match', 'matches', '1 match'], [0, 'match', 'matches', '0 matches']]);
table('rates', formatRate, [[0, '0 /s'], [42, '42 /s'], [1240.5, '1,241 /s'], [0.005, '0.3 /min'], [2.5, '2.5 /s']]);
table('sizes', formatBytes, [[0, '0 B'], [512, '512 B'], [1536, '1.5 KiB'], [1.5 * 2 ** 20, '1.5 MiB'], [10 * 2 ** 30, '10 GiB'], [3 * 2 ** 40, '3 TiB']]);
table('shares are never 100 % while something is missing', formatShare, [[0, 5, '0'], [5, 5, '100 %'], [999_999, 1_000_000, '99.9 %'], [41, 1000, '4.1 %'], [1, 100_000, '< 0.1 %'], [1, 0, '–'], [57, 100, '57 %']]);
table('how long ago', formatAgo, [[0.4, 'now'], [3, '3 s ago'], [120, '2 min ago'], [7200, '2 h ago'], [400_000, '4 d ago']]);
table('periods', formatPeriod, [[604800, '7 days'], [172800, '2 days'], [86400, '24 h'], [900, '15 min'], [30, '30 s']]);

test('clock times name the day once it is not today', () => {
  const now = Date.parse('2026-11-24T15:00:00Z');
  assert.equal(formatClock('1795535527118000000', { utc: true, nowMillis: Date.parse('2026-11-24T15:00:00Z') }).length, 12);
  assert.equal(formatClock(String(BigInt(now) * 1_000_000n + 118_000_000n), { utc: true, nowMillis: now }), '15:00:00.118');
  assert.equal(formatClock(String(BigInt(now - 86_400_000) * 1_000_000n), { utc: true, nowMillis: now }), '2026-11-23 15:00:00.000');
  assert.equal(formatExactClock('1795532400000000042', true), '2026-11-24 15:00:00.000000042');
  assert.equal(zoneLabel(true), 'UTC');
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
table('traces in pasted text', parseTraceReference, [
  [TRACE, { trace: TRACE, span: null }], [` ${TRACE.toUpperCase()} `, { trace: TRACE, span: null }], ['00f067aa0ba902b7', { trace: '000000000000000000f067aa0ba902b7', span: null }],
  [`00-${TRACE}-00f067aa0ba902b7-01`, { trace: TRACE, span: '00f067aa0ba902b7' }], [`traceparent: 00-${TRACE}-00f067aa0ba902b7-01`, { trace: TRACE, span: '00f067aa0ba902b7' }],
  ['4bf92f35-77b3-4da6-a3ce-929d0e0e4736', { trace: TRACE, span: null }], ['0x00f067aa0ba902b7', { trace: '000000000000000000f067aa0ba902b7', span: null }],
  ['0'.repeat(32), null], ['checkout', null], ['4bf92f', null], ['', null], [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, null]]);

table('tick steps', tickStep, [[1 / 90, 10 ** 0 * 1], [1e3, 1e5], [1e4, 1e6], [1.2e4, 2e6], [5.5e6, 5e8], [5.6e6, 1e9], [1e8, 1e10], [2e9, 300e9], [5e10, 7200e9]]);
test('ticks: one unit, no repeated label, at least 90 px apart, base once digits would repeat', () => {
  const random = seededRandom(1);
  for (let i = 0; i < 4000; i++) {
    const length = 10 ** (2 + random() * 14);
    const v0 = random() < 0.3 ? 0 : random() * length * 10 ** (random() * 7);
    const width = 200 + random() * 3000;
    const { major, minor, step, base } = timeTicks(v0, v0 + length, width);
    assert.ok(major.length <= width / 89 + 1, `${major.length} ticks on ${width}`);
    assert.equal(new Set(major.map((tick) => tick.label)).size, major.length, major.map((tick) => tick.label).join(' | '));
    assert.equal(base !== null, v0 > 1000 * step);
    for (let k = 1; k < major.length; k++) assert.ok(major[k].x - major[k - 1].x >= 89.9);
    for (const x of minor) assert.ok(x >= -1e-6 && x <= width + 1e-6);
    assert.ok(new Set(major.map((tick) => tick.label.split('\u00a0')[1]).filter(Boolean)).size <= 1);
  }
  assert.deepEqual(timeTicks(0, 1.92e9, 600).major.map((tick) => tick.label.replace('\u00a0', ' ')), ['0', '0.5 s', '1.0 s', '1.5 s']);
  assert.equal(timeTicks(1_234_567_000, 1_234_568_000, 900).base.label.replaceAll(/[\u00a0\u2009]/g, ' '), '1.234 567 s +');
});

test('views: the anchor stays under the pointer, nothing leaves the bounds', () => {
  const random = seededRandom(2);
  for (let i = 0; i < 5000; i++) {
    const total = random() < 0.05 ? 0 : 10 ** (random() * 14);
    let view = wholeView(total);
    for (let step = 0; step < 6; step++) {
      const anchor = view.v0 + random() * (view.v1 - view.v0);
      const next = random() < 0.6 ? zoomView(view, anchor, Math.exp((random() - 0.6) * 4), total) : panView(view, (random() - 0.5) * 2 * (view.v1 - view.v0), total);
      const extent = viewableNanos(total);
      assert.ok(next.v1 > next.v0 && next.v0 >= -0.0201 * extent && next.v1 <= 1.0201 * extent, JSON.stringify({ total, next }));
      assert.ok(next.v1 - next.v0 >= 99.99);
      view = next;
    }
    const x = random() * 1000;
    assert.ok(Math.abs(timeToX(xToTime(x, view, 1000), view, 1000) - x) < 1e-3 + (Math.abs(view.v1) / (view.v1 - view.v0)) * 1e-12);
  }
  const zoomed = zoomView({ v0: 0, v1: 1000 }, 250, 0.5, 1000);
  assert.deepEqual(zoomed, { v0: 125, v1: 625 });
  assert.deepEqual(fitView(400, 600, 1000), { v0: 390, v1: 610 });
  assert.deepEqual(clampView({ v0: NaN, v1: 5 }, 1000), { v0: 0, v1: 1000 });
});
table('wheel deltas in px', wheelPixels, [[3, 1, 800, 48], [1, 2, 800, 60], [-500, 0, 800, -60], [7, 0, 800, 7]]);
test('a pinch zooms stronger than a wheel', () => assert.ok(wheelZoomFactor(10, true) > wheelZoomFactor(10, false)));

table('values as received', valueText, [
  [{ stringValue: 'a "b"' }, 'a "b"'], [{ boolValue: false }, 'false'], [{ intValue: '9007199254740993' }, '9007199254740993'], [{ doubleValue: 'NaN' }, 'NaN'], [{ doubleValue: 0.5 }, '0.5'], [{ bytesValue: 'AAE=' }, 'AAE='], [{}, ''],
  [{ arrayValue: { values: [{ stringValue: 'x' }, { intValue: '2' }, {}] } }, '["x",2,null]'], [{ kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } }, '{"k":true}']]);
table('types are named where text does not tell', valueType, [[{ stringValue: '1' }, ''], [{ intValue: '1' }, 'int'], [{}, 'empty'], [{ bytesValue: '' }, 'bytes, base64']]);
table('control characters become visible', visibleText, [['a\u202eb', 'a‹U+202E›b'], ['\u0000', '‹U+0000›'], ['tab\tand\nline', 'tab\tand\nline'], ['\u2028', '‹U+2028›'], ['ünïcode ✓', 'ünïcode ✓']]);
test('attributes: grouped by prefix, filtered by words', () => {
  const attributes = ['http.route', 'solo', 'db.name', 'http.method', 'x.one'].map((k) => ({ k, v: { stringValue: `value of ${k}` } }));
  assert.deepEqual(groupByPrefix(attributes).map(({ prefix, attributes: members }) => [prefix, members.map(({ k }) => k)]), [['http', ['http.route', 'http.method']], ['', ['solo', 'db.name', 'x.one']]]);
  assert.deepEqual(filterAttributes(attributes, 'HTTP route').map(({ k }) => k), ['http.route']);
  assert.equal(attributeText(attributes, 'absent', 'solo'), 'value of solo');
});

const LONG_SQL = "SELECT p.id, p.amount FROM shop_price AS p LEFT JOIN shop_discount AS d ON d.price_id = p.id WHERE p.item_id = 4711 AND p.name = 'it''s -- not a comment; AND' AND p.x BETWEEN 1 AND 2 ORDER BY p.valid_from DESC LIMIT 1";
test('SQL: only white space changes', () => {
  const samples = [LONG_SQL, 'SELECT 1', "INSERT INTO a (b, c) VALUES (1, 'x'), (2, 'y') RETURNING id", 'select * from (select a, b from t where c in (1,2,3)) q group by a having count(*) > 1 union all select 1 -- tail\nfrom dual', 'UPDATE t SET a = a + 1 WHERE id = $1 /* app:shop */', "SELECT '", 'select "a""b", `c`, $$x y$$ from t where a::text = :p and b <> 5 or c != ?'];
  for (const sql of samples) assert.deepEqual(sqlTokens(formatSql(sql)), sqlTokens(sql), sql);
  assert.equal(formatSql('SELECT 1'), 'SELECT 1');
  assert.deepEqual(formatSql(LONG_SQL).split('\n').map((line) => line.trim().split(' ')[0]), ['SELECT', 'FROM', 'LEFT', 'WHERE', 'AND', 'AND', 'ORDER', 'LIMIT']);
});
table('what looks like SQL', looksLikeSql, [['select 1', true], ['/* hint */ UPDATE t', true], ['GET session', false], ['selection', false], ['-- c\nwith x as (select 1) select 2', true]]);

test('stacks: library frames fold, own code and messages stay', () => {
  const parts = foldStack('Traceback (most recent call last):\n  File "/x/site-packages/a.py", line 1, in f\n    f()\n  File "/x/site-packages/b.py", line 1, in g\n    g()\n  File "/x/site-packages/c.py", line 1, in h\n    h()\n  File "/app/mine.py", line 9, in z\n    boom()\nValueError: no\n');
  assert.deepEqual(parts.map(({ isLibrary, frames }) => [isLibrary, frames]), [[false, 1], [true, 3], [false, 2]]);
  assert.equal(parts.flatMap((part) => part.lines).length, 10);
  assert.deepEqual(foldStack('java.lang.Error: x\n\tat org.apache.A.b(A.java:1)\n\tat org.apache.A.c(A.java:2)\n\tat com.shop.Z.d(Z.java:3)').map((part) => part.isLibrary), [false], 'two frames are not worth folding');
});

table('times in addresses', (text) => { const time = parseUrlTime(text); return time && 'nanos' in time ? String(time.nanos) : time; }, [
  ['-15m', { agoSeconds: 900 }], ['-7d', { agoSeconds: 604800 }], ['2026-11-24T14:00:00Z', '1795528800000000000'], ['15m', null], ['-15', null], ['yesterday', null], ['2026-99-24T14:00:00Z', null]]);
test('trace state: there and back, defaults left out, unknown kept, bad values named', () => {
  const state = { span: 'aaaaaaaaaaaaaaaa', view: { v0: 10, v1: 99 }, root: '', find: 'a b', only: true, hidden: ['x,y', 'z'], grouped: false, path: true, folds: ['bbbbbbbbbbbbbbbb', '*cccccccccccccccc'], top: 'dddddddddddddddd' };
  const query = writeTraceState(new URLSearchParams('later=1'), state);
  assert.match(query, /later=1/);
  assert.deepEqual(readTraceState(new URLSearchParams(query)), { state, ignored: [] });
  assert.equal(writeTraceState(new URLSearchParams(), readTraceState(new URLSearchParams()).state), '');
  assert.deepEqual(readTraceState(new URLSearchParams('t=5,3&span=xyz&cp=2')).ignored.map(({ name }) => name), ['t', 'span', 'cp']);
});
test('search state: there and back', () => {
  const state = { service: 'shop & co', text: 'x', errors: true, from: '-15m', to: '', live: true };
  assert.deepEqual(readSearchState(new URLSearchParams(writeSearchState(new URLSearchParams(), state))).state, state);
  assert.deepEqual(readSearchState(new URLSearchParams('from=soon')).ignored.map(({ name }) => name), ['from']);
});

table('monograms', monogramOf, [['shop-web', 'SW'], ['redis', 'RE'], ['x', 'X'], ['', '?'], ['日本 サービス', '日サ']]);
test('duration bars grow with the duration', () => assert.ok(durationShare(0) === 0 && durationShare(1e6) < durationShare(1e8) && durationShare(1e15) === 1));
table('runs of rows', (rows) => rowRuns(rows), [[[12], '12'], [[5, 3, 4, 9], '3-5,9'], [[], '']]);

const row = (n, more = {}) => ({ id: String(n).padStart(4, '0'), start: String(1000 + n), spans: 1, duration: 5, errors: 0, rootName: 'r', ...more });
test('the list: arrivals wait, late spans update in place, pages never repeat a row', () => {
  const list = new TraceList();
  list.reset({ asof: 1, more: true, traces: [row(9), row(8), row(7)] });
  assert.equal(list.noteNewest({ asof: 2, more: true, traces: [row(11), row(10), row(9), row(8, { spans: 4 })] }), true);
  assert.deepEqual(list.rows.map(({ spans }) => spans), [1, 4, 1]);
  assert.deepEqual(list.waiting.map(({ id }) => id), ['0011', '0010']);
  list.appendOlder({ more: false, traces: [row(7), row(6)] });
  assert.deepEqual(list.rows.map(({ id }) => id), ['0009', '0008', '0007', '0006']);
  list.noteNewest({ more: true, traces: [row(12), row(11, { spans: 2 })] });
  assert.equal(list.gap, false);
  list.insertNewer();
  assert.deepEqual(list.rows.map(({ id }) => id), ['0012', '0011', '0010', '0009', '0008', '0007', '0006']);
  assert.equal(list.cursor, '1006,0006');
  list.noteNewest({ more: true, traces: [row(90), row(91)] });
  assert.equal(list.gap, true);
  assert.ok(isNewer(row(2), row(1)) && isNewer(row(2, { start: '5', id: 'b' }), row(1, { start: '5', id: 'a' })));
});

test('set-up lines name the port that listens, and the test trace is whole', () => {
  const endpoints = exporterEndpoints([{ name: 'otlp-http', address: '0.0.0.0:14318', tls: true }, { name: 'otlp-grpc', address: '[::]:4317', tls: false }], 'loupe.example');
  assert.deepEqual(endpoints, { httpEndpoint: 'https://loupe.example:14318', grpcEndpoint: 'http://loupe.example:4317' });
  for (const { name, code } of setupLines(endpoints)) assert.ok(code.includes('14318') || code.includes('loupe.example:4317'), name);
  let next = 1;
  const { payload, traceId } = testTrace(1_000_000_000_000n, (bytes) => String(next++).padStart(bytes * 2, '0'));
  const spans = payload.resourceSpans.flatMap((resource) => resource.scopeSpans[0].spans);
  assert.equal(spans.length, 4);
  assert.ok(spans.every((span) => span.traceId === traceId && BigInt(span.endTimeUnixNano) > BigInt(span.startTimeUnixNano)));
  assert.equal(spans.filter((span) => span.parentSpanId === spans[0].spanId).length, 3);
});
