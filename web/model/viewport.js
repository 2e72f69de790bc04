// The visible time range and how gestures change it (viewer.md §4.3, §4.4). A view is {v0, v1}: ns offsets from
// the trace's start, always v0 < v1. Every function returns a new, clamped view.

/** @typedef {{v0: number, v1: number}} View */

/** Shortest range anyone can look at, in ns. */
const SHORTEST_VIEW = 100;

/** The extent views are clamped to: at least as long as the shortest view, so that a trace of 0 ns has an axis. */
export function viewableNanos(traceNanos) {
  return Math.max(traceNanos, SHORTEST_VIEW);
}

/** The whole trace. */
export function wholeView(traceNanos) {
  return { v0: 0, v1: viewableNanos(traceNanos) };
}

/** Keeps a view between the shortest range and the trace plus 2 % on each side. */
export function clampView(view, traceNanos) {
  const extent = viewableNanos(traceNanos);
  const least = Math.max(SHORTEST_VIEW, extent / 2 ** 40);
  const margin = extent * 0.02;
  let length = Math.min(Math.max(view.v1 - view.v0, least), extent + 2 * margin);
  if (!Number.isFinite(length)) length = extent;
  let v0 = Number.isFinite(view.v0) ? view.v0 + ((view.v1 - view.v0) - length) / 2 : 0;
  if (!Number.isFinite(v0)) v0 = 0;
  v0 = Math.min(Math.max(v0, -margin), extent + margin - length);
  return { v0, v1: v0 + length };
}

/** Zooms by `factor` (< 1 is in) so that the instant under the pointer stays there. */
export function zoomView(view, anchorTime, factor, traceNanos) {
  const extent = viewableNanos(traceNanos);
  const length = view.v1 - view.v0;
  const least = Math.max(SHORTEST_VIEW, extent / 2 ** 40);
  const bounded = Math.min(Math.max(length * factor, least), extent * 1.04);
  const f = bounded / length;
  return clampView({ v0: anchorTime - (anchorTime - view.v0) * f, v1: anchorTime + (view.v1 - anchorTime) * f }, traceNanos);
}

/** Moves the view by `nanos` without changing its length. */
export function panView(view, nanos, traceNanos) {
  return clampView({ v0: view.v0 + nanos, v1: view.v1 + nanos }, traceNanos);
}

/** Shows [start, end] with 5 % margin. */
export function fitView(start, end, traceNanos) {
  const margin = Math.max((end - start) * 0.05, SHORTEST_VIEW * 0.1);
  return clampView({ v0: start - margin, v1: end + margin }, traceNanos);
}

export function sameView(a, b) {
  return Math.abs(a.v0 - b.v0) < 0.5 && Math.abs(a.v1 - b.v1) < 0.5;
}

/** x of an instant in px. */
export function timeToX(time, view, width) {
  return ((time - view.v0) / (view.v1 - view.v0)) * width;
}

/** The instant at x px. */
export function xToTime(x, view, width) {
  return view.v0 + (x / width) * (view.v1 - view.v0);
}

/**
 * Wheel deltas as px, whatever the device counts in, capped at ±60 per event.
 * @param {number} delta @param {number} mode WheelEvent.deltaMode @param {number} pagePixels
 */
export function wheelPixels(delta, mode, pagePixels) {
  const pixels = mode === 1 ? delta * 16 : mode === 2 ? delta * pagePixels : delta;
  return Math.max(-60, Math.min(60, pixels));
}

/** Zoom factor of a wheel step; a pinch arrives as small deltas and needs the stronger curve. */
export function wheelZoomFactor(pixels, isPinch) {
  return Math.exp((isPinch ? 0.01 : 0.0015) * pixels);
}
