// What follows the pointer: crosshair with the time under it, the range being brushed, a measured distance.

import { formatDuration } from '../model/units.js';
import { CANVAS_FONT, textWidthOf } from './surface.js';

/**
 * @param {import('./surface.js').Surface} surface  transparent
 * @param {{palette: import('./palette.js').Palette, cross: {x: number, time: number}|null, measure: {x0: number, x1: number, y: number, nanos: number}|null}} scene
 */
export function drawOverlay(surface, { palette, cross, measure }) {
  const { context, width, height } = surface;
  context.clearRect(0, 0, width, height);
  context.font = CANVAS_FONT;
  context.textBaseline = 'middle';
  if (cross) {
    context.fillStyle = palette.token['text-3'];
    context.globalAlpha = 0.5;
    context.fillRect(Math.round(cross.x), 0, 1, height);
    context.globalAlpha = 1;
  }
  if (measure) {
    const left = Math.min(measure.x0, measure.x1), right = Math.max(measure.x0, measure.x1);
    context.globalAlpha = 0.14;
    context.fillStyle = palette.token.accent;
    context.fillRect(left, 0, right - left, height);
    context.globalAlpha = 1;
    context.fillRect(left, 0, 1, height);
    context.fillRect(right - 1, 0, 1, height);
    tag(context, palette, formatDuration(measure.nanos), (left + right) / 2, measure.y, width);
  }
}

function tag(context, palette, text, x, y, width) {
  const w = textWidthOf(context, text) + 12;
  const left = Math.max(2, Math.min(width - w - 2, x - w / 2));
  context.fillStyle = palette.token.text;
  context.beginPath();
  context.roundRect(left, y - 10, w, 20, 4);
  context.fill();
  context.fillStyle = palette.token.bg;
  context.textAlign = 'left';
  context.fillText(text, left + 6, y + 0.5);
}
