// Textures laid over a service colour: error hatch, and four patterns for readers who cannot tell colours apart.

const made = new WeakMap();

function patternOf(context, key, paint, size) {
  const known = made.get(context) ?? made.set(context, new Map()).get(context);
  if (!known.has(key)) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = size;
    paint(tile.getContext('2d'));
    known.set(key, context.createPattern(tile, 'repeat'));
  }
  return known.get(key);
}

/** 45° hatch over a failed bar; the service colour stays visible. */
export function hatchPattern(context, ink) {
  return patternOf(context, `hatch ${ink}`, (tile) => {
    tile.strokeStyle = ink;
    tile.globalAlpha = 0.45;
    tile.lineWidth = 1.5;
    tile.beginPath();
    for (const shift of [-6, 0, 6]) {
      tile.moveTo(shift, 6);
      tile.lineTo(shift + 6, 0);
    }
    tile.stroke();
  }, 6);
}

/** One of four textures: vertical, horizontal, dots, falling hatch. */
export function texturePattern(context, which, ink) {
  return patternOf(context, `texture ${which} ${ink}`, (tile) => {
    tile.fillStyle = tile.strokeStyle = ink;
    tile.globalAlpha = 0.4;
    if (which === 0) tile.fillRect(0, 0, 1, 8);
    else if (which === 1) tile.fillRect(0, 2, 8, 1);
    else if (which === 2) {
      tile.fillRect(1, 1, 2, 2);
      tile.fillRect(5, 5, 2, 2);
    } else {
      tile.beginPath();
      tile.moveTo(0, 0);
      tile.lineTo(8, 8);
      tile.stroke();
    }
  }, 8);
}
