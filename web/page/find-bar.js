// Find in trace: the field, "3 of 12", next and previous, `only matches`.

import { formatCount } from '../model/units.js';
import { button, debounce, element, icon } from './dom.js';

export class FindBar {
  /** The server is still looking through attributes, events and status texts. */
  isAsking = false;

  /** @param {{changed: (text: string) => void, step: (by: number) => void, only: (only: boolean) => void, left: () => void}} listener */
  constructor(listener) {
    const changedSoon = debounce(120, () => listener.changed(this.input.value));
    this.input = element('input', { class: 'input', type: 'search', placeholder: 'Find in trace', 'aria-label': 'Find in trace', title: 'Find in names, services, attributes and events (/)', spellcheck: 'false', autocomplete: 'off' });
    this.count = element('span', { class: 'find-count' });
    this.previous = button({ label: 'Previous match', symbol: 'back', kind: 'plain', title: 'Previous match (N)', press: () => listener.step(-1) });
    this.next = button({ label: 'Next match', symbol: 'next', kind: 'plain', title: 'Next match (n)', press: () => listener.step(1) });
    this.onlyBox = element('input', { type: 'checkbox', on: { change: () => listener.only(this.onlyBox.checked) } });
    this.only = element('label', { class: 'check only-matches', title: 'Hide all rows but matches and what they are in' }, this.onlyBox, 'only');
    this.element = element('div', { class: 'find-box', role: 'search' }, icon('find'), this.input, this.count, this.previous, this.next, this.only);
    this.input.addEventListener('input', changedSoon);
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        changedSoon.cancel();
        if (this.input.value.trim() !== this.shownText) listener.changed(this.input.value);
        listener.step(event.shiftKey ? -1 : 1);
      } else if (event.key === 'Escape') {
        event.stopPropagation();
        changedSoon.cancel();
        if (this.input.value !== '') {
          this.input.value = '';
          listener.changed('');
        }
        listener.left();
      }
    });
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  setText(text) {
    this.input.value = text;
  }

  /** @param {import('../model/trace-session.js').TraceSession} session */
  show(session) {
    this.shownText = session.findText;
    const seeking = session.findText !== '';
    for (const part of [this.count, this.previous, this.next, this.only]) part.hidden = !seeking;
    this.onlyBox.checked = session.only;
    const place = session.matches.indexOf(session.selected) + 1;
    const total = session.matches.length;
    this.previous.disabled = this.next.disabled = total === 0;
    this.count.textContent = total === 0 ? (this.isAsking ? 'searching…' : 'no match') : `${place > 0 ? `${formatCount(place)} of ` : ''}${formatCount(total)}${this.isAsking ? '…' : ''}`;
  }
}
