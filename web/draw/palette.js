// Colours of the stylesheet as canvas and pixels need them. The stylesheet is the only source.

const TOKENS = ['bg', 'panel', 'hover', 'selected', 'found', 'text', 'text-2', 'text-3', 'accent', 'error-fill', 'warning', 'edge', 'line', 'heat-3', 'heat-5'];
const SLOTS = 24;

/**
 * @typedef {object} Palette
 * @property {Object<string, string>} token   token name -> CSS colour
 * @property {string[]} slot                  colour slot (1 … 24) -> CSS colour; [0] = no service
 * @property {[number, number, number][]} slotRgb
 * @property {string[]} ink                   label ink inside a bar of that slot
 * @property {boolean} forced                 forced colours: bars are outlines
 */

/** Reads the palette of the theme in force. @returns {Palette} */
export function readPalette() {
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const colourOf = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const token = Object.fromEntries(TOKENS.map((name) => [name, colourOf(name)]));
  const slot = [token.edge];
  for (let i = 1; i <= SLOTS; i++) slot.push(colourOf(`slot-${i}`));
  probe.remove();
  const slotRgb = slot.map(rgbOf);
  return { token, slot, slotRgb, ink: slotRgb.map(inkOn), tokenRgb: Object.fromEntries(TOKENS.map((name) => [name, rgbOf(token[name])])),
    forced: matchMedia('(forced-colors: active)').matches };
}

function rgbOf(colour) {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
  return [r, g, b];
}

/** The better of white and near-black on a colour. */
function inkOn([r, g, b]) {
  const linear = [r, g, b].map((value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.0533 ? '#ffffff' : '#0b0c0e';
}

/** The colour slot of a service, wrapped to what the stylesheet has; 0 = no service. */
export function slotIndex(slot) {
  return slot ? ((slot - 1) % SLOTS) + 1 : 0;
}
