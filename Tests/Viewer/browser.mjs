// A headless Chromium driven over the DevTools protocol through pipes: no package, no port. Test tooling.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAMES = [process.env.LOUPE_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].filter(Boolean);

/** The Chromium of this machine, or null. */
export function findChromium() {
  return NAMES.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) ?? null;
}

/** A running browser. `page()` opens a tab. */
export class Browser {
  #next = 1;
  #waiting = new Map();
  #listeners = new Set();
  #pieces = [];

  static async launch() {
    const browser = new Browser();
    browser.profile = mkdtempSync(join(tmpdir(), 'loupe-browser-'));
    browser.process = spawn(findChromium(), ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--disable-gpu', '--hide-scrollbars=false', '--no-first-run', '--disable-extensions', '--disable-dev-shm-usage', '--force-color-profile=srgb',
      `--user-data-dir=${browser.profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.process.stdio[4].on('data', (data) => browser.#read(data));
    await browser.send('Browser.getVersion');
    return browser;
  }

  #read(data) {
    let from = 0;
    for (let at = data.indexOf(0); at >= 0; at = data.indexOf(0, from)) {
      this.#pieces.push(data.subarray(from, at));
      from = at + 1;
      const message = JSON.parse(Buffer.concat(this.#pieces).toString());
      this.#pieces = [];
      if (message.id) {
        const { resolve, reject } = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error) reject(new Error(message.error.message)); else resolve(message.result);
      } else for (const listener of this.#listeners) listener(message);
    }
    if (from < data.length) this.#pieces.push(data.subarray(from));
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  on(listener) {
    this.#listeners.add(listener);
  }

  async page({ width = 1440, height = 900, dark = false, ratio = 1, touch = false } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, targetId, sessionId);
    await page.prepare({ width, height, dark, ratio, touch });
    return page;
  }

  async close() {
    await this.send('Browser.close').catch(() => {});
    await new Promise((resolve) => (this.process.exitCode === null ? this.process.once('exit', resolve) : resolve()));
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A tab. Collects everything the console says in `problems`. */
class Page {
  problems = [];

  constructor(browser, targetId, sessionId) {
    this.browser = browser;
    this.targetId = targetId;
    this.sessionId = sessionId;
    browser.on((message) => message.sessionId === sessionId && this.#note(message));
  }

  #note({ method, params }) {
    if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error' && !this.expected?.test(params.entry.text)) this.problems.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.consoleAPICalled' && /error|warning|assert/.test(params.type)) this.problems.push(params.args.map((arg) => arg.value ?? arg.description).join(' '));
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  async prepare({ width, height, dark, ratio, touch }) {
    await this.send('Page.enable');
    await this.send('Runtime.enable');
    await this.send('Log.enable');
    await this.resize(width, height, ratio);
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }, { name: 'prefers-reduced-motion', value: 'reduce' }] });
    if (touch) await this.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  }

  resize(width, height, ratio = 1) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: ratio, mobile: false });
  }

  async open(url) {
    await this.send('Page.navigate', { url });
  }

  /** Value of an expression in the page; promises are awaited. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is truthy and returns it. */
  async until(expression, millis = 8000) {
    const end = Date.now() + millis;
    for (;;) {
      const value = await this.evaluate(expression).catch(() => null);
      if (value) return value;
      if (Date.now() > end) throw new Error(`not within ${millis} ms: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Two frames, so that what was asked for has been drawn. */
  settle() {
    return this.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))');
  }

  async screenshot(file) {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }

  /** Middle of the first element that matches, in px. */
  async middle(selector) {
    const box = await this.evaluate(`(() => { const r = document.querySelector(${JSON.stringify(selector)})?.getBoundingClientRect(); return r && { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`);
    if (!box) throw new Error(`nothing matches ${selector}`);
    return box;
  }

  async click(target, { count = 1, modifiers = 0 } = {}) {
    const { x, y } = typeof target === 'string' ? await this.middle(target) : target;
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    for (let click = 1; click <= count; click++) {
      for (const type of ['mousePressed', 'mouseReleased']) await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: click, modifiers });
    }
    await this.settle();
  }

  async move(x, y) {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  }

  async drag(from, to, modifiers = 0) {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...from });
    await this.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...from, button: 'left', clickCount: 1, modifiers });
    for (let step = 1; step <= 4; step++) await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: from.x + ((to.x - from.x) * step) / 4, y: from.y + ((to.y - from.y) * step) / 4, button: 'left', buttons: 1, modifiers });
    await this.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...to, button: 'left', clickCount: 1, modifiers });
    await this.settle();
  }

  async wheel({ x, y }, deltaX, deltaY, modifiers = 0) {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX, deltaY, modifiers });
    await this.settle();
  }

  /** A key by its DOM name. modifiers: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift. */
  async press(key, modifiers = 0) {
    const codes = { ArrowDown: 40, ArrowUp: 38, ArrowLeft: 37, ArrowRight: 39, Enter: 13, Escape: 27, Backspace: 8, Home: 36, End: 35, PageDown: 34, PageUp: 33, Tab: 9 };
    const text = key.length === 1 && !(modifiers & 7) ? key : key === 'Enter' ? '\r' : undefined;
    await this.send('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', key, text, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0), modifiers });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0), modifiers });
    await this.settle();
  }

  async type(text) {
    await this.send('Input.insertText', { text });
    await this.settle();
  }

  close() {
    return this.browser.send('Target.closeTarget', { targetId: this.targetId });
  }
}
