// The entry: routes under /ui/, one page at a time, keys that work everywhere.

import { ApiError, fetchState } from './data/api.js';
import { epochMillis } from './model/units.js';
import { button, element } from './page/dom.js';
import { FirstRunPage } from './page/first-run-page.js';
import { SearchPage } from './page/search-page.js';
import { applyTheme, changeSettings, settings } from './page/settings.js';
import { Shell, isCommandKey } from './page/shell.js';
import { StatusPage } from './page/status-page.js';
import { TracePage } from './page/trace-page.js';

/** Where a new reader starts: what happened just now. */
const START = 'search?from=-15m&live=1';

class Viewer {
  #page = null;
  #route = '';
  #searchPage = null;
  #clockShift = 0;
  #wantsG = false;
  #lastSearch = START;

  async start() {
    applyTheme();
    this.shell = new Shell({ go: (path) => this.go(path), search: (words) => this.#search(words), typed: (text) => this.#page?.typed?.(text), leaveFind: () => this.#page?.focusList?.() });
    document.body.append(this.shell.quiet);
    window.addEventListener('popstate', () => this.#open());
    document.addEventListener('click', (event) => this.#follow(event));
    document.addEventListener('keydown', (event) => this.#key(event));
    await this.#connect();
  }

  async #connect() {
    try {
      this.state = await fetchState();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      this.shell.show(element('div', { class: 'message' }, element('strong', { text: failure.message }), button({ text: 'Try again', kind: 'primary', press: () => this.#connect() })), '');
      setTimeout(() => this.state === undefined && this.#connect(), 3000);
      return;
    }
    this.#clockShift = epochMillis(this.state.now) - Date.now();
    this.#open();
  }

  /** The server's clock, ms since 1970. */
  serverMillis() {
    return Date.now() + this.#clockShift;
  }

  /** Opens a path below the viewer's root as a new step of the history. */
  go(path) {
    history.pushState({ fromHere: true }, '', new URL(path, document.baseURI));
    this.#open();
  }

  #path() {
    return decodeURIComponent(location.pathname.slice(new URL(document.baseURI).pathname.length));
  }

  #open() {
    if (this.state === undefined) return;
    const path = this.#path();
    const query = new URLSearchParams(location.search);
    if (path === '' && (this.state.everReceived || this.#isKnownToHaveSpans)) {
      history.replaceState(history.state, '', new URL(START, document.baseURI));
      return this.#open();
    }
    const key = path.replace(/\/$/, '');
    if (key !== this.#route || this.#page === null) {
      this.#page?.leave();
      this.shell.fail('');
      this.#page = this.#makePage(key);
      this.#route = key;
      if (key !== 'search') this.shell.find.value = '';
    }
    if (key === 'search') this.#lastSearch = `search${location.search}`;
    this.shell.show(this.#page.element, key);
    this.#page.show(query);
  }

  #isKnownToHaveSpans = false;

  #makePage(path) {
    const options = { shell: this.shell, navigation: this.#navigation, state: this.state };
    const trace = /^trace\/([0-9a-f]{1,32})$/i.exec(path);
    if (trace) return new TracePage({ ...options, traceId: trace[1].toLowerCase().padStart(32, '0') });
    if (path === 'search') return (this.#searchPage ??= new SearchPage(options));
    if (path === 'status') return new StatusPage(options);
    if (path === '') return this.#firstRunPage(options);
    return missingPage(path, () => this.go(START));
  }

  #firstRunPage(options) {
    document.title = 'Waiting for the first span · Loupe';
    return new FirstRunPage({ ...options, received: async () => {
      this.#isKnownToHaveSpans = true;
      this.state = await fetchState().catch(() => this.state);
      this.#open();
    } });
  }

  #navigation = {
    go: (path) => this.go(path),
    back: () => (history.state?.fromHere ? history.back() : this.go(this.#lastSearch)),
    serverMillis: () => this.serverMillis(),
    keep: (name, value) => history.replaceState({ ...history.state, [name]: value }, ''),
    kept: (name) => history.state?.[name] ?? null,
    setQuery: (query, how) => {
      const url = new URL(location.pathname + query, location.origin);
      if (how === 'push') history.pushState({ fromHere: true }, '', url);
      else history.replaceState(history.state, '', url);
      if (how !== 'silent') this.#open();
    },
  };

  #search(words) {
    if (this.#route === 'search') this.#searchPage.search(words);
    else this.go(`search?live=1${words ? `&text=${encodeURIComponent(words)}` : ''}`);
  }

  /** Links inside the viewer change the page without loading it again. */
  #follow(event) {
    const link = event.target.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(new URL(document.baseURI).pathname) || link.classList.contains('skip')) return;
    event.preventDefault();
    const path = url.pathname.slice(new URL(document.baseURI).pathname.length);
    this.go(path === 'search' && url.search === '' ? this.#lastSearch : path + url.search);
  }

  #key(event) {
    if (event.defaultPrevented) return;
    if (this.#page?.chord?.(event)) return void event.preventDefault();
    if (!isCommandKey(event)) return;
    if (!settings().letterKeys && event.key.length === 1) return;
    if (this.#commonKey(event) || this.#page?.key(event)) event.preventDefault();
  }

  #commonKey(event) {
    if (this.#wantsG) {
      this.#wantsG = false;
      const path = { s: this.#lastSearch, t: 'status' }[event.key];
      if (path) this.go(path);
      if (path) return true;
    }
    if (event.key === '?') this.shell.showKeys();
    else if (event.key === 'u') {
      changeSettings({ utc: !settings().utc });
      this.shell.announce(settings().utc ? 'Times in UTC' : 'Times in local time');
    } else if (event.key === 'g') {
      this.#wantsG = true;
      setTimeout(() => { this.#wantsG = false; }, 1200);
    } else return false;
    return true;
  }
}

/** A page for an address that leads nowhere. */
function missingPage(path, start) {
  document.title = 'Not found · Loupe';
  return { element: element('div', { class: 'message' }, element('h1', { class: 'visually-hidden', text: 'Not found' }), element('strong', { text: 'There is no page at this address.' }), element('code', { text: path }),
    element('div', { class: 'actions' }, button({ text: 'Recent traces', kind: 'primary', press: start }))), show() {}, leave() {}, key: () => false };
}

new Viewer().start();
