// The whole trace in a strip (viewer.md §4.5): how many spans of each service run in each column.

import { NO_SERVICE, isError } from './lpt1.js';

/** Services drawn on their own; the others share one band. */
const BANDS = 5;

/**
 * @typedef {object} MinimapLayout
 * @property {number} columns
 * @property {number[]} bandService   service index of each band, NO_SERVICE for the rest
 * @property {Float32Array[]} active  band -> column -> spans running
 * @property {Uint8Array} errors      column -> 1 where a failed span starts
 * @property {number} most            highest total of a column
 */

/**
 * One difference array per band: +1 in the column of the start, −1 after that of the end, then prefix sums.
 * @param {import('./lpt1.js').TraceColumns} trace @param {number} columns
 * @returns {MinimapLayout}
 */
export function layoutMinimap(trace, columns) {
  const bandService = trace.services.map((_, index) => index)
    .sort((a, b) => trace.services[b].ns - trace.services[a].ns || a - b).slice(0, BANDS);
  bandService.push(NO_SERVICE);
  const bandOf = new Uint8Array(0x10000).fill(bandService.length - 1);
  bandService.forEach((service, band) => { bandOf[service] = band; });
  const width = columns + 2;
  const sums = new Float32Array(width * bandService.length);
  const errors = new Uint8Array(columns);
  const { start, dur, service, bits, loaded } = trace;
  const scale = trace.traceNanos > 0 ? columns / trace.traceNanos : 0;
  const last = columns - 1;
  for (let row = 0; row < loaded; row++) {
    const from = Math.max(0, Math.min(last, Math.floor(start[row] * scale)));
    const to = Math.max(from, Math.min(last, Math.ceil((start[row] + dur[row]) * scale) - 1));
    const base = bandOf[service[row]] * width;
    sums[base + from]++;
    sums[base + to + 1]--;
    if (isError(bits[row])) errors[from] = 1;
  }
  const active = bandService.map((_, band) => prefixSums(sums.subarray(band * width, band * width + columns)));
  let most = 1;
  for (let column = 0; column < columns; column++) most = Math.max(most, active.reduce((total, band) => total + band[column], 0));
  return { columns, bandService, active, errors, most };
}

function prefixSums(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) values[i] = sum += values[i];
  return values;
}

/** The histogram of the header, spread over `columns`: what is drawn before the spans are here. */
export function minimapOfHistogram(histogram, columns) {
  const active = new Float32Array(columns);
  for (let column = 0; column < columns; column++) active[column] = histogram[Math.floor((column / columns) * histogram.length)] ?? 0;
  return { columns, bandService: [NO_SERVICE], active: [active], errors: new Uint8Array(columns), most: Math.max(1, ...histogram) };
}
