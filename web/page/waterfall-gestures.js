// Pointer, wheel and touch on the waterfall (viewer.md §4.4). A gesture that began as scroll, pan or zoom stays that for
// 150 ms after its last event; plain wheel only ever scrolls.

import { fitView, panView, timeToX, wheelPixels, wheelZoomFactor, wholeView, xToTime, zoomView } from '../model/viewport.js';

const GESTURE_MILLIS = 150;
const CLICK_PIXELS = 4;
const TOUCH_LOCK_PIXELS = 8;
/** How near a span's edge a measurement snaps, in px. */
const SNAP_PIXELS = 6;

export class WaterfallGestures {
  #wheel = { kind: '', until: 0 };
  #ctrlDown = false;
  #drag = null;
  #touches = new Map();
  #touch = null;
  #life = new AbortController();

  /** @param {import('./waterfall.js').Waterfall} waterfall */
  constructor(waterfall) {
    this.waterfall = waterfall;
    const { scroller, barBox, axisBox, minimapBox } = waterfall;
    scroller.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    for (const strip of [axisBox, minimapBox]) strip.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    const noteControl = (event) => { this.#ctrlDown = event.ctrlKey || event.metaKey; };
    for (const type of ['keydown', 'keyup']) document.addEventListener(type, noteControl, { signal: this.#life.signal });
    barBox.addEventListener('pointerdown', (event) => this.#pressBars(event));
    barBox.addEventListener('pointermove', (event) => this.#moveOverBars(event));
    barBox.addEventListener('pointerup', (event) => this.#releaseBars(event));
    barBox.addEventListener('pointercancel', (event) => this.#cancelBars(event));
    barBox.addEventListener('pointerleave', () => { if (!this.#drag) waterfall.hover(-1, null); });
    barBox.addEventListener('dblclick', (event) => {
      if (waterfall.overview) return;
      waterfall.fitOrReturn(waterfall.idAtY(this.#inside(event).y));
    });
    this.#brushable(axisBox, 'axis');
    this.#brushable(minimapBox, 'minimap');
    minimapBox.addEventListener('keydown', (event) => this.#minimapKey(event));
  }

  destroy() {
    this.#life.abort();
  }

  get #traceNanos() {
    return this.waterfall.session.columns.traceNanos;
  }

  #inside(event, box = this.waterfall.barBox) {
    const { left, top } = box.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** The instant under a pointer anywhere over bars, axis or labels (the left edge, then). */
  timeAt(event) {
    const { x } = this.#inside(event);
    return xToTime(Math.max(0, Math.min(this.waterfall.barWidth, x)), this.waterfall.view, this.waterfall.barWidth);
  }

  // ---- wheel

  #onWheel(event) {
    const { waterfall } = this;
    const page = waterfall.viewportHeight;
    const across = wheelPixels(event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX, event.deltaMode, page);
    const along = wheelPixels(event.deltaY, event.deltaMode, page);
    const now = performance.now();
    const wanted = event.ctrlKey || event.metaKey ? 'zoom' : event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY) ? 'pan' : 'scroll';
    const kind = now < this.#wheel.until ? this.#wheel.kind : wanted;
    this.#wheel = { kind, until: now + GESTURE_MILLIS };
    if (event.ctrlKey || event.metaKey || kind !== 'scroll' || waterfall.isScrollScaled || event.currentTarget !== waterfall.scroller) event.preventDefault();
    if (kind === 'zoom' && wanted === 'zoom') {
      const isPinch = event.ctrlKey && !this.#ctrlDown;
      waterfall.setView(zoomView(waterfall.view, this.timeAt(event), wheelZoomFactor(along, isPinch), this.#traceNanos));
    } else if (kind === 'pan') {
      waterfall.setView(panView(waterfall.view, (across / waterfall.barWidth) * (waterfall.view.v1 - waterfall.view.v0), this.#traceNanos));
    } else if (kind === 'scroll' && !event.ctrlKey && (waterfall.isScrollScaled || event.currentTarget !== waterfall.scroller)) {
      waterfall.setTop(waterfall.top + along / waterfall.rowHeight);
    }
  }

  // ---- bars: click, pan, measure, touch

  #pressBars(event) {
    const { waterfall } = this;
    if (event.button !== 0) return;
    if (event.pointerType === 'touch') return void this.#touchDown(event);
    const at = this.#inside(event);
    this.#drag = { from: at, view: waterfall.view, top: waterfall.top, moved: false, measures: event.shiftKey, time: this.#snapped(event) };
    waterfall.barBox.setPointerCapture(event.pointerId);
  }

  #moveOverBars(event) {
    const { waterfall } = this;
    if (event.pointerType === 'touch') return void this.#touchMove(event);
    const at = this.#inside(event);
    const drag = this.#drag;
    if (!drag) return void waterfall.hover(waterfall.idAtY(at.y), at);
    if (!drag.moved && Math.hypot(at.x - drag.from.x, at.y - drag.from.y) <= CLICK_PIXELS) return;
    drag.moved = true;
    if (drag.measures) {
      waterfall.measure = { from: drag.time, to: this.#snapped(event), y: at.y };
      waterfall.invalidate();
      return;
    }
    waterfall.barBox.classList.add('panning');
    waterfall.hover(-1, null);
    const perPixel = (drag.view.v1 - drag.view.v0) / waterfall.barWidth;
    waterfall.setView(panView(drag.view, -(at.x - drag.from.x) * perPixel, this.#traceNanos));
    waterfall.setTop(drag.top - (at.y - drag.from.y) / waterfall.rowHeight);
  }

  #releaseBars(event) {
    const { waterfall } = this;
    if (event.pointerType === 'touch') return void this.#touchUp(event);
    const drag = this.#drag;
    this.#drag = null;
    waterfall.barBox.classList.remove('panning');
    if (!drag || drag.moved) return;
    this.#click(drag.from.y);
  }

  #click(y) {
    const { waterfall } = this;
    const id = waterfall.idAtY(y);
    if (waterfall.overview) {
      const row = waterfall.session.rows.rowOf[id];
      waterfall.setOverview(false);
      waterfall.setTop(row - waterfall.viewportHeight / waterfall.rowHeight / 2);
    }
    if (id >= 0) waterfall.listener.select(id, 'pointer');
    waterfall.scroller.focus({ preventScroll: true });
  }

  #cancelBars(event) {
    this.#drag = null;
    this.#touches.delete(event.pointerId);
    this.waterfall.barBox.classList.remove('panning');
  }

  /** The nearest edge of the span under the pointer, else the instant itself. */
  #snapped(event) {
    const { waterfall } = this;
    const { x, y } = this.#inside(event);
    const time = xToTime(x, waterfall.view, waterfall.barWidth);
    const id = waterfall.idAtY(y);
    if (id < 0) return time;
    const { start, dur } = waterfall.session.intervalOf(id);
    const near = [start, start + dur].find((edge) => Math.abs(timeToX(edge, waterfall.view, waterfall.barWidth) - x) <= SNAP_PIXELS);
    return near ?? time;
  }

  #touchDown(event) {
    this.#touches.set(event.pointerId, this.#inside(event));
    this.waterfall.barBox.setPointerCapture(event.pointerId);
    const { view, top, barWidth } = this.waterfall;
    const fingers = [...this.#touches.values()];
    if (fingers.length === 1) this.#touch = { kind: '', from: fingers[0], view, top };
    else if (fingers.length === 2) this.#touch = { kind: 'zoom', times: fingers.map(({ x }) => xToTime(x, view, barWidth)) };
  }

  #touchMove(event) {
    if (!this.#touches.has(event.pointerId) || !this.#touch) return;
    const { waterfall } = this;
    this.#touches.set(event.pointerId, this.#inside(event));
    const fingers = [...this.#touches.values()];
    const touch = this.#touch;
    if (touch.kind === 'zoom') {
      if (fingers.length !== 2 || Math.abs(fingers[1].x - fingers[0].x) < 2) return;
      const perPixel = (touch.times[1] - touch.times[0]) / (fingers[1].x - fingers[0].x);
      if (perPixel <= 0) return;
      const v0 = touch.times[0] - fingers[0].x * perPixel;
      waterfall.setView({ v0, v1: v0 + perPixel * waterfall.barWidth });
      return;
    }
    const dx = fingers[0].x - touch.from.x, dy = fingers[0].y - touch.from.y;
    if (touch.kind === '' && Math.hypot(dx, dy) > TOUCH_LOCK_PIXELS) touch.kind = Math.abs(dx) > Math.abs(dy) ? 'pan' : 'scroll';
    if (touch.kind === 'pan') waterfall.setView(panView(touch.view, (-dx / waterfall.barWidth) * (touch.view.v1 - touch.view.v0), this.#traceNanos));
    if (touch.kind === 'scroll') waterfall.setTop(touch.top - dy / waterfall.rowHeight);
  }

  #touchUp(event) {
    const touch = this.#touch;
    this.#touches.delete(event.pointerId);
    if (this.#touches.size === 0) {
      this.#touch = null;
      if (touch?.kind === '') this.#click(touch.from.y);
    } else if (touch?.kind === 'zoom') this.#touch = { kind: 'done' };
  }

  // ---- brushing a range on axis and minimap

  #brushable(box, on) {
    const { waterfall } = this;
    const widthOf = () => (on === 'axis' ? waterfall.barWidth : box.clientWidth);
    const shown = () => (on === 'axis' ? waterfall.view : wholeView(this.#traceNanos));
    let drag = null;
    const windowEdges = () => {
      const whole = shown();
      return [timeToX(waterfall.view.v0, whole, widthOf()), timeToX(waterfall.view.v1, whole, widthOf())];
    };
    box.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const { x } = this.#inside(event, box);
      const [left, right] = windowEdges();
      const movable = on === 'minimap' && !waterfall.isWhole;
      const part = !movable ? 'new' : Math.abs(x - left) < 6 ? 'left' : Math.abs(x - right) < 6 ? 'right' : x > left && x < right ? 'middle' : 'new';
      drag = { part, x, view: waterfall.view, moved: false };
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener('pointermove', (event) => {
      const { x } = this.#inside(event, box);
      if (!drag) {
        const [left, right] = windowEdges();
        if (on === 'minimap') box.style.cursor = waterfall.isWhole ? 'crosshair' : Math.min(Math.abs(x - left), Math.abs(x - right)) < 6 ? 'ew-resize' : x > left && x < right ? 'grab' : 'crosshair';
        return;
      }
      if (!drag.moved && Math.abs(x - drag.x) <= CLICK_PIXELS) return;
      drag.moved = true;
      const nanos = ((x - drag.x) / widthOf()) * (shown().v1 - shown().v0);
      if (drag.part === 'new') {
        waterfall.brush = { on, x0: drag.x, x1: Math.max(0, Math.min(widthOf(), x)) };
        waterfall.changed();
      } else if (drag.part === 'middle') waterfall.setView(panView(drag.view, nanos, this.#traceNanos));
      else {
        const v0 = drag.part === 'left' ? Math.min(drag.view.v0 + nanos, drag.view.v1 - 100) : drag.view.v0;
        const v1 = drag.part === 'right' ? Math.max(drag.view.v1 + nanos, drag.view.v0 + 100) : drag.view.v1;
        waterfall.setView({ v0, v1 });
      }
    });
    const finish = (event) => {
      if (!drag) return;
      const { brush } = waterfall;
      if (drag.part === 'new' && drag.moved && brush) {
        const times = [xToTime(brush.x0, shown(), widthOf()), xToTime(brush.x1, shown(), widthOf())].sort((a, b) => a - b);
        waterfall.setView({ v0: times[0], v1: times[1] }, { remember: true, smooth: true });
      } else if (!drag.moved && on === 'minimap' && !waterfall.isWhole) {
        const time = xToTime(this.#inside(event, box).x, shown(), widthOf());
        const half = (waterfall.view.v1 - waterfall.view.v0) / 2;
        if (drag.part === 'new') waterfall.setView({ v0: time - half, v1: time + half }, { smooth: true });
      }
      waterfall.brush = null;
      drag = null;
      waterfall.changed();
    };
    box.addEventListener('pointerup', finish);
    box.addEventListener('pointercancel', finish);
    box.addEventListener('dblclick', () => waterfall.fitAll());
  }

  #minimapKey(event) {
    const { waterfall } = this;
    const length = waterfall.view.v1 - waterfall.view.v0;
    const middle = (waterfall.view.v0 + waterfall.view.v1) / 2;
    const act = {
      ArrowLeft: () => panView(waterfall.view, -length * 0.1, this.#traceNanos), ArrowRight: () => panView(waterfall.view, length * 0.1, this.#traceNanos),
      ArrowUp: () => zoomView(waterfall.view, middle, 0.8, this.#traceNanos), ArrowDown: () => zoomView(waterfall.view, middle, 1.25, this.#traceNanos),
      Home: () => wholeView(this.#traceNanos), End: () => fitView(middle, middle, this.#traceNanos),
    }[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    waterfall.setView(act());
  }
}
