// The two strips above the bars: the axis of the view and the minimap of the whole trace.

import { slotIndex } from './palette.js';
import { CANVAS_FONT, textWidthOf } from './surface.js';

/**
 * @param {import('./surface.js').Surface} surface
 * @param {{ticks: object, palette: import('./palette.js').Palette, brush: {x0: number, x1: number}|null}} scene
 */
export function drawAxis(surface, { ticks, palette, brush }) {
  const { context, width, height } = surface;
  context.fillStyle = palette.token.bg;
  context.fillRect(0, 0, width, height);
  if (brush) {
    context.fillStyle = palette.token.selected;
    context.fillRect(brush.x0, 0, brush.x1 - brush.x0, height);
  }
  context.fillStyle = palette.token.edge;
  for (const x of ticks.minor) context.fillRect(Math.round(x), height - 4, 1, 4);
  for (const { x } of ticks.major) context.fillRect(Math.round(x), height - 8, 1, 8);
  context.font = CANVAS_FONT;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  let free = 0;
  if (ticks.base) {
    context.fillStyle = palette.token['text-2'];
    context.fillText(ticks.base.label, 6, height / 2 - 1);
    free = 6 + textWidthOf(context, ticks.base.label) + 10;
  }
  context.fillStyle = palette.token['text-3'];
  for (const { x, label } of ticks.major) {
    const left = Math.round(x) + 5;
    if (left < free || left + textWidthOf(context, label) > width - 2) continue;
    context.fillText(label, left, height / 2 - 1);
  }
}

/**
 * @param {import('./surface.js').Surface} surface
 * @param {object} scene
 * @param {import('../model/minimap-layout.js').MinimapLayout} scene.layout
 * @param {import('./palette.js').Palette} scene.palette
 * @param {(band: number) => number} scene.slotOfBand   colour slot
 * @param {{x0: number, x1: number}|null} scene.window  the view, null when it is the whole trace
 * @param {{x0: number, x1: number}[]} scene.path       critical path of long segments
 * @param {number[]} scene.matches                      x of find matches
 */
export function drawMinimap(surface, { layout, palette, slotOfBand, window: shown, path, matches }) {
  const { context, width, height } = surface;
  context.globalAlpha = 1;
  context.fillStyle = palette.token.panel;
  context.fillRect(0, 0, width, height);
  const top = 9, bottom = height - 6;
  const column = width / layout.columns;
  const scale = (bottom - top) / Math.sqrt(layout.most);
  const reached = new Float32Array(layout.columns);
  for (let band = 0; band < layout.active.length; band++) {
    context.fillStyle = palette.slot[slotIndex(slotOfBand(band))];
    for (let i = 0; i < layout.columns; i++) {
      const count = layout.active[band][i];
      if (count <= 0) continue;
      const low = bottom - Math.sqrt(reached[i]) * scale;
      reached[i] += count;
      const high = bottom - Math.sqrt(reached[i]) * scale;
      context.fillRect(i * column, high, Math.ceil(column), Math.max(0.5, low - high));
    }
  }
  context.fillStyle = palette.token['error-fill'];
  let lastMark = -8;
  for (let i = 0; i < layout.columns; i++) {
    const x = (i + 0.5) * column;
    if (layout.errors[i] === 0 || x - lastMark < 6) continue;
    lastMark = x;
    context.beginPath();
    context.moveTo(x, 1);
    context.lineTo(x + 4, 7.5);
    context.lineTo(x - 4, 7.5);
    context.fill();
  }
  context.fillStyle = palette.token.text;
  for (const { x0, x1 } of path) context.fillRect(x0, height - 4, Math.max(1, x1 - x0), 2);
  context.fillStyle = palette.token.accent;
  for (const x of matches) context.fillRect(Math.round(x) - 1, height - 6, 3, 3);
  if (shown) {
    context.globalAlpha = 0.62;
    context.fillStyle = palette.token.bg;
    context.fillRect(0, 0, Math.max(0, shown.x0), height);
    context.fillRect(shown.x1, 0, Math.max(0, width - shown.x1), height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.token.accent;
    context.lineWidth = 1;
    context.strokeRect(Math.round(shown.x0) + 0.5, 0.5, Math.max(2, Math.round(shown.x1 - shown.x0) - 1), height - 1);
    context.fillStyle = palette.token.accent;
    for (const x of [shown.x0, shown.x1]) context.fillRect(Math.round(x) - 2, height / 2 - 7, 4, 14);
  }
}
