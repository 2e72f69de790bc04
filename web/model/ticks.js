// Time axis: which instants get a tick and what is written there (viewer.md §4.3).

import { NBSP, groupDigits } from './units.js';

const SECOND = 1e9;
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
/** [unit in ns, its name, smallest step that uses it] */
const AXIS_UNITS = [[86400 * SECOND, 'd', 86400 * SECOND], [3600 * SECOND, 'h', 3600 * SECOND], [60 * SECOND, 'min', 60 * SECOND],
  [SECOND, 's', 1e8], [1e6, 'ms', 1e5], [1e3, 'µs', 1e2], [1, 'ns', 0]];

/** Smallest distance between labelled ticks and between minor ticks, in px. */
const MAJOR_GAP = 90;
const MINOR_GAP = 12;

/**
 * The step between labelled ticks: {1, 2, 5}·10ⁿ ns up to 500 ms, then whole clock steps.
 * @param {number} nanosPerPixel
 */
export function tickStep(nanosPerPixel) {
  const least = nanosPerPixel * MAJOR_GAP;
  if (least <= 5e8) {
    const power = Math.max(1, 10 ** Math.floor(Math.log10(Math.max(1, least))));
    for (const scale of [power, power * 10]) {
      for (const digit of [1, 2, 5]) if (digit * scale >= least * (1 - 1e-12)) return digit * scale;
    }
  }
  for (const seconds of CLOCK_STEPS) if (seconds * SECOND >= least) return seconds * SECOND;
  const weeks = 7 * 86400 * SECOND;
  return Math.ceil(least / weeks) * weeks;
}

/** Into how many parts minor ticks cut a step. */
function minorParts(step) {
  if (step < SECOND) return 5;
  const lead = step / 10 ** Math.floor(Math.log10(step));
  return step % (60 * SECOND) === 0 || lead === 3 ? (step % (4 * SECOND) === 0 && step >= 3600 * SECOND ? 4 : 6) : lead === 1.5 ? 3 : 5;
}

/**
 * Ticks of the view [v0, v1] drawn over `width` px.
 * @param {number} v0 ns offset at the left edge
 * @param {number} v1 ns offset at the right edge
 * @returns {{step: number, base: {time: number, label: string}|null, major: {time: number, x: number, label: string}[], minor: number[]}}
 *   `minor` are x positions; `base` is what the labels count from once they would repeat too many digits
 */
export function timeTicks(v0, v1, width) {
  const perPixel = (v1 - v0) / width;
  const step = tickStep(perPixel);
  const based = v0 > 1000 * step;
  const round = 10 ** Math.ceil(Math.log10(v1 - v0));
  const baseTime = based ? Math.floor(v0 / round) * round : 0;
  const [unit, unitName] = AXIS_UNITS.find(([, , least]) => step >= least);
  const decimals = decimalsOf(step / unit);
  const major = [];
  for (let k = Math.ceil(v0 / step - 1e-9), last = Math.floor(v1 / step + 1e-9); k <= last; k++) {
    const time = k * step;
    const value = (time - baseTime) / unit;
    const digits = Math.abs(value).toFixed(decimals);
    const [whole, fraction] = digits.split('.');
    const text = value === 0 && !based ? '0' : groupDigits(whole) + (fraction ? '.' + fraction : '') + NBSP + unitName;
    major.push({ time, x: (time - v0) / perPixel, label: (value < 0 ? '−' : based ? '+' : '') + text });
  }
  const parts = minorParts(step);
  const minor = [];
  if (step / parts / perPixel >= MINOR_GAP) {
    for (let k = Math.ceil((v0 / step) * parts), last = Math.floor((v1 / step) * parts); k <= last; k++) {
      if (k % parts !== 0) minor.push(((k * step) / parts - v0) / perPixel);
    }
  }
  return { step, base: based ? { time: baseTime, label: baseLabel(baseTime) } : null, major, minor };
}

/** Decimals needed to write a multiple of `value` exactly (at most 3, steps never need more). */
function decimalsOf(value) {
  for (let decimals = 0; decimals < 3; decimals++) {
    const scaled = value * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-9) return decimals;
  }
  return 3;
}

/** `1.234 567 s +`: seconds with decimals in groups of three. */
function baseLabel(nanos) {
  const whole = Math.floor(nanos / SECOND);
  const fraction = String(Math.round(nanos - whole * SECOND)).padStart(9, '0').replace(/(000)+$/, '').replace(/(\d{3})(?=\d)/g, '$1\u2009');
  return `${groupDigits(whole)}${fraction ? '.' + fraction : ''}${NBSP}s${NBSP}+`;
}
