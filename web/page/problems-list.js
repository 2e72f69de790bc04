// What was refused and why, newest first, each with the change that helps. Shared by Status and the first-run page.

import { countOf, formatAgo, formatClock } from '../model/units.js';
import { element, icon } from './dom.js';
import { settings } from './settings.js';

/** @param {object[]} problems of /ui/api/state @param {number} nowMillis the server's clock */
export function problemsList(problems, nowMillis) {
  return element('ul', {}, ...problems.map(({ peer, listener, count, last, userAgent, sentence, fix }) => {
    const { utc } = settings();
    const ago = formatAgo(Math.max(0, nowMillis - Number(BigInt(last) / 1_000_000n)) / 1000);
    const about = [peer && `from ${peer}`, listener && `on ${listener}`, countOf(count, 'time'), `last ${ago}`, userAgent].filter(Boolean).join(' · ');
    return element('li', { class: 'problem' }, icon('warning'), element('p', { text: sentence }),
      element('p', { class: 'fix quiet', title: formatClock(last, { utc }), text: about }),
      fix ? element('p', { class: 'fix' }, element('b', { text: 'Fix: ' }), fix) : null);
  }));
}
