// Folding of repeated work (viewer.md §4.7). Exactly three rules, each with its count on screen:
//   run      ≥ 5 siblings in a row with one key                      "SELECT price ×240"
//   pattern  a sequence of 2–4 keys repeated ≥ 5 times               "(GET, SELECT) ×40"
//   chain    ≥ 4 single children of one service, each < 1 % self     "middleware ×6"
// Key = (service, kind, name, group text).

import { isError, kindOf } from './lpt1.js';

const LEAST_RUN = 5;
const LONGEST_PERIOD = 4;
const LEAST_CHAIN = 4;
const CHAIN_SELF_SHARE = 0.01;

/**
 * @typedef {object} Group
 * @property {'run'|'pattern'|'chain'} kind
 * @property {number} parent      node the members hang under; −1 when they are roots
 * @property {Uint32Array} members  siblings in start order; for a chain from the outermost span inwards
 * @property {number} period      keys in the pattern, 1 otherwise
 * @property {number} repeats     members / period
 */

/**
 * @typedef {object} Grouping
 * @property {Group[]} groups
 * @property {Int32Array} groupOf   node -> index into groups, −1 outside
 */

/** Nothing grouped. */
export function noGrouping(nodeCount) {
  return { groups: [], groupOf: new Int32Array(nodeCount).fill(-1) };
}

/**
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./trace-tree.js').TraceTree} tree
 * @param {Float64Array} self  ns per node
 * @returns {Grouping}
 */
export function findGroups(trace, tree, self) {
  const grouping = noGrouping(tree.nodeCount);
  const keyed = { trace, keys: equalityHashes(trace) };
  for (let node = 0; node < tree.nodeCount; node++) {
    const from = tree.first[node], to = tree.first[node + 1];
    if (to - from >= LEAST_RUN) groupSiblings(keyed, tree.child.subarray(from, to), node, grouping);
  }
  if (tree.roots.length >= LEAST_RUN) groupSiblings(keyed, Uint32Array.from(tree.roots), -1, grouping);
  foldChains(trace, tree, self, grouping);
  return grouping;
}

/** A number per row that differs for nearly all different keys; equality is checked again on a hit. */
function equalityHashes({ service, name, group, bits, loaded }) {
  const keys = new Uint32Array(loaded);
  for (let row = 0; row < loaded; row++) {
    keys[row] = Math.imul(name[row], 0x9e3779b1) ^ Math.imul(group[row], 0x85ebca6b) ^ Math.imul(service[row], 0xc2b2ae35) ^ (bits[row] & 7);
  }
  return keys;
}

/** True when two rows have the same (service, kind, name, group). */
function sameKey({ service, name, group, bits }, a, b) {
  return name[a] === name[b] && group[a] === group[b] && service[a] === service[b] && kindOf(bits[a]) === kindOf(bits[b]);
}

function groupSiblings({ trace, keys }, siblings, parent, grouping) {
  const equal = (a, b) => a < trace.spanCount && b < trace.spanCount && keys[a] === keys[b] && sameKey(trace, a, b);
  let at = 0;
  while (at + LEAST_RUN <= siblings.length) {
    let taken = 0;
    for (let period = 1; period <= LONGEST_PERIOD && taken === 0; period++) {
      const reach = repeatedLength(siblings, at, period, equal);
      const repeats = Math.floor(reach / period);
      if (repeats < LEAST_RUN) continue;
      taken = repeats * period;
      addGroup(grouping, { kind: period === 1 ? 'run' : 'pattern', parent, members: siblings.slice(at, at + taken), period, repeats });
    }
    at += Math.max(1, taken);
  }
}

/** How many siblings from `at` on continue a sequence of `period` keys. */
function repeatedLength(siblings, at, period, equal) {
  let end = at + period;
  while (end < siblings.length && equal(siblings[end], siblings[end - period])) end++;
  return end > at + period ? end - at : 0;
}

function foldChains(trace, tree, self, grouping) {
  const { first, child, order, orderCount, up } = tree;
  const least = trace.traceNanos * CHAIN_SELF_SHARE;
  const isLink = (node) => node < trace.spanCount && first[node + 1] - first[node] === 1 && self[node] < least
    && !isError(trace.bits[node]) && grouping.groupOf[node] < 0;
  for (let at = 0; at < orderCount; at++) {
    const head = order[at];
    if (up[head] < 0 || !isLink(head)) continue;
    const members = [head];
    let next = child[first[head]];
    while (isLink(next) && trace.service[next] === trace.service[head]) {
      members.push(next);
      next = child[first[next]];
    }
    if (members.length >= LEAST_CHAIN) addGroup(grouping, { kind: 'chain', parent: up[head], members: Uint32Array.from(members), period: 1, repeats: members.length });
    at += members.length - 1;
  }
}

function addGroup(grouping, group) {
  for (const member of group.members) grouping.groupOf[member] = grouping.groups.length;
  grouping.groups.push(group);
}

/**
 * What a group row says about its members.
 * @returns {{count: number, total: number, p50: number, max: number, errors: number, from: number, to: number, slowest: Uint32Array}}
 *   total is the union of their intervals in ns, `slowest` the three longest
 */
export function summariseGroup({ start, dur, bits, spanCount }, { members }) {
  const ordered = Float64Array.from(members, (member) => dur[member]).sort();
  let total = 0, reached = -Infinity, errors = 0, to = -Infinity, from = Infinity;
  for (const member of members) {
    const begin = Math.max(start[member], reached), end = start[member] + dur[member];
    if (end > begin) total += end - begin;
    reached = Math.max(reached, end);
    from = Math.min(from, start[member]);
    to = Math.max(to, end);
    if (member < spanCount && isError(bits[member])) errors++;
  }
  return { count: members.length, total, p50: ordered[(ordered.length - 1) >> 1], max: ordered[ordered.length - 1], errors, from, to,
    slowest: slowestMembers(dur, members, 3) };
}

/** The `count` longest members, longest first. */
export function slowestMembers(dur, members, count) {
  const best = [];
  for (const member of members) {
    if (best.length === count && dur[member] <= dur[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && dur[best[at - 1]] < dur[member]) at--;
    best.splice(at, 0, member);
    if (best.length > count) best.pop();
  }
  return Uint32Array.from(best);
}
