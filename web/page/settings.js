// What this reader chose, kept in this browser only.

const KEY = 'loupe.settings';
const DEFAULTS = { theme: 'system', letterKeys: true, utc: false, patterns: false, widths: {} };

let current = read();
const watchers = new Set();

function read() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return { ...DEFAULTS };
  }
}

/** @returns {{theme: 'system'|'light'|'dark', letterKeys: boolean, utc: boolean, patterns: boolean, widths: Object<string, number>}} */
export function settings() {
  return current;
}

/** Changes some settings, keeps them and tells everyone who asked. */
export function changeSettings(changes) {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch { /* private mode: the choice lasts as long as the page */ }
  applyTheme();
  for (const watcher of watchers) watcher(current);
}

/** Calls `watcher` after each change, also when the system switches between light and dark. @returns {() => void} stops it */
export function watchSettings(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Sets the theme on the document; the stylesheet does the rest. */
export function applyTheme() {
  if (current.theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current.theme;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const watcher of watchers) watcher(current);
});

/** How many px a splitter was left at in this width class, or `fallback`. */
export function rememberedWidth(name, fallback) {
  return current.widths[`${name}.${widthClass()}`] ?? fallback;
}

export function rememberWidth(name, pixels) {
  changeSettings({ widths: { ...current.widths, [`${name}.${widthClass()}`]: Math.round(pixels) } });
}

/** The four layouts of viewer.md §2.2. @returns {'phone'|'tablet'|'desktop'|'wall'} */
export function widthClass() {
  const width = window.innerWidth;
  return width <= 600 ? 'phone' : width < 1200 ? 'tablet' : width < 2200 ? 'desktop' : 'wall';
}
