// Rows and times to rectangles (viewer.md §4.2, §4.3). Everything is in CSS px; nothing here draws.

/** Room a duration label needs before it is written at all. */
const LEAST_LABEL_ROOM = 24;
const LABEL_GAP = 5;
/** Events nearer than this share one mark with a count. */
const EVENT_GAP = 6;

/**
 * The bar of an interval: x clamped to [−8, width + 8], never narrower than 1 px so that nothing vanishes.
 * @returns {{x: number, w: number}}
 */
export function barSpan(start, dur, view, width) {
  const k = width / (view.v1 - view.v0);
  const x0 = Math.max(-8, Math.min(width + 8, (start - view.v0) * k));
  const x1 = Math.max(-8, Math.min(width + 8, (start + dur - view.v0) * k));
  return { x: x0, w: Math.max(1, x1 - x0) };
}

/** A rectangle on whole device pixels, so that edges are sharp. */
export function snapSpan({ x, w }, ratio) {
  const left = Math.round(x * ratio) / ratio;
  return { x: left, w: Math.max(1 / ratio, Math.round((x + w) * ratio) / ratio - left, 1) };
}

/**
 * Where a bar's duration is written: right of it, else left, else inside, else nowhere.
 * @returns {{x: number, align: 'left'|'right', inside: boolean}|null}
 */
export function placeLabel({ x, w }, width, textWidth) {
  if (x >= width || x + w <= 0) return null;
  const room = Math.max(LEAST_LABEL_ROOM, textWidth + LABEL_GAP);
  if (x + w + room <= width) return { x: x + w + LABEL_GAP, align: 'left', inside: false };
  if (x - room >= 0) return { x: x - LABEL_GAP, align: 'right', inside: false };
  const inner = Math.min(x + w, width) - Math.max(x, 0);
  return inner >= room + LABEL_GAP ? { x: Math.min(x + w, width) - LABEL_GAP, align: 'right', inside: true } : null;
}

/**
 * Share of each pixel column that the members of a group cover, 0 … 1. Gaps stay gaps.
 * @param {Uint32Array} members in start order
 * @returns {Float32Array} one value per px
 */
export function coveredShare(members, { start, dur }, view, width) {
  const columns = Math.ceil(width);
  const share = new Float32Array(columns);
  const k = width / (view.v1 - view.v0);
  for (const member of members) {
    const x0 = (start[member] - view.v0) * k;
    if (x0 >= columns) break;
    const x1 = x0 + Math.max(dur[member] * k, 0.35);
    if (x1 <= 0) continue;
    const from = Math.max(0, Math.floor(x0)), to = Math.min(columns - 1, Math.floor(x1));
    for (let column = from; column <= to; column++) share[column] += Math.min(x1, column + 1) - Math.max(x0, column);
  }
  for (let column = 0; column < columns; column++) share[column] = Math.min(1, share[column]);
  return share;
}

/**
 * Marks for events on a bar: near ones are one mark with a count.
 * @param {{time: number, isException: boolean}[]} events  time = ns offset, ascending
 * @returns {{x: number, count: number, isException: boolean, first: number}[]}  first = index of the first event
 */
export function eventMarks(events, view, width) {
  const marks = [];
  const k = width / (view.v1 - view.v0);
  events.forEach((event, index) => {
    const x = (event.time - view.v0) * k;
    if (x < -8 || x > width + 8) return;
    const last = marks[marks.length - 1];
    if (last && x - last.x < EVENT_GAP) {
      last.count++;
      last.isException ||= event.isException;
    } else marks.push({ x, count: 1, isException: event.isException, first: index });
  });
  return marks;
}

/** Indent in px of a level: 14 px a step, compressed once the deepest level would take more than 40 % of the column. */
export function indentOf(level, deepestLevel, columnWidth) {
  const step = 14;
  const most = columnWidth * 0.4;
  return deepestLevel * step <= most ? level * step : (level / Math.max(1, deepestLevel)) * most;
}

/**
 * Maps the native scrollbar onto rows: exact below `mostPixels`, proportional above (browsers cap element heights).
 * @returns {{spacer: number, ratio: number}}  spacer height in px; rows' px per scrollbar px
 */
export function scrollScale(rowCount, rowHeight, viewportHeight, mostPixels = 8_000_000) {
  const full = rowCount * rowHeight;
  if (full <= mostPixels) return { spacer: full, ratio: 1 };
  return { spacer: mostPixels, ratio: (full - viewportHeight) / (mostPixels - viewportHeight) };
}
