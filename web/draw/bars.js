// The bar canvas of the waterfall: grid lines, bars, groups, errors, events, critical path. Draws what it is told.

import { barSpan, coveredShare, eventMarks, placeLabel, snapSpan } from '../model/bar-layout.js';
import { segmentsOfPlaces } from '../model/critical-path.js';
import { endsBeforeStart } from '../model/lpt1.js';
import { formatDuration } from '../model/units.js';
import { slotIndex } from './palette.js';
import { CANVAS_FONT, textWidthOf } from './surface.js';
import { hatchPattern, texturePattern } from './patterns.js';

/** Least opacity of a group's pixel column that holds anything. */
const LEAST_ALPHA = 0.35;
const DIMMED = 0.45;

/**
 * @typedef {object} BarScene
 * @property {import('../model/trace-session.js').TraceSession} session
 * @property {import('../model/viewport.js').View} view
 * @property {import('./palette.js').Palette} palette
 * @property {{major: {x: number}[]}} ticks
 * @property {number} firstRow    float row at the top edge
 * @property {number} rowHeight   px
 * @property {number} barOffset   px from the row's top to the bar; < 0 = centred
 * @property {number} hovered     id, −1
 * @property {(row: number) => {time: number, isException: boolean}[]} eventsOf
 * @property {boolean} patterns   textures over service colours
 * @property {Set<number>} doubledServices  services that share a slot with a longer one: textured
 */

/** @param {import('./surface.js').Surface} surface @param {BarScene} scene */
export function drawBars(surface, scene) {
  const { context, width, height } = surface;
  const { session, palette, rowHeight, firstRow } = scene;
  context.globalAlpha = 1;
  context.fillStyle = palette.token.bg;
  context.fillRect(0, 0, width, height);
  context.font = CANVAS_FONT;
  context.textBaseline = 'middle';
  const first = Math.max(0, Math.floor(firstRow));
  const last = Math.min(session.rows.count, Math.ceil(firstRow + height / rowHeight));
  for (let row = first; row < last; row++) drawRowGround(context, scene, row, width);
  drawGrid(context, scene, height);
  for (let row = first; row < last; row++) drawRow(surface, scene, row);
  context.globalAlpha = 1;
}

function drawRowGround(context, { session, palette, rowHeight, firstRow, hovered }, row, width) {
  const id = session.rows.node[row];
  if (id !== session.selected && id !== hovered) return;
  context.fillStyle = id === session.selected ? palette.token.selected : palette.token.hover;
  context.fillRect(0, (row - firstRow) * rowHeight, width, rowHeight);
}

function drawGrid(context, { ticks, palette }, height) {
  context.fillStyle = palette.token.line;
  context.globalAlpha = 0.6;
  for (const { x } of ticks.major) context.fillRect(Math.round(x), 0, 1, height);
  context.globalAlpha = 1;
}

function drawRow(surface, scene, row) {
  const { context, width, ratio } = surface;
  const { session, view, palette, rowHeight, firstRow } = scene;
  const id = session.rows.node[row];
  const top = (row - firstRow) * rowHeight;
  const barHeight = scene.barOffset < 0 ? Math.max(8, rowHeight - 10) : Math.max(8, rowHeight - scene.barOffset - 8);
  const y = Math.round((top + (scene.barOffset < 0 ? (rowHeight - barHeight) / 2 : scene.barOffset)) * ratio) / ratio;
  const { start, dur } = session.intervalOf(id);
  const span = snapSpan(barSpan(start, dur, view, width), ratio);
  const box = { x: span.x, w: span.w, y, h: barHeight };
  context.globalAlpha = session.hits !== null && !session.isHit(id) ? DIMMED : 1;
  if (session.isSynthetic(id)) drawMissing(context, palette, box);
  else if (session.isGroup(id) && session.groupAt(id).kind !== 'chain') drawGroup(surface, scene, id, box);
  else drawBar(context, scene, id, box);
  const failed = session.errorsIn(id) > 0;
  if (failed && box.x < width && box.x + box.w > 0) drawErrorMark(context, palette, box, session.isGroup(id));
  if (id === session.selected || id === scene.hovered) outline(context, palette.token['text-3'], box);
  if (session.path !== null && session.showPath) drawPath(context, scene, id, box, width);
  if (session.isRow(id)) drawEvents(context, scene, id, box, width);
  drawDuration(context, scene, id, box, width, failed);
}

function drawMissing(context, palette, { x, y, w, h }) {
  context.strokeStyle = palette.token['text-3'];
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.strokeRect(x + 0.5, y + 0.5, Math.max(1, w - 1), h - 1);
  context.setLineDash([]);
}

function drawBar(context, scene, id, { x, y, w, h }) {
  const { session, palette } = scene;
  const slot = slotIndex(session.slotOf(id));
  if (palette.forced) {
    context.strokeStyle = 'CanvasText';
    context.strokeRect(x + 0.5, y + 0.5, Math.max(1, w - 1), h - 1);
    return;
  }
  context.fillStyle = palette.slot[slot];
  if (w >= 6) {
    context.beginPath();
    context.roundRect(x, y, w, h, 2);
    context.fill();
  } else context.fillRect(x, y, w, h);
  if (w >= 3 && (scene.patterns || scene.doubledServices.has(session.serviceOf(id)))) {
    context.fillStyle = texturePattern(context, slot % 4, palette.ink[slot]);
    context.fillRect(x, y, w, h);
  }
  if (w >= 6 && session.errorsIn(id) > 0) {
    context.fillStyle = hatchPattern(context, palette.ink[slot]);
    context.fillRect(x, y, w, h);
  }
}

/** Where a group's strip is put together before it is laid over the row. */
const strip = { canvas: null, context: null };

/** Members as 1-px columns whose opacity is the share of that pixel they cover; written as pixels, so 100,000 cost what 10 do. */
function drawGroup(surface, scene, id, { y, h }) {
  const { context, canvas, ratio, width } = surface;
  const { session, palette, view } = scene;
  const [r, g, b] = palette.slotRgb[slotIndex(session.slotOf(id))];
  const share = coveredShare(session.groupAt(id).members, session.columns, view, canvas.width);
  const height = Math.max(1, Math.round(h * ratio));
  strip.canvas ??= document.createElement('canvas');
  strip.context ??= strip.canvas.getContext('2d');
  if (strip.canvas.width !== share.length || strip.canvas.height < height) Object.assign(strip.canvas, { width: share.length, height });
  const image = strip.context.createImageData(share.length, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let column = 0; column < share.length; column++) {
    if (share[column] === 0) continue;
    const pixel = (Math.round(255 * Math.max(LEAST_ALPHA, share[column])) << 24) | (b << 16) | (g << 8) | r;
    for (let at = column; at < pixels.length; at += share.length) pixels[at] = pixel;
  }
  strip.context.putImageData(image, 0, 0);
  context.drawImage(strip.canvas, 0, 0, share.length, height, 0, y, width, h);
}

function drawErrorMark(context, palette, { x, y, w, h }, isGroup) {
  context.fillStyle = palette.token['error-fill'];
  const cap = isGroup ? 2 : 3;
  context.fillRect(Math.max(x, x + w - cap), y, Math.min(cap, Math.max(1, w)), h);
}

function outline(context, colour, { x, y, w, h }) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
}

/** A 2 px line under the bar where the span (when folded: its subtree) is on the critical path. */
function drawPath(context, { session, view, palette }, id, { y, h }, width) {
  const { tree, path } = session;
  const node = session.isGroup(id) ? session.groupAt(id).members[0] : id;
  if (tree.pos[node] < 0) return;
  let places = 1;
  if (session.isGroup(id)) {
    const { members, kind } = session.groupAt(id);
    const tail = members[members.length - 1];
    places = kind === 'chain' ? members.length : tree.pos[tail] + tree.size[tail] - tree.pos[node];
    if (session.isExpanded(id)) return;
  } else if (!session.isExpanded(id)) places = tree.size[node];
  const [from, to] = segmentsOfPlaces(path, tree.pos, tree.pos[node], tree.pos[node] + places);
  const k = width / (view.v1 - view.v0);
  const line = Math.round(y + h + 1);
  const stretches = [];
  for (let i = from; i < to; i++) {
    const x0 = Math.max(-8, (path.from[i] - view.v0) * k), x1 = Math.min(width + 8, (path.to[i] - view.v0) * k);
    if (x1 > -8 && x0 < width + 8) stretches.push([x0, Math.max(x1, x0 + 1)]);
  }
  stretches.sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const stretch of stretches) {
    const before = merged[merged.length - 1];
    if (before && stretch[0] <= before[1] + 0.5) before[1] = Math.max(before[1], stretch[1]);
    else merged.push(stretch);
  }
  context.fillStyle = palette.token.bg;
  for (const [x0, x1] of merged) context.fillRect(x0 - 1, line - 1, x1 - x0 + 2, 4);
  context.fillStyle = palette.token.text;
  for (const [x0, x1] of merged) context.fillRect(x0, line, x1 - x0, 2);
}

function drawEvents(context, { eventsOf, view, palette }, id, { y, h }, width) {
  const events = eventsOf(id);
  if (events.length === 0) return;
  const middle = y + h / 2;
  for (const { x, count, isException } of eventMarks(events, view, width)) {
    context.beginPath();
    if (isException) {
      context.moveTo(x, middle - 5);
      context.lineTo(x + 5, middle + 4);
      context.lineTo(x - 5, middle + 4);
    } else {
      context.moveTo(x, middle - 4);
      context.lineTo(x + 4, middle);
      context.lineTo(x, middle + 4);
      context.lineTo(x - 4, middle);
    }
    context.closePath();
    context.fillStyle = isException ? palette.token['error-fill'] : palette.token.bg;
    context.strokeStyle = isException ? palette.token.bg : palette.token.text;
    context.lineWidth = 1;
    context.fill();
    context.stroke();
    if (count > 1) {
      context.fillStyle = palette.token['text-2'];
      context.textAlign = 'left';
      context.fillText(String(count), x + 6, y - 1);
    }
  }
}

function drawDuration(context, { session, palette }, id, { x, y, w, h }, width, failed) {
  const flagged = session.isRow(id) && endsBeforeStart(session.columns.bits[id]);
  const group = session.isGroup(id) && session.groupAt(id).kind !== 'chain';
  const text = flagged ? '⚠ ends before it starts' : formatDuration(group ? session.summaryOf(id).total : session.intervalOf(id).dur) + (group ? ' in all' : '');
  const place = placeLabel({ x, w }, width, textWidthOf(context, text));
  if (place === null) return;
  if (place.inside && group) return;
  context.fillStyle = flagged ? palette.token.warning : place.inside ? palette.ink[slotIndex(session.slotOf(id))] : palette.token[id === session.selected ? 'text-2' : 'text-3'];
  context.textAlign = place.align;
  if (place.inside && failed) {
    const ink = context.fillStyle;
    const textWidth = textWidthOf(context, text);
    context.fillStyle = palette.slot[slotIndex(session.slotOf(id))];
    context.fillRect(place.x - textWidth - 7, y, textWidth + 8, h);
    context.fillStyle = ink;
  }
  context.fillText(text, place.inside && failed ? place.x - 3 : place.x, y + h / 2 + 0.5);
}
