// All keys, searchable, and the few settings there are.

import { element, fill, icon } from './dom.js';
import { changeSettings, settings } from './settings.js';

const KEY_TABLE = [
  ['Everywhere', [['/', 'Search box, or find in trace'], ['?', 'Keys and settings'], ['g s', 'Search'], ['g t', 'Status'], ['u', 'Local time or UTC'], ['Esc', 'Close the topmost thing, clear find, stop loading']]],
  ['List of traces', [['↑ ↓', 'Row'], ['Enter', 'Open'], ['l', 'Live or paused'], ['t', 'Time range'], ['Home', 'Newest']]],
  ['Trace: moving', [['↑ ↓', 'Row'], ['PgUp PgDn', 'Page'], ['Home End', 'First, last row'], ['→', 'Unfold, then first child'], ['←', 'Fold, then parent'], ['*', 'Unfold all siblings'], ['Shift ←', 'Fold all siblings'], ['Enter', 'Details'], ['r', 'Selection as root'], ['Backspace', 'Leave subtree, then back to the list']]],
  ['Trace: time', [['w s', 'Zoom in, out'], ['+ −', 'Zoom in, out'], ['a d', 'Pan left, right; Shift: further'], ['f', 'Fit selection; again: back'], ['0', 'Whole trace'], ['Alt ←', 'Zoom before this one'], ['Shift drag', 'Measure between span edges']]],
  ['Trace: seeing', [['n N', 'Next, previous match'], ['e E', 'Next, previous error'], ['c', 'Critical path'], ['G', 'Group equal spans'], ['o', 'Overview of all rows'], ['y', 'Copy link'], ['Y', 'Copy trace id']]],
];

/** @param {() => void} themeChanged @returns {HTMLDialogElement} not yet shown */
export function keysDialog(themeChanged) {
  const table = element('div', { class: 'keys' });
  const search = element('input', { class: 'input', type: 'search', placeholder: 'Search keys', 'aria-label': 'Search keys' });
  const render = () => fill(table, ...KEY_TABLE.map(([title, keys]) => keySection(title, keys, search.value.trim().toLowerCase())));
  search.addEventListener('input', render);
  render();
  const close = element('button', { type: 'button', class: 'button icon-only plain', 'aria-label': 'Close' }, icon('close'));
  const dialog = element('dialog', { 'aria-label': 'Keys and settings' },
    element('div', { class: 'dialog-head' }, element('h2', { text: 'Keys and settings' }), search, close),
    element('div', { class: 'dialog-body' }, table, settingControls(themeChanged)));
  close.addEventListener('click', () => dialog.close());
  return dialog;
}

function keySection(title, keys, words) {
  const shown = keys.filter(([key, meaning]) => words === '' || `${key} ${meaning} ${title}`.toLowerCase().includes(words));
  if (shown.length === 0) return null;
  return element('section', {}, element('h3', { text: title }), element('ul', {}, ...shown.map(([key, meaning]) =>
    element('li', {}, element('span', { text: meaning }), element('span', {}, ...key.split(' ').map((cap) => element('kbd', { text: cap })))))));
}

function settingControls(themeChanged) {
  const theme = element('select', { class: 'select', 'aria-label': 'Theme' }, ...['system', 'light', 'dark'].map((name) => element('option', { value: name, text: `Theme: ${name}`, selected: settings().theme === name })));
  theme.addEventListener('change', () => {
    changeSettings({ theme: theme.value });
    themeChanged();
  });
  const check = (name, text) => {
    const box = element('input', { type: 'checkbox', checked: settings()[name], on: { change: () => changeSettings({ [name]: box.checked }) } });
    return element('label', { class: 'check' }, box, text);
  };
  return element('div', { class: 'settings' }, theme, check('letterKeys', 'Single-letter keys'), check('utc', 'Times in UTC'), check('patterns', 'Textures over service colours'));
}
