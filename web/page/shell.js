// What every page has: top bar, status and alert regions, dialogs.

import { parseTraceReference } from '../model/trace-reference.js';
import { button, element, fill, icon, isTyping } from './dom.js';
import { keysDialog } from './keys-dialog.js';
import { changeSettings, settings } from './settings.js';

const THEMES = ['system', 'light', 'dark'];

export class Shell {
  #toastTimer = 0;

  /** @param {{go: (path: string) => void, search: (words: string) => void}} navigation */
  constructor(navigation) {
    this.navigation = navigation;
    this.find = element('input', { class: 'input', type: 'search', placeholder: 'Find a trace: id, traceparent, words', 'aria-label': 'Find a trace by id, traceparent or words', spellcheck: 'false', autocomplete: 'off' });
    this.main = element('main', { tabindex: '-1', id: 'main' });
    this.status = element('div', { class: 'toast', role: 'status' });
    this.quiet = element('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
    this.alert = element('div', { class: 'alert', role: 'alert' });
    this.links = [['search', 'Search'], ['status', 'Status']].map(([path, text]) => element('a', { href: path, text }));
    this.themeButton = button({ label: 'Theme', symbol: 'theme', kind: 'plain only-wide', press: () => this.nextTheme() });
    this.#nameTheme();
    const form = element('form', { role: 'search', on: { submit: (event) => { event.preventDefault(); this.#submit(); } } }, icon('find'), this.find, element('kbd', { text: '/', 'aria-hidden': 'true' }));
    this.header = element('header', { class: 'top' },
      element('a', { class: 'brand', href: './', 'aria-label': 'Loupe, start page' }, icon('lens'), element('span', { text: 'Loupe' })),
      element('nav', { 'aria-label': 'Pages' }, ...this.links), element('div', { class: 'top-find' }, form),
      this.themeButton, button({ label: 'Keys and settings', symbol: 'keys', kind: 'plain only-wide', title: 'Keys and settings (?)', press: () => this.showKeys() }),
      button({ label: 'Menu', symbol: 'more', kind: 'plain only-narrow', press: () => this.#showMenu() }));
    document.body.append(element('a', { class: 'skip', href: '#main', text: 'Skip to content', on: { click: (event) => { event.preventDefault(); this.main.focus(); } } }), this.header, this.alert, this.main, this.status);
    this.find.addEventListener('input', () => this.navigation.typed(this.find.value));
    this.find.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        if (this.find.value === '') this.find.blur();
        this.find.value = '';
        this.navigation.typed('');
      } else if (event.key === 'ArrowDown') {
        event.preventDefault();
        this.navigation.leaveFind();
      }
    });
  }

  /** Puts a page up and marks its link. */
  show(page, path) {
    if (this.main.firstChild !== page) fill(this.main, page);
    for (const link of this.links) {
      if (link.getAttribute('href') === path) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
    }
  }

  focusFind() {
    this.find.focus();
    this.find.select();
  }

  #submit() {
    const text = this.find.value.trim();
    const reference = parseTraceReference(text);
    if (reference) {
      this.find.value = '';
      this.find.blur();
      this.navigation.go(`trace/${reference.trace}${reference.span ? `?span=${reference.span}` : ''}`);
    } else this.navigation.search(text);
  }

  /** Says something in passing: seen for a moment, read by screen readers. */
  announce(text) {
    this.status.textContent = text;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => { this.status.textContent = ''; }, 2600);
  }

  /** Shows a failure until it is over; '' takes it away. */
  fail(sentence, retry = null) {
    if (sentence === '') return void (this.alert.childElementCount > 0 && fill(this.alert));
    if (this.alert.dataset.sentence === sentence && this.alert.firstChild) return;
    this.alert.dataset.sentence = sentence;
    fill(this.alert, icon('warning'), element('span', { text: sentence }), retry ? element('button', { type: 'button', class: 'link', text: 'Try again', on: { click: retry } }) : null);
  }

  nextTheme() {
    changeSettings({ theme: THEMES[(THEMES.indexOf(settings().theme) + 1) % THEMES.length] });
    this.#nameTheme();
    this.announce(`Theme: ${settings().theme}`);
  }

  #nameTheme() {
    const name = `Theme: ${settings().theme}`;
    this.themeButton.setAttribute('aria-label', name);
    this.themeButton.title = name;
  }

  showKeys() {
    const dialog = keysDialog(() => this.#nameTheme());
    this.#open(dialog);
  }

  #showMenu() {
    const close = () => dialog.close();
    const row = (text, press) => element('button', { type: 'button', text, on: { click: () => { close(); press(); } } });
    const dialog = element('dialog', { 'aria-label': 'Menu' }, element('div', { class: 'menu' },
      ...this.links.map((link) => element('a', { href: link.getAttribute('href'), text: link.textContent, on: { click: close } })),
      row('Change theme', () => this.nextTheme()), row('Keys and settings', () => this.showKeys()), row('Close', () => {})));
    this.#open(dialog);
  }

  #open(dialog) {
    document.body.append(dialog);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    dialog.showModal();
  }
}

/** True when a key press is meant as a single-letter command. */
export function isCommandKey(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && !document.querySelector('dialog[open]');
}
