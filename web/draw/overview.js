// The overview picture: one pixel per winner of the raster.

/**
 * @param {import('./surface.js').Surface} surface
 * @param {Uint32Array} winner   of `rasterOverview`, device px
 * @param {(node: number) => [number, number, number]} rgbOf
 * @param {import('./palette.js').Palette} palette
 * @param {Uint8Array|null} onPath  node -> 1
 */
export function drawOverview({ context, canvas }, winner, rgbOf, palette, onPath) {
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const ground = packPixel(palette.tokenRgb.bg);
  const failed = packPixel(palette.tokenRgb['error-fill']);
  const path = packPixel(palette.tokenRgb.text);
  const known = new Map();
  for (let at = 0; at < winner.length; at++) {
    const value = winner[at];
    if (value === 0) pixels[at] = ground;
    else if (value >= 0x80000000) pixels[at] = failed;
    else if (onPath !== null && onPath[value - 1] === 1) pixels[at] = path;
    else {
      const rgb = rgbOf(value - 1);
      if (!known.has(rgb)) known.set(rgb, packPixel(rgb));
      pixels[at] = known.get(rgb);
    }
  }
  context.putImageData(image, 0, 0);
}

function packPixel([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
