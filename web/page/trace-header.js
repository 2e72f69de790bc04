// The lines above a waterfall: title and figures, what is known to be missing, findings, services.

import { countOf, formatClock, formatCount, formatDuration, formatShare, zoneLabel } from '../model/units.js';
import { monogramOf } from '../model/trace-list.js';
import { element, icon, swatch } from './dom.js';
import { shortName } from './label-rows.js';

/** The true root's name, else the earliest span's. */
export function traceTitle(session) {
  const { trueRoot, roots } = session.tree;
  return roots.length === 0 ? 'Empty trace' : shortName(session.nameOf(trueRoot >= 0 ? trueRoot : earliestRow(session)));
}

function earliestRow(session) {
  return session.columns.loaded > 0 ? 0 : session.tree.roots[0];
}

export function traceFacts(session, { utc }) {
  const { columns, tree } = session;
  const title = tree.trueRoot >= 0 ? tree.trueRoot : earliestRow(session);
  const fact = (...content) => element('span', {}, ...content);
  const service = columns.spanCount > 0 ? session.serviceName(title) : '';
  return element('div', { class: 'facts' },
    service ? element('span', { class: 'service-cell' }, swatch(session.slotOf(title)), element('bdi', { text: shortName(service) })) : null,
    fact(element('b', { text: formatDuration(columns.traceNanos) })), fact(countOf(columns.spanCount, 'span')), fact(countOf(columns.services.length, 'service')),
    columns.errorCount > 0 ? element('span', { class: 'error' }, icon('error', 'small'), ` ${countOf(columns.errorCount, 'error')}`) : null,
    element('span', { class: 'quiet', text: `${formatClock(columns.t0, { utc })} ${zoneLabel(utc, new Date(Number(columns.t0 / 1_000_000n)))}` }));
}

/**
 * What is known about gaps in the trace, in sentences (viewer.md §4.9), and what the reader has hidden.
 * @param {object} about
 * @param {number} about.arrivingMillis  ms since the last span while spans still come, −1 once it is quiet
 * @param {{reason: string, spans: number}[]} about.refused
 */
export function traceNotes(session, { arrivingMillis, refused, ignored, showMissing, leaveSubtree, showAllServices, go }) {
  const { columns, tree } = session;
  const notes = [];
  const add = (symbol, text, action = '', act = null) => notes.push(element('div', { class: 'note' }, icon(symbol), element('span', { text }), act ? element('button', { type: 'button', class: 'link', text: action, on: { click: act } }) : null));
  for (const { name, why } of ignored) add('info', `“${name}” in the address is ignored: ${why}.`);
  if (session.subtree >= 0) add('info', `Only ${shortName(session.nameOf(session.subtree))} and what is below it.`, 'Whole trace', leaveSubtree);
  if (session.hiddenServices.size > 0) add('info', `Spans of ${countOf(session.hiddenServices.size, 'service')} are hidden; what they called moved up.`, 'Show all', showAllServices);
  if (columns.spanCount === 0) add('warning', 'This trace has no spans.');
  if (arrivingMillis >= 0) add('info', `Still arriving: ${countOf(columns.spanCount, 'span')}, last ${arrivingMillis < 1000 ? 'just now' : `${Math.floor(arrivingMillis / 1000)} s ago`}.`);
  else if (session.isComplete && tree.trueRoot < 0 && columns.spanCount > 0) add('warning', 'No root span was received. The title is the earliest span.');
  const orphans = missingChildren(session);
  if (orphans > 0 && session.isComplete && arrivingMillis < 0) add('warning', `${countOf(orphans, 'span names a', 'spans name a')} parent that Loupe never received. ${causeOfMissing(refused)}`, 'Show them', showMissing);
  if (tree.cut.size > 0) add('warning', `${countOf(tree.cut.size, 'loop')} of parents ${tree.cut.size === 1 ? 'was' : 'were'} cut; the earliest span of each is listed as a root.`, 'Show', () => go([...tree.cut][0]));
  if (columns.duplicates.size > 0) add('warning', `${countOf(columns.duplicates.size, 'span')} share an id with another one. All are listed.`, 'Show', () => go(Math.min(...columns.duplicates)));
  return notes;
}

function missingChildren({ columns, tree }) {
  let count = 0;
  for (let k = 0; k < columns.missing.length; k++) count += tree.first[columns.spanCount + k + 1] - tree.first[columns.spanCount + k];
  return count;
}

function causeOfMissing(refused) {
  if (refused.length === 0) return 'The sender dropped it, sampled it out or sends elsewhere.';
  return `It may be among the ${formatCount(refused.reduce((sum, entry) => sum + entry.spans, 0))} spans Loupe has refused (${refused.map((entry) => entry.reason).join(', ')}); otherwise the sender dropped it, sampled it out or sends elsewhere.`;
}

/** One button per finding, worded so that it can stand alone. */
export function findingButtons(session, findings, follow) {
  return findings.map((finding) => {
    const { strong, rest, symbol } = findingWords(session, finding);
    return element('button', { type: 'button', class: 'finding', on: { click: () => follow(finding) } }, symbol ? icon(symbol, 'small') : null, element('b', { text: strong }), element('span', { text: rest }));
  });
}

function findingWords(session, finding) {
  const name = shortName(session.nameOf(finding.node));
  const service = shortName(session.serviceName(finding.node));
  switch (finding.kind) {
    case 'n+1':
      return { strong: finding.likely ? 'Likely N+1' : 'Possible N+1', rest: `${name} ×${formatCount(finding.count)}, ${formatDuration(finding.nanos)}` };
    case 'error': {
      const tried = finding.attempts > 1 ? `, ${finding.attempts} tries` : '';
      return { strong: 'Error', rest: `${service} ${name}${tried}${finding.count > 0 ? `, rose ${countOf(finding.count, 'level')}` : ''}`, symbol: 'error' };
    }
    case 'gap':
      return { strong: 'Unexplained gap', rest: `${formatDuration(finding.nanos)} in ${service} ${name}, no child running` };
    default:
      return { strong: 'Queue wait', rest: `${formatDuration(finding.nanos)} before ${service} ${name}` };
  }
}

/** A chip per service, most time first; pressing one hides its spans. */
export function legendChips(session, { isOpen, most, toggle, open }) {
  const { services, traceNanos } = session.columns;
  const order = services.map((_, index) => index).sort((a, b) => services[b].ns - services[a].ns);
  const shown = isOpen || order.length <= most + 1 ? order : order.slice(0, most);
  const chips = shown.map((index) => {
    const { name, slot, spans, ns, errors } = services[index];
    return element('button', { type: 'button', class: 'chip', 'aria-pressed': String(!session.hiddenServices.has(index)), title: `${name}: ${countOf(spans, 'span')}, ${formatDuration(ns)} in all (${formatShare(ns, traceNanos)} of the trace's length)${errors ? `, ${countOf(errors, 'error')}` : ''}`, on: { click: () => toggle(index) } },
      swatch(slot), element('span', { class: 'monogram', text: monogramOf(name), 'aria-hidden': 'true' }), element('bdi', { text: shortName(name) }));
  });
  if (shown.length < order.length) chips.push(element('button', { type: 'button', class: 'chip', text: `+${order.length - shown.length}`, 'aria-label': `${order.length - shown.length} more services`, on: { click: open } }));
  return chips;
}
