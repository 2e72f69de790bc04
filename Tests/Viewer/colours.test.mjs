// The colour thresholds of viewer.md §3, over the stylesheet itself: nobody edits a hex by eye.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const css = readFileSync(new URL('../../web/loupe.css', import.meta.url), 'utf8');
const themes = { light: {}, dark: {} };
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)) {
  themes.light[name] = light;
  themes.dark[name] = dark;
}

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a, b) => {
  const [low, high] = [a, b].map((hex) => luminance(rgb(hex).map(linear))).sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

/** Machado 2009, severity 1, on linear RGB. */
const VISIONS = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seenBy = (hex, matrix) => {
  const c = rgb(hex).map(linear);
  return matrix.map((row) => Math.min(1, Math.max(0, row[0] * c[0] + row[1] * c[1] + row[2] * c[2])));
};

function lab([r, g, b]) {
  const f = (t) => (t > 0.008856451679 ? Math.cbrt(t) : (903.2962963 * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047), y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b), z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000 (Sharma, Wu, Dalal 2005). */
function deltaE([l1, a1, b1], [l2, a2, b2]) {
  const rad = Math.PI / 180;
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7)));
  const p1 = a1 * (1 + g), p2 = a2 * (1 + g);
  const c1 = Math.hypot(p1, b1), c2 = Math.hypot(p2, b2);
  const hue = (b, a) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360);
  const h1 = hue(b1, p1), h2 = hue(b2, p2);
  let dh = c1 * c2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360; else if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad);
  const l = (l1 + l2) / 2, c = (c1 + c2) / 2;
  let h = h1 + h2;
  if (c1 * c2 !== 0) h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  const t = 1 - 0.17 * Math.cos((h - 30) * rad) + 0.24 * Math.cos(2 * h * rad) + 0.32 * Math.cos((3 * h + 6) * rad) - 0.2 * Math.cos((4 * h - 63) * rad);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const rt = -Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad) * 2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
  return Math.sqrt(((l2 - l1) / sl) ** 2 + ((c2 - c1) / sc) ** 2 + (dH / sh) ** 2 + rt * ((c2 - c1) / sc) * (dH / sh));
}
const difference = (a, b, vision = 'full') => deltaE(lab(seenBy(a, VISIONS[vision])), lab(seenBy(b, VISIONS[vision])));

test('CIEDE2000 agrees with published pairs', () => {
  assert.ok(Math.abs(deltaE([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 1e-3);
  assert.ok(Math.abs(deltaE([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619]) - 2.0373) < 1e-3);
});

/** [token, on bg, on panel, worst of raised and hover] */
const TEXT = {
  light: [['text', 18, 16.8, 15.9], ['text-2', 8, 7.5, 7.1], ['text-3', 5.5, 5.1, 4.8], ['accent', 6.6, 6.2, 5.8], ['error-text', 6.9, 6.5, 6.1], ['warning', 6.4, 5.5, 5.5], ['ok', 6.3, 5.5, 5.5], ['edge', 3.7, 3.5, 3.3]],
  dark: [['text', 15.3, 14, 12], ['text-2', 9.5, 8.6, 7.4], ['text-3', 6.9, 6.3, 5.5], ['accent', 8.2, 7.5, 6.4], ['error-text', 8.2, 7.5, 6.5], ['warning', 9.9, 7.4, 7.4], ['ok', 9.4, 7.4, 7.4], ['edge', 4.4, 4, 3.4]],
};
for (const theme of ['light', 'dark']) {
  const token = themes[theme];
  const slots = Array.from({ length: 24 }, (_, i) => token[`slot-${i + 1}`]);

  test(`${theme}: contrast of text and controls`, () => {
    for (const [name, onBg, onPanel, onWorst] of TEXT[theme]) {
      assert.ok(contrast(token[name], token.bg) >= onBg - 0.06, `${name} on bg: ${contrast(token[name], token.bg)}`);
      assert.ok(contrast(token[name], token.panel) >= onPanel - 0.06, `${name} on panel: ${contrast(token[name], token.panel)}`);
      assert.ok(Math.min(contrast(token[name], token.raised), contrast(token[name], token.hover)) >= onWorst - 0.06, `${name} on raised or hover`);
    }
    for (const name of ['text', 'text-2']) assert.ok(contrast(token[name], token.selected) >= 4.5, `${name} on selected`);
    assert.ok(contrast(token.text, token.found) >= (theme === 'light' ? 13.8 : 7.7));
    assert.ok(contrast(token['on-accent'], token.accent) >= 6.5);
    assert.ok(contrast(token['error-fill'], token.bg) >= (theme === 'light' ? 5.2 : 6.4));
  });

  test(`${theme}: service slots against ground, ink and the error colour`, () => {
    assert.equal(new Set(slots).size, 24);
    for (const [i, slot] of slots.entries()) {
      assert.ok(contrast(slot, token.bg) >= (theme === 'light' ? 3.255 : 4.235), `slot ${i + 1} on bg ${contrast(slot, token.bg)}`);
      assert.ok(contrast(slot, token.panel) >= (theme === 'light' ? 3.045 : 3.865), `slot ${i + 1} on panel ${contrast(slot, token.panel)}`);
      assert.ok(Math.max(contrast(slot, '#ffffff'), contrast(slot, '#0b0c0e')) >= 4.515, `ink on slot ${i + 1}`);
      assert.ok(difference(slot, token['error-fill']) >= 15.95, `slot ${i + 1} is too near the error colour: ${difference(slot, token['error-fill'])}`);
    }
  });

  const LEAST = {
    light: { full: [23, 16.5, 12.2, 8.2], protanopia: [13.5, 11.6, 7.3, 5.7], deuteranopia: [15.3, 10.2, 8.8, 5.2], tritanopia: [12.3, 11.8, 8, 5] },
    dark: { full: [29.1, 14.3, 11.5, 8], protanopia: [16.8, 11.5, 8, 5.7], deuteranopia: [14.6, 12.3, 9.9, 4.9], tritanopia: [10.3, 8, 8, 4.9] },
  };
  for (const vision of Object.keys(VISIONS)) {
    test(`${theme}: slots differ for ${vision} vision`, () => {
      [6, 8, 12, 24].forEach((count, k) => {
        let least = Infinity;
        for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) least = Math.min(least, difference(slots[i], slots[j], vision));
        assert.ok(least >= LEAST[theme][vision][k] - 0.06, `first ${count}: ${least.toFixed(2)}`);
      });
    });
  }

  test(`${theme}: heat steps are one monotone scale`, () => {
    const heat = Array.from({ length: 7 }, (_, i) => token[`heat-${i + 1}`]);
    for (let i = 1; i < 7; i++) {
      assert.ok(difference(heat[i], heat[i - 1]) >= 9.6, `heat ${i} to ${i + 1}`);
      const [before, after] = [heat[i - 1], heat[i]].map((hex) => luminance(rgb(hex).map(linear)));
      assert.ok(theme === 'light' ? after < before : after > before);
    }
  });
}
