// Which rows are on the list, top to bottom: folds, groups, hidden services, the subtree shown, `only matches`
// (viewer.md §4.1, §4.7). Walks the pre-order and jumps past what is folded.

import { slowestMembers } from './grouping.js';

/**
 * @typedef {object} RowChoice   what the reader decided
 * @property {Set<number>} collapsed        nodes whose children are folded away
 * @property {Uint8Array} openGroups        group index -> 1 when opened
 * @property {Set<number>} hiddenServices   service indices; their rows go, their children move up
 * @property {number} root                  only this subtree; −1 = all
 * @property {Uint8Array|null} keep         with `only`: node -> 1 for matches and their ancestors
 */

/**
 * @typedef {object} VisibleRows
 * @property {number} count
 * @property {Int32Array} node     row -> node, or nodeCount + g for the row of group g
 * @property {Uint16Array} level   row -> indent, 0 at the top
 * @property {number} deepest     the largest level
 * @property {Int32Array} rowOf    node or nodeCount + g -> row, −1 when not on the list
 */

/**
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./trace-tree.js').TraceTree} tree
 * @param {import('./grouping.js').Grouping} grouping
 * @param {RowChoice} choice
 * @returns {VisibleRows}
 */
export function visibleRows(trace, tree, grouping, choice) {
  const { order, pos, size, depth, nodeCount } = tree;
  const { groups, groupOf } = grouping;
  const { collapsed, openGroups, hiddenServices, keep } = choice;
  const most = tree.orderCount + groups.length;
  const node = new Int32Array(most);
  const level = new Uint16Array(most);
  const rowOf = new Int32Array(nodeCount + groups.length).fill(-1);
  const anyFold = collapsed.size > 0 || hiddenServices.size > 0;
  let count = 0, deepest = 0;
  const emit = (id, shownLevel) => {
    node[count] = id;
    level[count] = shownLevel;
    if (shownLevel > deepest) deepest = shownLevel;
    rowOf[id] = count++;
  };
  // Ranges of the pre-order still to list, innermost on top: [place, end, level shift, group being listed].
  const ranges = choice.root >= 0
    ? [{ at: pos[choice.root], end: pos[choice.root] + size[choice.root], shift: -depth[choice.root], inside: -1 }]
    : [{ at: 0, end: tree.orderCount, shift: 0, inside: -1 }];
  while (ranges.length > 0) {
    const range = ranges[ranges.length - 1];
    if (range.at >= range.end) {
      ranges.pop();
      continue;
    }
    const id = order[range.at];
    const shown = Math.max(0, depth[id] + range.shift);
    if (keep !== null && keep[id] === 0) {
      range.at += size[id];
      continue;
    }
    if (anyFold && id < trace.spanCount && hiddenServices.has(trace.service[id])) {
      range.at += size[id];
      if (size[id] > 1) ranges.push({ at: pos[id] + 1, end: pos[id] + size[id], shift: range.shift - 1, inside: -1 });
      continue;
    }
    const g = keep === null ? groupOf[id] : -1;   // `only` lists single spans, so that nothing is counted twice
    if (g >= 0 && g !== range.inside && groups[g].members[0] === id) {
      const last = groups[g].members[groups[g].members.length - 1];
      const isChain = groups[g].kind === 'chain';
      range.at = isChain ? pos[id] + size[id] : pos[last] + size[last];
      emit(nodeCount + g, shown);
      if (openGroups[g] === 1) ranges.push(...memberRanges(trace, tree, groups[g], g, range.shift + 1));
      else if (isChain) ranges.push({ at: pos[last] + 1, end: pos[last] + size[last], shift: range.shift - (groups[g].members.length - 1), inside: -1 });
      continue;
    }
    emit(id, shown);
    range.at += anyFold && collapsed.has(id) ? size[id] : 1;
  }
  return { count, deepest, node: node.subarray(0, count), level: level.subarray(0, count), rowOf };
}

/** Subtrees of an opened group, pushed in reverse: the three slowest are listed first, the others in start order. */
function memberRanges(trace, { pos, size }, group, g, shift) {
  const { members } = group;
  const whole = (member) => ({ at: pos[member], end: pos[member] + size[member], shift, inside: g });
  if (group.kind === 'chain') return [whole(members[0])];
  const slowest = group.kind === 'run' ? slowestMembers(trace.dur, members, 3) : new Uint32Array(0);
  const ranges = [];
  let end = pos[members[members.length - 1]] + size[members[members.length - 1]];
  for (const member of Uint32Array.from(slowest).sort((a, b) => pos[b] - pos[a])) {
    ranges.push({ at: pos[member] + size[member], end, shift, inside: g });
    end = pos[member];
  }
  ranges.push({ at: pos[members[0]], end, shift, inside: g });
  for (let i = slowest.length; i-- > 0;) ranges.push(whole(slowest[i]));
  return ranges;
}

/** Marks matches and all their ancestors. @returns {Uint8Array} node -> 1 */
export function keepWithAncestors(tree, matches) {
  const keep = new Uint8Array(tree.nodeCount);
  for (const match of matches) for (let node = match; node >= 0 && keep[node] === 0; node = tree.up[node]) keep[node] = 1;
  return keep;
}
