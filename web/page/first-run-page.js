// Before the first span: says that Loupe listens, what has knocked so far, and how to send something.

import { ApiError, fetchState, sendTraces } from '../data/api.js';
import { countOf, formatClock, zoneLabel } from '../model/units.js';
import { button, copyText, element, fill } from './dom.js';
import { problemsList } from './problems-list.js';
import { settings } from './settings.js';
import { exporterEndpoints, setupLines, testTrace } from './setup-lines.js';

const FIRST_SPAN_POLL_MILLIS = 1000;

export class FirstRunPage {
  #timer = 0;
  #language = 0;
  #left = false;
  #problemKey = '';

  /** @param {{shell: import('./shell.js').Shell, state: object, received: () => void}} options */
  constructor({ shell, state, received }) {
    this.shell = shell;
    this.received = received;
    this.heading = element('p', { class: 'second' });
    this.arrived = element('div');
    this.lines = element('div');
    const send = button({ text: 'Send a test trace', kind: 'primary', press: () => this.#sendTest(send) });
    this.element = element('div', { class: 'page scrolls' }, element('div', { class: 'sheet' },
      element('div', { class: 'waiting' }, element('h1', {}, element('span', { class: 'dot on' }), 'Waiting for the first span'), this.heading),
      step(1, 'Point an exporter here', this.lines),
      step(2, 'From a container', element('p', { class: 'second' }, 'There, ', element('code', { text: 'localhost' }), ' is the container itself. Use ', element('code', { text: 'http://host.docker.internal:4318' }), ' or the name of Loupe’s service.')),
      step(3, 'What has arrived so far', this.arrived),
      step(4, 'Or look around first', element('p', { class: 'second', text: 'Sends four spans of three made-up services through the same door your application will use.' }), element('div', {}, send))));
    this.#update(state);
    this.#schedule();
  }

  show() {}

  leave() {
    this.#left = true;
    clearTimeout(this.#timer);
  }

  key() {
    return false;
  }

  #schedule() {
    if (this.#left) return;
    this.#timer = setTimeout(async () => {
      try {
        const state = await fetchState();
        if (this.#left) return;
        this.shell.fail('');
        if (state.everReceived) return void this.received();
        this.#update(state);
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
        this.shell.fail(failure.message);
      }
      this.#schedule();
    }, FIRST_SPAN_POLL_MILLIS);
  }

  #update(state) {
    const otlp = state.listeners.filter((listener) => listener.name.startsWith('otlp'));
    const ports = otlp.map((listener) => /:(\d+)$/.exec(listener.address)?.[1]).filter(Boolean);
    const connections = otlp.reduce((sum, listener) => sum + listener.connections, 0);
    const { utc } = settings();
    const parts = [`Listening on ${ports.join(' and ') || 'no port'}`, `${countOf(connections, 'connection')} now, started ${formatClock(state.startedAt, { utc }).slice(0, -4)} ${zoneLabel(utc)}`];
    if (state.container) parts.push('running in a container');
    if (otlp.length > 0 && otlp.every((listener) => /^(127\.|\[?::1|localhost)/.test(listener.address))) parts.push(state.container ? 'bound to loopback, so nothing outside this container can reach it' : 'bound to loopback: this machine only');
    this.heading.textContent = parts.join(' · ');
    this.#showLines(setupLines(exporterEndpoints(state.listeners, location.hostname)));
    const key = JSON.stringify(state.problems);
    if (key === this.#problemKey && this.arrived.firstChild) return;
    this.#problemKey = key;
    fill(this.arrived, state.problems.length > 0 ? problemsList(state.problems, Number(BigInt(state.now) / 1_000_000n))
      : element('p', { class: 'second', text: connections > 0 ? 'Something is connected but has sent no span. If that lasts, check OTEL_TRACES_SAMPLER and that the application does some work.' : 'Nothing yet. Whatever is refused shows up here with the reason and the fix.' }));
  }

  #showLines(languages) {
    const key = JSON.stringify(languages);
    if (this.linesKey === key) return;
    this.linesKey = key;
    const tabs = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Language' });
    const panel = element('div', { role: 'tabpanel', id: 'setup-panel' });
    const choose = (index, focus = false) => {
      this.#language = index;
      [...tabs.children].forEach((tab, i) => {
        tab.setAttribute('aria-selected', String(i === index));
        tab.tabIndex = i === index ? 0 : -1;
        if (focus && i === index) tab.focus();
      });
      const { code, note } = languages[index];
      const copy = button({ text: 'Copy', symbol: 'copy', press: async () => this.shell.announce((await copyText(code)) ? 'Copied.' : 'The browser did not allow copying.') });
      fill(panel, element('div', { class: 'snippet' }, element('pre', { tabindex: '0' }, element('code', { text: code })), copy), note ? element('p', { class: 'second', text: note }) : null);
    };
    languages.forEach(({ name }, i) => tabs.append(element('button', { type: 'button', role: 'tab', 'aria-controls': 'setup-panel', text: name, on: { click: () => choose(i) } })));
    tabs.addEventListener('keydown', (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (move) choose((this.#language + move + languages.length) % languages.length, true);
    });
    choose(this.#language);
    fill(this.lines, tabs, panel);
  }

  async #sendTest(send) {
    send.disabled = true;
    const randomHex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
    try {
      await sendTraces(testTrace(BigInt(Date.now()) * 1_000_000n, randomHex).payload);
      this.shell.announce('Sent. It will be here in a moment.');
    } catch (failure) {
      this.shell.fail(`The test trace was not accepted: ${failure.message}`);
    } finally {
      send.disabled = false;
    }
  }
}

function step(number, title, ...body) {
  return element('section', { class: 'step' }, element('span', { class: 'number', text: String(number), 'aria-hidden': 'true' }), element('div', {}, element('h2', { text: title }), ...body));
}
