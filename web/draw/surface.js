// A canvas that matches its box in device pixels.

/** Backing stores never exceed this many device pixels: the ratio is lowered, not the size. */
const MOST_PIXELS = 16e6;

/**
 * @typedef {object} Surface
 * @property {HTMLCanvasElement} canvas
 * @property {CanvasRenderingContext2D} context  scaled so that 1 unit = 1 CSS px
 * @property {number} width   CSS px
 * @property {number} height  CSS px
 * @property {number} ratio   device px per CSS px
 */

/** @param {HTMLCanvasElement} canvas @param {boolean} opaque @returns {Surface} */
export function createSurface(canvas, opaque) {
  canvas.setAttribute('aria-hidden', 'true');
  return { canvas, context: canvas.getContext('2d', { alpha: !opaque }), width: 0, height: 0, ratio: 1 };
}

/** Adapts the backing store to the box. Cheap when nothing changed. */
export function resizeSurface(surface, width, height) {
  let ratio = window.devicePixelRatio || 1;
  if (width * height * ratio * ratio > MOST_PIXELS) ratio = Math.sqrt(MOST_PIXELS / (width * height));
  if (surface.width === width && surface.height === height && surface.ratio === ratio) return;
  Object.assign(surface, { width, height, ratio });
  surface.canvas.width = Math.max(1, Math.round(width * ratio));
  surface.canvas.height = Math.max(1, Math.round(height * ratio));
  surface.context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

const textWidths = new Map();

/** Width of a text in the context's font, measured once. */
export function textWidthOf(context, text) {
  let width = textWidths.get(text);
  if (width === undefined) {
    width = context.measureText(text).width;
    if (textWidths.size > 20_000) textWidths.clear();
    textWidths.set(text, width);
  }
  return width;
}

/** The font of axis and bar labels. */
export const CANVAS_FONT = '12px system-ui, sans-serif';
