// Find in trace (viewer.md §4.6): the string table is tested once, then rows are integers.

import { isError } from './lpt1.js';

/**
 * Rows whose service, name or group text contains `text`, ignoring case.
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {string} text  trimmed, not empty
 * @returns {Uint8Array} row -> 1
 */
export function matchingRows(trace, text) {
  const needle = text.toLowerCase();
  const inString = Uint8Array.from(trace.strings, (string) => (string.toLowerCase().includes(needle) ? 1 : 0));
  const inService = new Uint8Array(0x10000);
  trace.services.forEach((service, index) => {
    if (service.name.toLowerCase().includes(needle)) inService[index] = 1;
  });
  const { name, group, service, loaded } = trace;
  const hit = new Uint8Array(loaded);
  for (let row = 0; row < loaded; row++) hit[row] = inString[name[row]] | inString[group[row]] | inService[service[row]];
  return hit;
}

/** Rows that ended in an error. @returns {Uint8Array} row -> 1 */
export function errorRows({ bits, loaded }) {
  const hit = new Uint8Array(loaded);
  for (let row = 0; row < loaded; row++) if (isError(bits[row])) hit[row] = 1;
  return hit;
}

/**
 * Marked rows in the order of the list, top to bottom.
 * @param {Uint8Array} hit @param {import('./trace-tree.js').TraceTree} tree
 * @returns {Uint32Array}
 */
export function inListOrder(hit, tree) {
  let count = 0;
  for (let row = 0; row < hit.length; row++) count += hit[row];
  const rows = new Uint32Array(count);
  let next = 0;
  for (let at = 0; at < tree.orderCount && next < count; at++) {
    const node = tree.order[at];
    if (node < hit.length && hit[node] === 1) rows[next++] = node;
  }
  return rows.subarray(0, next);
}

/**
 * The entry after (`step` 1) or before (−1) `node` in a list made by `inListOrder`; wraps around.
 * @returns {number} index into `rows`, −1 when it is empty
 */
export function stepIn(rows, tree, node, step) {
  if (rows.length === 0) return -1;
  const place = node >= 0 && node < tree.pos.length ? tree.pos[node] : -1;
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tree.pos[rows[middle]] < place) low = middle + 1; else high = middle;
  }
  if (step < 0) return (low - 1 + rows.length) % rows.length;
  const isOnIt = low < rows.length && rows[low] === node;
  return (low + (isOnIt ? 1 : 0)) % rows.length;
}
