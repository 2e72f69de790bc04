// The path from the root to the selection, above the labels. The middle folds first; each part can be pressed.

import { pathTo } from '../model/trace-tree.js';
import { element, icon } from './dom.js';
import { shortName } from './label-rows.js';

/** Parts shown before the middle is folded. */
const MOST_PARTS = 5;

/** @param {import('../model/trace-session.js').TraceSession} session */
export function crumbButtons(session, go, copy) {
  if (session.selected < 0) return [];
  const isGroup = session.isGroup(session.selected);
  const path = pathTo(session.tree, isGroup ? session.groupAt(session.selected).members[0] : session.selected);
  if (isGroup) path[path.length - 1] = session.selected;
  const shown = path.length <= MOST_PARTS ? path : [path[0], -1, ...path.slice(-(MOST_PARTS - 2))];
  const whole = () => path.map((id) => [session.serviceName(id), session.nameOf(id)].filter(Boolean).join(' ')).join(' › ');
  return [...shown.flatMap((id, i) => [i > 0 ? element('span', { text: '›', 'aria-hidden': 'true' }) : null,
    id < 0 ? element('span', { text: `… ${path.length - shown.length + 1} …` }) : element('button', { type: 'button', title: shortName(session.nameOf(id)), on: { click: () => go(id) } }, element('bdi', { text: shortName(session.nameOf(id)) }))]),
  element('span', { class: 'spring' }), element('button', { type: 'button', class: 'copy', 'aria-label': 'Copy the path as text', title: 'Copy the path as text', on: { click: () => copy(whole()) } }, icon('copy', 'small'))];
}
