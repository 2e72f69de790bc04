// Self time: what a span did while none of its children ran (viewer.md §4.8).

/**
 * dur(s) − length of the union of its direct children's intervals clipped to s. Never negative, never above dur.
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./trace-tree.js').TraceTree} tree
 * @returns {Float64Array} ns per node
 */
export function selfTimes(trace, tree) {
  const { start, dur } = trace;
  const { first, child, nodeCount } = tree;
  const self = new Float64Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const end = start[node] + dur[node];
    let reached = start[node];
    let covered = 0;
    for (let at = first[node]; at < first[node + 1]; at++) {
      const kid = child[at];
      const to = Math.min(start[kid] + dur[kid], end);
      const from = Math.max(start[kid], reached);
      if (to > from) {
        covered += to - from;
        reached = to;
      }
    }
    self[node] = dur[node] - covered;
  }
  return self;
}
