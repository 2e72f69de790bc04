// Making elements without markup strings: the page's policy forbids innerHTML, and text from spans may hold anything.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element. `props`: `class`, `text`, `data` (dataset), `on` (listeners), booleans set properties, the rest attributes.
 * @param {string} tag
 * @param {object} [props]
 * @param {...(Node|string|null|false|undefined)} children
 */
export function element(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name === 'class') made.className = value;
    else if (name === 'text') made.textContent = value;
    else if (name === 'data') Object.assign(made.dataset, value);
    else if (name === 'on') for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (typeof value === 'boolean') made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A symbol of the sprite in index.html; always beside a word or inside something with a name. */
export function icon(name, size = '') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', size ? `icon ${size}` : 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button with an optional icon; `label` names it when it shows no words. */
export function button({ label = '', text = '', symbol = '', kind = '', press = null, pressed = undefined, title = undefined }) {
  const made = element('button', { type: 'button', class: `button ${kind}${text === '' ? ' icon-only' : ''}`.trim(), 'aria-label': text === '' ? label : null, title: title ?? (text === '' ? label : null),
    'aria-pressed': pressed === undefined ? null : String(pressed) });
  if (symbol) made.append(icon(symbol));
  if (text) made.append(text);
  if (press) made.addEventListener('click', press);
  return made;
}

/** The colour square of a service; `slot` undefined = no service name. */
export function swatch(slot) {
  return element('span', { class: 'swatch', data: slot ? { slot: String(slot) } : {}, 'aria-hidden': 'true' });
}

/** Replaces what an element holds. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

/** True while typing: single-letter keys must not act. */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== 'checkbox');
}

/** Runs `act` once things have been quiet for `millis`. */
export function debounce(millis, act) {
  let timer = 0;
  const run = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...args), millis);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}

/** Puts text on the clipboard; also where the page is not in a secure context. @returns {Promise<boolean>} */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
    area.value = text;
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus?.();
    return done;
  }
}
