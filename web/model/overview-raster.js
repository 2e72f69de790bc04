// Every row of the list in one picture (viewer.md §4.2, "Overview"): for each pixel the winner is error > critical
// path > shortest span.

import { isError } from './lpt1.js';

/**
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./visible-rows.js').VisibleRows} rows
 * @param {number} nodeCount  nodes from here on are group rows and are left out
 * @param {Uint8Array|null} onPath   node -> 1
 * @param {{v0: number, v1: number}} view
 * @param {number} width @param {number} height  device px
 * @returns {Uint32Array} pixel -> node + 1, 0 where nothing runs; errors have the top bit set
 */
export function rasterOverview(trace, rows, nodeCount, onPath, view, width, height) {
  const winner = new Uint32Array(width * height);
  const rank = new Float32Array(width * height).fill(Infinity);
  const k = width / (view.v1 - view.v0);
  const scale = height / Math.max(1, rows.count);
  const thick = Math.max(1, Math.floor(scale));
  const { start, dur, bits, spanCount } = trace;
  for (let r = 0; r < rows.count; r++) {
    const node = rows.node[r];
    if (node >= nodeCount) continue;
    const x0 = Math.floor((start[node] - view.v0) * k);
    const x1 = Math.max(x0 + 1, Math.ceil((start[node] + dur[node] - view.v0) * k));
    if (x1 <= 0 || x0 >= width) continue;
    const failed = node < spanCount && isError(bits[node]);
    const order = failed ? -2 : onPath !== null && onPath[node] === 1 ? -1 : dur[node];
    const value = (node + 1 + (failed ? 0x80000000 : 0)) >>> 0;
    const top = Math.floor(r * scale);
    for (let y = top; y < Math.min(height, top + thick); y++) {
      for (let at = y * width + Math.max(0, x0), end = y * width + Math.min(width, x1); at < end; at++) {
        if (order < rank[at]) {
          rank[at] = order;
          winner[at] = value;
        }
      }
    }
  }
  return winner;
}
