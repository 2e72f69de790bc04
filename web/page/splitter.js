// A border between two panes that can be dragged and moved with the arrow keys (16 px a step).

import { element } from './dom.js';

/**
 * @param {{kind: string, label: string, vertical: boolean, value: () => number, change: (pixels: number) => void, done: (pixels: number) => void, grows?: 1|-1}} options
 *   vertical: the border stands upright; grows: −1 when dragging right or down makes the pane smaller
 */
export function splitter({ kind, label, vertical, value, change, done, grows = 1 }) {
  const handle = element('div', { class: `splitter ${kind}`, role: 'separator', tabindex: '0', 'aria-label': label, 'aria-orientation': vertical ? 'vertical' : 'horizontal', 'aria-valuenow': '0' });
  const position = (event) => (isUpright() ? event.clientX : event.clientY);
  const isUpright = () => getComputedStyle(handle).cursor === 'col-resize';
  let from = null;
  handle.addEventListener('pointerdown', (event) => {
    from = { at: position(event), pixels: value() };
    handle.setPointerCapture(event.pointerId);
    handle.classList.add('dragging');
    event.preventDefault();
  });
  handle.addEventListener('pointermove', (event) => {
    if (from) change(from.pixels + (position(event) - from.at) * grows);
  });
  const finish = () => {
    if (!from) return;
    from = null;
    handle.classList.remove('dragging');
    done(value());
  };
  handle.addEventListener('pointerup', finish);
  handle.addEventListener('pointercancel', finish);
  handle.addEventListener('focus', () => {
    handle.setAttribute('aria-orientation', isUpright() ? 'vertical' : 'horizontal');
    handle.setAttribute('aria-valuenow', String(Math.round(value())));
  });
  handle.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -16, ArrowUp: -16, ArrowRight: 16, ArrowDown: 16 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    change(value() + step * grows);
    handle.setAttribute('aria-valuenow', String(Math.round(value())));
    done(value());
  });
  return handle;
}
