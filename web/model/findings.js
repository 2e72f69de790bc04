// What deserves a look first (viewer.md §4.7): at most three sentences, the most time on the critical path first.

import { criticalNanos, segmentsOfPlaces } from './critical-path.js';
import { CONSUMER, PRODUCER, isError, kindOf } from './lpt1.js';

const CLIENT = 3;
const LEAST_QUERIES = 6;
const LEAST_GAP = 100e6;

/**
 * @typedef {object} Finding
 * @property {'n+1'|'error'|'retry'|'gap'|'queue'} kind
 * @property {number} node      the row to go to
 * @property {number} weight    ns on the critical path, for ranking
 * @property {number} nanos     the figure of the sentence
 * @property {number} count     members, attempts, levels the error rose
 * @property {boolean} likely   for n+1: another query ended before the first of them
 * @property {number} from      for a gap: ns offsets
 * @property {number} to
 */

/**
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./trace-tree.js').TraceTree} tree
 * @param {import('./critical-path.js').CriticalPath|null} path
 * @returns {Finding[]} best first
 */
export function findFindings(trace, tree, path) {
  const all = [...repeatedQueries(trace, tree, path), ...deepestError(trace, tree, path), ...gaps(trace, tree, path), ...queueWaits(trace, tree)];
  return all.sort((a, b) => b.weight - a.weight || a.node - b.node);
}

/** Best three, of different kinds first: five N+1 must not hide the error. */
export function pickFindings(findings, most = 3) {
  const picked = [];
  const kinds = new Set();
  for (const finding of findings) {
    if (kinds.has(finding.kind) || picked.length === most) continue;
    kinds.add(finding.kind);
    picked.push(finding);
  }
  for (const finding of findings) if (picked.length < most && !picked.includes(finding)) picked.push(finding);
  return picked.sort((a, b) => b.weight - a.weight || a.node - b.node);
}

/** A normalised statement or command rather than an HTTP route. */
export function isDatabaseGroup(text) {
  return text !== '' && !text.startsWith('/') && !/^[a-z]+:\/\//i.test(text) && !text.startsWith('{') && !/^(get|post|put|patch|delete|head|options) \//i.test(text);
}

/**
 * N+1: database client spans with one key under one parent (or under parents of one name below one span), ≥ 6 of them,
 * one after the other, ≥ 50 ms in all or ≥ 10 % of that span.
 */
function repeatedQueries(trace, tree, path = null) {
  const isDatabase = trace.strings.map(isDatabaseGroup);
  const byParent = new Map();
  const byAncestor = new Map();
  const keyIds = new Map();
  for (let row = 0; row < trace.loaded; row++) {
    if (kindOf(trace.bits[row]) !== CLIENT || !isDatabase[trace.group[row]] || tree.up[row] < 0) continue;
    const key = keyIdOf(trace, keyIds, row);
    const parent = tree.up[row];
    collect(byParent, parent, key, row);
    const ancestor = ancestorOfOtherName(trace, tree, parent);
    if (ancestor >= 0) collect(byAncestor, ancestor, key, row);
  }
  const found = [];
  const explained = new Set();
  for (const members of byParent.values()) addRepeated(trace, tree, path, members, tree.up[members[0]], found, explained);
  for (const members of byAncestor.values()) {
    if (!explained.has(members[0])) addRepeated(trace, tree, path, members, ancestorOfOtherName(trace, tree, tree.up[members[0]]), found, explained);
  }
  return found;
}

function keyIdOf({ name, group, service }, keyIds, row) {
  const perName = keyIds.get(name[row]) ?? keyIds.set(name[row], new Map()).get(name[row]);
  const packed = group[row] * 0x10000 + service[row];
  if (!perName.has(packed)) perName.set(packed, (keyIds.total = (keyIds.total ?? 0) + 1));
  return perName.get(packed);
}

function collect(map, anchor, key, row) {
  const packed = anchor * 2 ** 22 + key;
  const members = map.get(packed);
  if (members) members.push(row); else map.set(packed, [row]);
}

/** The nearest ancestor whose name differs from the parent's: what a loop of equal spans runs in. */
function ancestorOfOtherName({ name, spanCount }, tree, parent) {
  if (parent >= spanCount) return -1;
  let node = tree.up[parent];
  while (node >= 0 && node < spanCount && name[node] === name[parent]) node = tree.up[node];
  return node;
}

function addRepeated(trace, tree, path, members, anchor, found, explained) {
  const { start, dur } = trace;
  if (members.length < LEAST_QUERIES || anchor < 0) return;
  let total = 0, overlap = 0, reached = -Infinity;
  for (const member of members) {
    total += dur[member];
    overlap += Math.max(0, Math.min(reached, start[member] + dur[member]) - start[member]);
    reached = Math.max(reached, start[member] + dur[member]);
  }
  if (overlap >= total * 0.1 || (total < 50e6 && total < dur[anchor] * 0.1)) return;
  for (const member of members) explained.add(member);
  const weight = path ? members.reduce((sum, member) => sum + criticalNanos(path, tree, member), 0) : total;
  found.push({ kind: 'n+1', node: members[0], weight, nanos: total, count: members.length, likely: otherQueryBefore(trace, tree, members[0]), from: 0, to: 0 });
}

/** The query whose rows the loop walks: another database call below the same parent (or its parent) that ended before. */
function otherQueryBefore({ start, dur, group, strings, bits, name, spanCount }, tree, firstMember) {
  for (let anchor = tree.up[firstMember], levels = 0; anchor >= 0 && levels < 2; anchor = tree.up[anchor], levels++) {
    for (let at = tree.first[anchor]; at < tree.first[anchor + 1]; at++) {
      const other = tree.child[at];
      if (start[other] > start[firstMember]) break;
      if (other < spanCount && kindOf(bits[other]) === CLIENT && isDatabaseGroup(strings[group[other]]) && start[other] + dur[other] <= start[firstMember]
        && (group[other] !== group[firstMember] || name[other] !== name[firstMember])) return true;
    }
  }
  return false;
}

/** The first of the deepest errors, how far up it rose, and whether a call like it was tried again. */
function deepestError(trace, tree, path) {
  let deepest = -1;
  for (let row = 0; row < trace.loaded; row++) {
    if (isError(trace.bits[row]) && tree.pos[row] >= 0 && (deepest < 0 || tree.depth[row] > tree.depth[deepest])) deepest = row;
  }
  if (deepest < 0) return [];
  let rose = 0;
  for (let node = tree.up[deepest]; node >= 0 && node < trace.spanCount && isError(trace.bits[node]); node = tree.up[node]) rose++;
  const weight = Math.max(path ? criticalNanos(path, tree, deepest) : 0, trace.traceNanos * 0.05);
  return [{ kind: 'error', node: deepest, weight, nanos: trace.dur[deepest], count: rose, likely: false, from: 0, to: 0, attempts: attemptsOf(trace, tree, deepest) }];
}

/** Equal siblings of a failed span, itself included: the tries. */
function attemptsOf({ name, service, group, spanCount }, tree, row) {
  const parent = tree.up[row];
  if (parent < 0) return 1;
  let attempts = 0;
  for (let at = tree.first[parent]; at < tree.first[parent + 1]; at++) {
    const other = tree.child[at];
    if (other < spanCount && name[other] === name[row] && service[other] === service[row] && group[other] === group[row]) attempts++;
  }
  return attempts;
}

/** Time on the critical path inside a span that has children, with no child running: ≥ 100 ms and ≥ 10 % of the trace. */
function gaps(trace, tree, path) {
  if (!path) return [];
  const least = Math.max(LEAST_GAP, trace.traceNanos * 0.1);
  const found = [];
  for (let i = 0; i < path.count; i++) {
    const node = path.node[i];
    const nanos = path.to[i] - path.from[i];
    if (nanos < least || node >= trace.spanCount || tree.first[node + 1] === tree.first[node]) continue;
    found.push({ kind: 'gap', node, weight: nanos * 0.9, nanos, count: 1, likely: false, from: path.from[i], to: path.to[i] });
  }
  return found;
}

/** A message that lay in its queue: producer's end to consumer's start, ≥ 100 ms. */
function queueWaits({ start, dur, bits, loaded, spanCount, traceNanos }, tree) {
  const found = [];
  for (let row = 0; row < loaded; row++) {
    const parent = tree.up[row];
    if (kindOf(bits[row]) !== CONSUMER || parent < 0 || parent >= spanCount || kindOf(bits[parent]) !== PRODUCER) continue;
    const from = start[parent] + dur[parent];
    const nanos = start[row] - from;
    if (nanos >= Math.max(LEAST_GAP, traceNanos * 0.1)) found.push({ kind: 'queue', node: row, weight: nanos * 0.5, nanos, count: 1, likely: false, from, to: start[row] });
  }
  return found.sort((a, b) => b.nanos - a.nanos).slice(0, 1);
}

/** ns of the critical path inside the subtree of `node`. */
export function criticalNanosBelow(path, tree, node) {
  const [from, to] = segmentsOfPlaces(path, tree.pos, tree.pos[node], tree.pos[node] + tree.size[node]);
  let sum = 0;
  for (let i = from; i < to; i++) sum += path.to[i] - path.from[i];
  return sum;
}
