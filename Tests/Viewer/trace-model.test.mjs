// The trace as columns, tree, times, groups and rows: tables of cases, and properties over random trees.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { barSpan, coveredShare, eventMarks, indentOf, placeLabel, scrollScale, snapSpan } from '../../web/model/bar-layout.js';
import { criticalPath } from '../../web/model/critical-path.js';
import { errorRows, inListOrder, matchingRows, stepIn } from '../../web/model/find.js';
import { findFindings, isDatabaseGroup, pickFindings } from '../../web/model/findings.js';
import { findGroups, summariseGroup } from '../../web/model/grouping.js';
import { appendChunk, ChunkReader, createTraceColumns, endsBeforeStart, isError, kindOf } from '../../web/model/lpt1.js';
import { layoutMinimap } from '../../web/model/minimap-layout.js';
import { rasterOverview } from '../../web/model/overview-raster.js';
import { selfTimes } from '../../web/model/self-time.js';
import { mapGrownRows } from '../../web/model/trace-growth.js';
import { TraceSession } from '../../web/model/trace-session.js';
import { buildTree, isWithin, pathTo, siblingPlace } from '../../web/model/trace-tree.js';
import { encodeTrace } from './lpt1-encoder.mjs';
import { checkoutTrace, randomTrace, SAMPLES, seededRandom, spanIdOf } from './sample-traces.mjs';

const ID = 'a'.repeat(32);

/** Encodes and decodes, in pieces of odd sizes and several chunks. */
function columnsOf(trace, { chunkRows = 65536, pieceBytes = 7001, upTo = Infinity } = {}) {
  const bytes = Buffer.concat(encodeTrace(trace, { chunkRows }));
  const reader = new ChunkReader();
  let columns = null;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const chunk of reader.push(bytes.subarray(at, at + pieceBytes))) {
      columns ??= createTraceColumns(chunk.header);
      if (columns.loaded < upTo) appendChunk(columns, chunk);
    }
  }
  assert.ok(reader.isAtBoundary);
  return columns;
}

const sample = (name, options) => columnsOf(SAMPLES[name](ID, 1_700_000_000_000_000_000n), options);
const sessionOf = (name) => new TraceSession(sample(name));
const nameAt = (session, id) => session.nameOf(id);
const listed = (session) => Array.from(session.rows.node, (id, row) => '  '.repeat(session.rows.level[row]) + nameAt(session, id) + (session.isGroup(id) ? ` ×${session.groupAt(id).repeats}` : ''));

/** A random trace with children that outlive parents, loops of kinds, missing parents. */
function wildTrace(random, count) {
  const spans = [];
  for (let i = 0; i < count; i++) {
    const parent = i > 0 && random() < 0.93 ? spans[Math.floor(random() * spans.length)] : null;
    const start = parent ? Math.max(0, parent.start + Math.floor((random() - 0.05) * parent.dur)) : Math.floor(random() * 50);
    spans.push({ spanId: spanIdOf(i), parentId: parent?.spanId ?? (i > 0 && random() < 0.5 ? `dead${String(i % 3).padStart(12, '0')}` : null), service: 'abc'[Math.floor(random() * 3)], name: 'xyz'[Math.floor(random() * 3)],
      kind: Math.floor(random() * 6), status: random() < 0.1 ? 2 : 0, start, dur: Math.floor(random() ** 2 * 1000), group: random() < 0.5 ? 'select ?' : '' });
  }
  return { id: ID, t0: 5n, spans };
}

test('LPT1: every sample survives the round trip, whatever the chunk and piece sizes', () => {
  for (const name of Object.keys(SAMPLES).filter((key) => !/million|hundred/.test(key))) {
    const trace = SAMPLES[name](ID, 12n);
    for (const options of [{}, { chunkRows: 3, pieceBytes: 11 }, { chunkRows: 100, pieceBytes: 4096 }]) {
      if (options.pieceBytes === 11 && trace.spans.length > 50) continue;
      const columns = columnsOf(trace, options);
      assert.equal(columns.loaded, trace.spans.length, name);
      trace.rows.forEach((span, row) => {
        assert.equal(columns.start[row], span.start);
        assert.equal(columns.dur[row], span.dur);
        assert.equal(columns.strings[columns.name[row]], span.name);
        assert.equal(columns.services[columns.service[row]]?.name ?? null, span.service);
        assert.equal(kindOf(columns.bits[row]), span.kind);
        assert.equal(isError(columns.bits[row]), span.status === 2);
        assert.equal(endsBeforeStart(columns.bits[row]), span.flagged === true);
        const parent = columns.parent[row];
        if (parent >= 0) assert.equal(trace.rows[parent].spanId, span.parentId);
        else if (parent === -1) assert.equal(span.parentId, null);
        else assert.equal(columns.missing[-2 - parent], span.parentId);
      });
    }
  }
});

test('LPT1: values beyond 32 bits take the escape column; bytes that are not a chunk are refused', () => {
  const hour = 3600e9;
  const trace = { id: ID, t0: 0n, spans: [{ spanId: spanIdOf(0), parentId: null, service: null, name: 'long', start: 0, dur: 5 * hour }, { spanId: spanIdOf(1), parentId: spanIdOf(0), service: null, name: 'late', start: 4 * hour, dur: 0xffffffff }, { spanId: spanIdOf(2), parentId: spanIdOf(1), service: null, name: 'after', start: 4 * hour + 1, dur: 7 }] };
  const columns = columnsOf(trace);
  assert.deepEqual([...columns.start], [0, 4 * hour, 4 * hour + 1]);
  assert.deepEqual([...columns.dur], [5 * hour, 0xffffffff, 7]);
  assert.throws(() => new ChunkReader().push(Buffer.from('<!doctype html>')), /not an LPT1/);
});

test('tree: every node once, parents before children, sizes and depths agree', () => {
  const random = seededRandom(4);
  for (let i = 0; i < 400; i++) {
    const trace = wildTrace(random, 1 + Math.floor(random() * 60));
    if (random() < 0.3) for (let k = 0; k < 3; k++) trace.spans[Math.floor(random() * trace.spans.length)].parentId = trace.spans[Math.floor(random() * trace.spans.length)].spanId;
    const columns = columnsOf(trace);
    const tree = buildTree(columns);
    const seen = new Set(tree.order.subarray(0, tree.orderCount));
    assert.equal(seen.size, tree.orderCount);
    assert.equal([...seen].filter((node) => node < columns.spanCount).length, columns.spanCount);
    assert.equal(tree.waiting, 0);
    for (let at = 0; at < tree.orderCount; at++) {
      const node = tree.order[at];
      assert.equal(tree.pos[node], at);
      if (tree.up[node] >= 0) {
        assert.ok(tree.pos[tree.up[node]] < at);
        assert.equal(tree.depth[node], tree.depth[tree.up[node]] + 1);
        assert.ok(isWithin(tree, node, tree.up[node]));
        const [place, count] = siblingPlace(tree, node);
        assert.equal(tree.child[tree.first[tree.up[node]] + place - 1], node);
        assert.equal(count, tree.first[tree.up[node] + 1] - tree.first[tree.up[node]]);
      }
    }
    assert.equal(tree.roots.reduce((sum, root) => sum + tree.size[root], 0), tree.orderCount);
    assert.deepEqual(pathTo(tree, tree.roots[0]), [tree.roots[0]]);
  }
});

test('tree: a loop is cut at its earliest span, and only there', () => {
  const session = sessionOf('loop');
  assert.deepEqual(listed(session), ['root', '  fine', 'ouroboros head', '  ouroboros body', '    ouroboros tail', '      hangs off the loop', 'its own parent']);
  assert.deepEqual([...session.tree.cut].map((row) => session.nameOf(row)), ['ouroboros head']);
});

test('tree: a missing parent is one row with the extent of its children', () => {
  const session = sessionOf('missing');
  const first = session.columns.spanCount;
  assert.deepEqual(listed(session).filter((line) => /missing/.test(line)), ['missing parent 9f3c000000000001', 'missing parent 9f3c000000000002']);
  assert.deepEqual(session.intervalOf(first), { start: 60e6, dur: 85e6 });
});

test('tree: rows whose parent is in a later chunk wait, and are not roots', () => {
  const spans = [{ spanId: spanIdOf(0), parentId: null, service: null, name: 'root', start: 0, dur: 9 }, { spanId: spanIdOf(1), parentId: spanIdOf(3), service: null, name: 'early child', start: 1, dur: 1 }, { spanId: spanIdOf(2), parentId: spanIdOf(1), service: null, name: 'below it', start: 2, dur: 1 }, { spanId: spanIdOf(3), parentId: spanIdOf(0), service: null, name: 'late parent', start: 3, dur: 1 }];
  const part = columnsOf({ id: ID, t0: 0n, spans }, { chunkRows: 3, upTo: 3 });
  const tree = buildTree(part);
  assert.deepEqual([part.loaded, tree.orderCount, tree.waiting, tree.roots.length], [3, 1, 2, 1]);
  assert.equal(buildTree(columnsOf({ id: ID, t0: 0n, spans }, { chunkRows: 3 })).waiting, 0);
});

test('tree: a chain of 100,000 needs no recursion', () => {
  const spans = Array.from({ length: 100_000 }, (_, i) => ({ spanId: spanIdOf(i), parentId: i ? spanIdOf(i - 1) : null, service: 's', name: `n${i % 7}`, start: i, dur: 200_000 - i }));
  const session = new TraceSession(columnsOf({ id: ID, t0: 0n, spans }));
  assert.equal(session.tree.depth[99_999], 0xffff);
  assert.equal(session.path.count > 0, true);
});

test('self time: the union of children, clipped, never negative', () => {
  const cases = [
    [[[10, 20], [15, 30]], 80], [[[0, 100]], 0], [[[-10, 20], [90, 120]], 70], [[[10, 20], [10, 20]], 90], [[], 100], [[[200, 300]], 100],
  ];
  for (const [children, expected] of cases) {
    const spans = [{ spanId: spanIdOf(0), parentId: null, service: null, name: 'p', start: 50, dur: 100 }, ...children.map(([from, to], i) => ({ spanId: spanIdOf(i + 1), parentId: spanIdOf(0), service: null, name: 'c', start: from + 50, dur: to - from }))];
    const columns = columnsOf({ id: ID, t0: 0n, spans });
    const row = spans.length && columns.strings.indexOf('p') === columns.name[0] ? 0 : [...columns.name].findIndex((name) => columns.strings[name] === 'p');
    assert.equal(selfTimes(columns, buildTree(columns))[row], expected, JSON.stringify(children));
  }
  const random = seededRandom(9);
  for (let i = 0; i < 300; i++) {
    const columns = columnsOf(wildTrace(random, 40));
    const self = selfTimes(columns, buildTree(columns));
    for (let row = 0; row < 40; row++) assert.ok(self[row] >= 0 && self[row] <= columns.dur[row]);
  }
});

test('critical path: segments are disjoint and sum to the root, for 20,000 random trees', () => {
  const random = seededRandom(11);
  for (let i = 0; i < 20_000; i++) {
    const count = 1 + Math.floor(random() * 14);
    const columns = smallColumns(random, count);
    const tree = buildTree(columns);
    const root = tree.roots[0];
    const path = criticalPath(columns, tree, root);
    const segments = Array.from({ length: path.count }, (_, k) => [path.from[k], path.to[k], path.node[k]]).sort((a, b) => a[0] - b[0]);
    let reached = columns.start[root];
    for (const [from, to, node] of segments) {
      assert.equal(from, reached, 'no gap, no overlap');
      assert.ok(to > from && isWithin(tree, node, root));
      reached = to;
    }
    assert.equal(reached, columns.start[root] + columns.dur[root]);
    for (let k = 1; k < path.count; k++) assert.ok(tree.pos[path.node[k]] >= tree.pos[path.node[k - 1]]);
  }
});

/** Columns without the wire, for properties over many small trees. */
function smallColumns(random, count) {
  const spans = wildTrace(random, count).spans.sort((a, b) => a.start - b.start || b.dur - a.dur || (a.spanId < b.spanId ? -1 : 1));
  const rowOf = new Map(spans.map((span, row) => [span.spanId, row]));
  return { spanCount: count, loaded: count, missing: [], rootRow: -1, services: [], strings: ['x'], traceNanos: 1000, start: Float64Array.from(spans, (s) => s.start), dur: Float64Array.from(spans, (s) => s.dur),
    parent: Int32Array.from(spans, (s) => rowOf.get(s.parentId) ?? -1), service: Uint16Array.from(spans, (s) => s.service.charCodeAt(0)), name: new Uint32Array(count), group: new Uint32Array(count), bits: Uint8Array.from(spans, (s) => s.kind) };
}

test('critical path: the cases of the design', () => {
  const path = (children, rootKind = 2) => {
    const spans = [{ spanId: spanIdOf(0), parentId: null, service: 's', name: 'root', kind: rootKind, start: 0, dur: 100 }, ...children.map(([from, to, kind = 1, service = 's'], i) => ({ spanId: spanIdOf(i + 1), parentId: spanIdOf(0), service, name: `c${i}`, kind, start: from, dur: to - from }))];
    const columns = columnsOf({ id: ID, t0: 0n, spans });
    const tree = buildTree(columns);
    const found = criticalPath(columns, tree, tree.roots[0]);
    return Array.from({ length: found.count }, (_, k) => [columns.strings[columns.name[found.node[k]]], found.from[k], found.to[k]]).sort((a, b) => a[1] - b[1]);
  };
  assert.deepEqual(path([[10, 50], [50, 90]]), [['root', 0, 10], ['c0', 10, 50], ['c1', 50, 90], ['root', 90, 100]], 'back to back');
  assert.deepEqual(path([[10, 90], [20, 30]]), [['root', 0, 10], ['c0', 10, 90], ['root', 90, 100]], 'in parallel: the later one');
  assert.deepEqual(path([[10, 130]]), [['root', 0, 100]], 'still running at the end: nobody waited');
  assert.deepEqual(path([[10, 50, 5]], 4), [['root', 0, 100]], 'a consumer does not block its producer');
  assert.deepEqual(path([[10, 50], [49.9, 90, 1, 'other host']].map((c) => c)).length > 0, true);
});

test('grouping: runs of 5, patterns of 2–4 five times, chains of 4; four equal siblings are left alone', () => {
  const siblings = (names) => {
    const spans = [{ spanId: spanIdOf(0), parentId: null, service: 's', name: 'root', start: 0, dur: 1e6 }, ...names.map((name, i) => ({ spanId: spanIdOf(i + 1), parentId: spanIdOf(0), service: 's', name, start: 1000 + i * 100, dur: 50 }))];
    const columns = columnsOf({ id: ID, t0: 0n, spans });
    const tree = buildTree(columns);
    return findGroups(columns, tree, selfTimes(columns, tree)).groups.map(({ kind, period, repeats, members }) => [kind, period, repeats, members.length]);
  };
  assert.deepEqual(siblings('aaaa'.split('')), []);
  assert.deepEqual(siblings('aaaaa'.split('')), [['run', 1, 5, 5]]);
  assert.deepEqual(siblings('xaaaaaayaaaaa'.split('')), [['run', 1, 6, 6], ['run', 1, 5, 5]]);
  assert.deepEqual(siblings('ababababab'.split('')), [['pattern', 2, 5, 10]]);
  assert.deepEqual(siblings('abababab'.split('')), []);
  assert.deepEqual(siblings('xabcabcabcabcabcab'.split('')), [['pattern', 3, 5, 15]]);
  assert.deepEqual(siblings('abcdeabcdeabcdeabcdeabcde'.split('')), [], 'period 5 is no rule');
  const session = sessionOf('checkout');
  assert.deepEqual(session.grouping.groups.map(({ kind, repeats }) => [kind, repeats]).sort(), [['chain', 6], ['run', 240]]);
});

test('grouping: figures of a group row', () => {
  const columns = { start: Float64Array.from([0, 10, 15, 40, 50]), dur: Float64Array.from([5, 10, 10, 5, 1]), bits: Uint8Array.from([0, 16, 0, 0, 0]), spanCount: 5 };
  const { total, p50, max, errors, from, to, slowest } = summariseGroup(columns, { members: Uint32Array.from([0, 1, 2, 3, 4]) });
  assert.deepEqual([total, p50, max, errors, from, to, [...slowest]], [26, 5, 10, 1, 0, 51, [1, 2, 0]]);
});

test('rows: folding, opening, hiding, subtree and only always list a consistent tree', () => {
  const random = seededRandom(21);
  for (let i = 0; i < 300; i++) {
    const session = new TraceSession(columnsOf(wildTrace(random, 5 + Math.floor(random() * 120))));
    for (let step = 0; step < 12; step++) {
      const id = session.rows.count > 0 ? session.rows.node[Math.floor(random() * session.rows.count)] : 0;
      const dice = random();
      if (dice < 0.4) session.setExpanded(id, random() < 0.5);
      else if (dice < 0.5) session.setServiceHidden(Math.floor(random() * session.columns.services.length), random() < 0.4);
      else if (dice < 0.6) session.setGrouped(random() < 0.7);
      else if (dice < 0.7) session.setSubtree(random() < 0.5 || session.isGroup(id) ? -1 : id);
      else if (dice < 0.8) { session.setFind(random() < 0.5 ? 'x' : ''); session.setOnly(random() < 0.5); }
      else if (dice < 0.9) session.setSiblingsExpanded(id, random() < 0.5);
      else {
        const row = Math.floor(random() * session.columns.spanCount);
        session.reveal(row);
        assert.ok(session.rows.rowOf[row] >= 0, 'a revealed row is on the list');
      }
      const listedIds = Array.from(session.rows.node);
      assert.equal(new Set(listedIds).size, session.rows.count, 'no row twice');
      listedIds.forEach((listedId, row) => assert.equal(session.rows.rowOf[listedId], row));
      for (let row = 1; row < session.rows.count; row++) assert.ok(session.rows.level[row] <= session.rows.level[row - 1] + 1, 'levels grow by one at most');
    }
  }
});

test('rows: an opened group lists the three slowest first, then the others, each once', () => {
  const session = sessionOf('checkout');
  const group = Array.from(session.rows.node).find((id) => session.isGroup(id) && session.groupAt(id).kind === 'run');
  session.setExpanded(group, true);
  const row = session.rows.rowOf[group];
  const members = Array.from(session.rows.node.slice(row + 1, row + 241));
  assert.equal(new Set(members).size, 240);
  assert.deepEqual(members.slice(0, 3), [...session.summaryOf(group).slowest]);
  assert.deepEqual(members.slice(3), members.slice(3).sort((a, b) => a - b));
  session.setGrouped(false);
  assert.equal(session.rows.count, session.tree.orderCount);
});

test('find: names and services once, then rows; next and previous wrap in list order', () => {
  const session = sessionOf('checkout');
  session.setFind(' select PRICE ');
  assert.equal(session.matches.length, 240);
  assert.equal(matchingRows(session.columns, 'payments').reduce((sum, hit) => sum + hit, 0), 7);
  const errors = inListOrder(errorRows(session.columns), session.tree);
  assert.equal(errors.length, 8);
  session.selected = session.tree.roots[0];
  const visited = [];
  for (let i = 0; i < 9; i++) {
    session.selected = session.stepTo(errors, 1);
    visited.push(session.selected);
  }
  assert.equal(new Set(visited).size, 8);
  assert.equal(visited[8], visited[0]);
  assert.equal(session.stepTo(errors, -1), visited[7]);
  assert.equal(stepIn(new Uint32Array(0), session.tree, 0, 1), -1);
  session.setFind('lock');
  assert.equal(session.matches.length, 0);
  session.addServerHits([session.columns.loaded - 1]);
  assert.equal(session.matches.length, 1);
});

test('findings: the planted N+1, the error that rose, and nothing on a calm trace', () => {
  const found = (name) => { const session = sessionOf(name); return pickFindings(findFindings(session.columns, session.tree, session.path)); };
  const [first, second] = found('checkout');
  assert.deepEqual([first.kind, first.count, first.likely], ['n+1', 240, true]);
  assert.deepEqual([second.kind, second.count], ['error', 3]);
  assert.deepEqual(found('one'), []);
  assert.deepEqual(found('zero'), []);
  for (const [text, expected] of [['select ? from t', true], ['get session:*', true], ['/cart/{}', false], ['', false], ['GET /x', false], ['https://a/b', false]]) assert.equal(isDatabaseGroup(text), expected, text);
});

test('findings: N+1 through a loop of equal parents; overlapping queries are none', () => {
  const build = (overlap) => {
    const spans = [{ spanId: spanIdOf(0), parentId: null, service: 'web', name: 'list', start: 0, dur: 1e9 }];
    for (let i = 0; i < 10; i++) {
      const at = overlap ? 1e6 : i * 1e8;
      spans.push({ spanId: spanIdOf(spans.length), parentId: spanIdOf(0), service: 'web', name: 'serialize item', start: at, dur: 9e7 });
      spans.push({ spanId: spanIdOf(spans.length), parentId: spanIdOf(spans.length - 1), service: 'db', name: 'SELECT', kind: 3, group: 'select * from item where id = ?', start: at + 1e6, dur: 2e7 });
    }
    const session = new TraceSession(columnsOf({ id: ID, t0: 0n, spans }));
    return findFindings(session.columns, session.tree, session.path).filter(({ kind }) => kind === 'n+1').map(({ count, likely }) => [count, likely]);
  };
  assert.deepEqual(build(false), [[10, false]]);
  assert.deepEqual(build(true), []);
});

test('growth: old rows are found again; selection, folds and open groups stay with their spans', () => {
  const random = seededRandom(31);
  for (let i = 0; i < 200; i++) {
    const whole = wildTrace(random, 60);
    const some = { ...whole, spans: whole.spans.filter(() => random() < 0.7) };
    if (some.spans.length === 0) continue;
    const earliest = Math.min(...some.spans.map((span) => span.start));
    const before = columnsOf({ id: ID, t0: whole.t0 + BigInt(earliest), spans: some.spans.map((span) => ({ ...span, start: span.start - earliest })) });
    const after = columnsOf(whole);
    const map = mapGrownRows(before, after);
    for (let row = 0; row < before.loaded; row++) {
      assert.ok(map[row] >= 0);
      assert.equal(after.start[map[row]], before.start[row] + earliest);
      assert.equal(after.strings[after.name[map[row]]], before.strings[before.name[row]]);
    }
    const session = new TraceSession(before);
    const chosen = Math.floor(random() * before.loaded);
    session.selected = chosen;
    session.collapsed.add(chosen);
    session.relist();
    session.adoptGrown(after);
    assert.equal(session.selected, map[chosen]);
    assert.ok(session.collapsed.has(map[chosen]));
  }
  const session = new TraceSession(columnsOf(checkoutTrace(ID, 5n, 40)));
  const group = Array.from(session.rows.node).find((id) => session.isGroup(id) && session.groupAt(id).kind === 'run');
  session.setExpanded(group, true);
  session.selected = group;
  const grown = checkoutTrace(ID, 5n, 40);
  grown.spans.push({ ...grown.spans[0], spanId: 'ffffffffffffffff', parentId: grown.spans[0].spanId, name: 'late', start: 100, dur: 5 });
  session.adoptGrown(columnsOf(grown));
  assert.ok(session.isGroup(session.selected) && session.isExpanded(session.selected) && session.groupAt(session.selected).repeats === 40);
});

test('bars: clamped, at least 1 px, snapped; labels right, left, inside or nowhere', () => {
  const view = { v0: 0, v1: 1000 };
  assert.deepEqual(barSpan(0, 1e9, view, 500), { x: 0, w: 508 });
  assert.deepEqual(barSpan(500, 0, view, 500), { x: 250, w: 1 });
  assert.ok(barSpan(-1e15, 1, view, 500).x >= -8);
  assert.deepEqual(snapSpan({ x: 10.3, w: 0.2 }, 1), { x: 10, w: 1 });
  assert.equal(placeLabel({ x: 10, w: 20 }, 500, 40).align, 'left');
  assert.equal(placeLabel({ x: 480, w: 20 }, 500, 40).align, 'right');
  assert.equal(placeLabel({ x: 0, w: 500 }, 500, 40).inside, true);
  assert.equal(placeLabel({ x: 0, w: 500 }, 500, 600), null);
  assert.equal(placeLabel({ x: 600, w: 5 }, 500, 40), null);
  assert.equal(indentOf(3, 5, 400), 42);
  assert.equal(indentOf(300, 300, 400), 160);
  assert.deepEqual(scrollScale(100, 24, 500), { spacer: 2400, ratio: 1 });
  const scaled = scrollScale(1e6, 24, 500);
  assert.ok(Math.abs((scaled.spacer - 500) * scaled.ratio - (24e6 - 500)) < 1e-3);
});

test('group strips keep gaps; events that are near share a mark; the minimap counts what runs', () => {
  const columns = { start: Float64Array.from([0, 500, 990]), dur: Float64Array.from([100, 0, 10]) };
  const share = coveredShare(Uint32Array.from([0, 1, 2]), columns, { v0: 0, v1: 1000 }, 100);
  assert.deepEqual([share[0], share[9], share[10], share[49], share[99]], [1, 1, 0, 0, 1]);
  assert.ok(share[50] > 0 && share[50] < 1);
  assert.deepEqual(eventMarks([{ time: 10, isException: false }, { time: 12, isException: true }, { time: 500, isException: false }], { v0: 0, v1: 1000 }, 1000).map(({ count, isException }) => [count, isException]), [[2, true], [1, false]]);
  const { active, most, bandService } = layoutMinimap(sample('checkout'), 300);
  const total = (column) => active.reduce((sum, band) => sum + band[column], 0);
  assert.ok(Array.from({ length: 300 }, (_, column) => total(column)).every((count) => count >= 1 && count <= most));
  assert.equal(bandService.length, 6);
});

test('overview: errors win over the path, the path over short spans', () => {
  const session = sessionOf('checkout');
  session.setGrouped(false);
  const winner = rasterOverview(session.columns, session.rows, session.tree.nodeCount, null, { v0: 0, v1: session.columns.traceNanos }, 200, 100);
  const failed = winner.reduce((count, value) => count + (value >= 0x80000000 ? 1 : 0), 0);
  assert.ok(failed > 0 && failed < winner.length);
  assert.ok(winner.every((value) => value === 0 || (value & 0x7fffffff) <= session.tree.nodeCount));
});

test('speed: 100,000 spans are decoded, built and listed well within a second', () => {
  const trace = randomTrace(ID, 0n, 100_000, 6, { services: 12 });
  const chunks = encodeTrace(trace);
  const began = performance.now();
  const reader = new ChunkReader();
  const [first, ...rest] = chunks.flatMap((chunk) => reader.push(chunk));
  const columns = createTraceColumns(first.header);
  for (const chunk of [first, ...rest]) appendChunk(columns, chunk);
  const session = new TraceSession(columns);
  const millis = performance.now() - began;
  assert.ok(session.rows.count > 90_000 && millis < 1000, `${Math.round(millis)} ms`);
});
