// A grown trace has new row numbers (viewer.md §4.10). Spans are only ever added, and both lists are in the same order,
// so the old rows are a subsequence of the new ones: one walk finds every old row again, without ids.

/**
 * @param {import('./lpt1.js').TraceColumns} before
 * @param {import('./lpt1.js').TraceColumns} after
 * @returns {Int32Array} old node -> new node; −1 when it is gone (a missing parent that has arrived: see below)
 */
export function mapGrownRows(before, after) {
  const map = new Int32Array(before.spanCount + before.missing.length).fill(-1);
  const shift = Number(before.t0 - after.t0);
  const nameIndex = indexOfEach(before.strings, after.strings);
  const serviceIndex = indexOfEach(before.services.map((service) => service.name), after.services.map((service) => service.name));
  let next = 0;
  for (let row = 0; row < before.loaded; row++) {
    const start = before.start[row] + shift;
    const name = nameIndex[before.name[row]];
    const service = serviceIndex[before.service[row]] ?? before.service[row];
    let at = next;
    while (at < after.loaded && after.start[at] <= start
      && !(after.start[at] === start && after.dur[at] === before.dur[row] && after.name[at] === name && after.service[at] === service)) at++;
    if (at < after.loaded && after.start[at] === start) {
      map[row] = at;
      next = at + 1;
    }
  }
  const missingIndex = indexOfEach(before.missing, after.missing);
  missingIndex.forEach((index, k) => {
    if (index >= 0) map[before.spanCount + k] = after.spanCount + index;
  });
  return map;
}

function indexOfEach(wanted, list) {
  const index = new Map(list.map((item, i) => [item, i]));
  return wanted.map((item) => index.get(item) ?? -1);
}
