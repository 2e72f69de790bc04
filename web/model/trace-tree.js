// Who is whose child (viewer.md §4.1). Built from the parent column in linear passes, no recursion, no object per span.
//
// A node is a row of the trace, or `spanCount + k`: the synthetic row of the k-th missing parent.

/**
 * @typedef {object} TraceTree
 * @property {number} nodeCount        spanCount + missing parents
 * @property {Uint32Array} first       children of node i are child[first[i]] … child[first[i + 1] − 1]
 * @property {Uint32Array} child       ordered by start, because rows are
 * @property {Int32Array} up           parent node, −1 for a root
 * @property {Uint32Array} order       pre-order, `orderCount` nodes
 * @property {number} orderCount
 * @property {Int32Array} pos          node -> place in `order`; −1 while its parent has not been loaded
 * @property {Uint16Array} depth       saturates at 65,535
 * @property {Uint32Array} size        nodes in the subtree, itself included
 * @property {number[]} roots          the true root first, further roots by start
 * @property {number} trueRoot         the row that titles the trace
 * @property {Set<number>} cut         rows whose parent edge was cut because it closed a loop
 * @property {number} waiting          loaded rows below a parent that has not been loaded
 */

const NOT_LOADED = -3;

/** @param {import('./lpt1.js').TraceColumns} trace @returns {TraceTree} */
export function buildTree(trace) {
  const nodeCount = trace.spanCount + trace.missing.length;
  const up = parentNodes(trace, nodeCount);
  const cut = trace.loaded === trace.spanCount ? cutLoops(up, trace.loaded) : new Set();
  const { first, child } = childLists(up, nodeCount);
  spanSyntheticRows(trace, first, child);
  const { roots, trueRoot } = rootOrder(trace, up, first, nodeCount);
  const walked = preOrder(roots, first, child, nodeCount);
  for (let node = 0; node < nodeCount; node++) if (up[node] === NOT_LOADED) up[node] = -1;
  const present = trace.loaded + countSynthetic(trace, first);
  return { nodeCount, first, child, up, roots, trueRoot, cut, ...walked, size: subtreeSizes(walked, up, nodeCount), waiting: present - walked.orderCount };
}

function parentNodes(trace, nodeCount) {
  const up = new Int32Array(nodeCount).fill(-1);
  const { parent, loaded, spanCount } = trace;
  for (let row = 0; row < loaded; row++) {
    const code = parent[row];
    if (code <= -2) up[row] = spanCount + (-2 - code);
    else if (code >= loaded) up[row] = NOT_LOADED;
    else if (code >= 0 && code !== row) up[row] = code;
  }
  return up;
}

/** Cuts the parent edge of the earliest row of every loop. Colours each row once, so it is linear. */
function cutLoops(up, rowCount) {
  const cut = new Set();
  const seenFrom = new Int32Array(rowCount).fill(-1);
  for (let start = 0; start < rowCount; start++) {
    let row = start;
    while (row >= 0 && row < rowCount && seenFrom[row] < 0) {
      seenFrom[row] = start;
      row = up[row];
    }
    if (row < 0 || row >= rowCount || seenFrom[row] !== start) continue;
    let earliest = row;
    for (let other = up[row]; other !== row; other = up[other]) earliest = Math.min(earliest, other);
    up[earliest] = -1;
    cut.add(earliest);
  }
  return cut;
}

function childLists(up, nodeCount) {
  const first = new Uint32Array(nodeCount + 1);
  for (let node = 0; node < nodeCount; node++) if (up[node] >= 0) first[up[node] + 1]++;
  for (let node = 0; node < nodeCount; node++) first[node + 1] += first[node];
  const child = new Uint32Array(first[nodeCount]);
  const next = first.slice(0, nodeCount);
  for (let node = 0; node < nodeCount; node++) if (up[node] >= 0) child[next[up[node]]++] = node;
  return { first, child };
}

/** A missing parent lasts from its first child's start to its last child's end. */
function spanSyntheticRows(trace, first, child) {
  const { start, dur, spanCount } = trace;
  for (let k = 0; k < trace.missing.length; k++) {
    const node = spanCount + k;
    let from = Infinity, to = -Infinity;
    for (let at = first[node]; at < first[node + 1]; at++) {
      from = Math.min(from, start[child[at]]);
      to = Math.max(to, start[child[at]] + dur[child[at]]);
    }
    start[node] = from === Infinity ? 0 : from;
    dur[node] = from === Infinity ? 0 : to - from;
  }
}

function countSynthetic(trace, first) {
  let count = 0;
  for (let node = trace.spanCount; node < trace.spanCount + trace.missing.length; node++) if (first[node + 1] > first[node]) count++;
  return count;
}

function rootOrder(trace, up, first, nodeCount) {
  const { start, loaded, spanCount } = trace;
  const rows = [];
  for (let row = 0; row < loaded; row++) if (up[row] === -1) rows.push(row);
  for (let node = spanCount; node < nodeCount; node++) if (first[node + 1] > first[node]) rows.push(node);
  rows.sort((a, b) => start[a] - start[b] || a - b);
  const trueRoot = trace.rootRow >= 0 && trace.rootRow < loaded ? trace.rootRow : -1;
  const roots = trueRoot >= 0 && up[trueRoot] === -1 ? [trueRoot, ...rows.filter((row) => row !== trueRoot)] : rows;
  return { roots, trueRoot };
}

function preOrder(roots, first, child, nodeCount) {
  const order = new Uint32Array(nodeCount);
  const pos = new Int32Array(nodeCount).fill(-1);
  const depth = new Uint16Array(nodeCount);
  const stack = new Uint32Array(nodeCount + 1);
  let orderCount = 0;
  for (const root of roots) {
    let top = 0;
    stack[top++] = root;
    while (top > 0) {
      const node = stack[--top];
      pos[node] = orderCount;
      order[orderCount++] = node;
      const below = Math.min(depth[node] + 1, 0xffff);
      for (let at = first[node + 1]; at-- > first[node];) {
        depth[child[at]] = below;
        stack[top++] = child[at];
      }
    }
  }
  return { order, orderCount, pos, depth };
}

function subtreeSizes({ order, orderCount }, up, nodeCount) {
  const size = new Uint32Array(nodeCount);
  for (let at = orderCount; at-- > 0;) {
    const node = order[at];
    size[node] += 1;
    if (up[node] >= 0) size[up[node]] += size[node];
  }
  return size;
}

/** Nodes from the root down to `node`, itself last. @param {TraceTree} tree */
export function pathTo(tree, node) {
  const path = [];
  for (let at = node; at >= 0; at = tree.up[at]) path.push(at);
  return path.reverse();
}

/** True when `node` is `ancestor` or lies below it. */
export function isWithin(tree, node, ancestor) {
  const offset = tree.pos[node] - tree.pos[ancestor];
  return tree.pos[node] >= 0 && offset >= 0 && offset < tree.size[ancestor];
}

/** Where the children of `node` stand among their siblings: [place counted from 1, how many]. */
export function siblingPlace(tree, node) {
  const parent = tree.up[node];
  if (parent < 0) return [tree.roots.indexOf(node) + 1, tree.roots.length];
  let low = tree.first[parent], high = tree.first[parent + 1] - 1;
  const from = low;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tree.child[middle] < node) low = middle + 1; else high = middle;
  }
  return [low - from + 1, tree.first[parent + 1] - from];
}
