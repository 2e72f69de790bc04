// One trace: loads it, keeps the address in step with what is seen, and joins header, waterfall, find and details.

import { ApiError, fetchMatches, fetchRev } from '../data/api.js';
import { loadTrace } from '../data/trace-loader.js';
import { SpanStore } from '../data/span-store.js';
import { findFindings, pickFindings } from '../model/findings.js';
import { TraceSession } from '../model/trace-session.js';
import { MOST_FOLDS, readTraceState, writeTraceState } from '../model/url-state.js';
import { countOf, epochMillis, formatCount, formatDuration } from '../model/units.js';
import { panView, zoomView } from '../model/viewport.js';
import { DetailsPanel } from './details-panel.js';
import { button, copyText, debounce, element, fill } from './dom.js';
import { FindBar } from './find-bar.js';
import { rememberWidth, rememberedWidth, settings, watchSettings, widthClass } from './settings.js';
import { splitter } from './splitter.js';
import { findingButtons, legendChips, traceFacts, traceNotes, traceTitle } from './trace-header.js';
import { crumbButtons } from './trace-crumbs.js';
import { Waterfall } from './waterfall.js';

/** How long after its last span a trace counts as still arriving. */
const ARRIVING_MILLIS = 30_000;
const GROWTH_POLL_MILLIS = 2000;
const DETAILS_WIDTHS = { phone: 0, tablet: 320, desktop: 420, wall: 560 };

export class TracePage {
  #loading = new AbortController();
  #left = false;
  #restored = false;
  #findings = [];
  #growthTimer = 0;
  #matching = null;
  #legendOpen = false;
  #pendingKey = '';

  /** @param {{shell: import('./shell.js').Shell, navigation: object, state: object, traceId: string}} options */
  constructor({ shell, navigation, state, traceId }) {
    this.shell = shell;
    this.navigation = navigation;
    this.server = state;
    this.traceId = traceId;
    this.element = element('div', { class: 'page trace-page' });
    this.writeSoon = debounce(150, () => this.#writeAddress());
    this.fetchSoon = debounce(80, () => this.#fetchAround());
    this.stopWatching = watchSettings(() => this.session && this.#drawHeader());
    this.#slowMessage = setTimeout(() => { if (!this.session && !this.#left) fill(this.element, element('div', { class: 'message', text: 'Loading the trace…' })); }, 300);
    this.#load();
  }

  #slowMessage = 0;

  /** @param {URLSearchParams} query */
  show(query) {
    this.query = query;
    const { state, ignored } = readTraceState(query);
    this.wanted = state;
    this.ignored = ignored;
    if (this.#restored) this.#restore();
  }

  leave() {
    this.#left = true;
    this.#loading.abort();
    this.#matching?.abort();
    this.writeSoon.cancel();
    this.fetchSoon.cancel();
    clearTimeout(this.#growthTimer);
    clearTimeout(this.#slowMessage);
    this.stopWatching();
    this.waterfall?.destroy();
  }

  // ---- loading

  async #load() {
    try {
      await loadTrace(this.traceId, { started: (columns) => this.#started(columns), grown: (columns) => this.#loadedMore(columns) }, this.#loading.signal);
      if (!this.#left) this.#settled();
    } catch (failure) {
      clearTimeout(this.#slowMessage);
      if (this.#left || failure.name === 'AbortError') return void (this.#left || this.#stopped());
      if (!(failure instanceof ApiError)) throw failure;
      if (this.session) this.shell.fail(`${failure.message} ${formatCount(this.session.columns.loaded)} of ${countOf(this.session.columns.spanCount, 'span')} are here.`);
      else this.#showFailure(failure);
    }
  }

  #started(columns) {
    clearTimeout(this.#slowMessage);
    this.session = new TraceSession(columns);
    this.spans = new SpanStore(this.traceId, columns.rev, { changed: () => this.#spansArrived(), stale: () => this.#reloadGrown() });
    this.#build();
    if (columns.spanCount === 0) return;
    this.session.grouped = this.wanted.grouped;
    this.session.showPath = this.wanted.path;
    this.session.rebuild();
    this.session.selected = this.session.tree.roots[0];
    if (this.wanted.view) this.waterfall.setView(this.wanted.view);
    this.#everythingChanged();
    this.#showProgress();
    this.waterfall.scroller.focus({ preventScroll: true });
  }

  #loadedMore() {
    if (this.#left) return;
    this.session.rebuild();
    this.waterfall.columnsChanged();
    this.#showProgress();
  }

  #settled() {
    this.#showProgress();
    this.#findings = findFindings(this.session.columns, this.session.tree, this.session.path);
    this.waterfall.columnsChanged();
    this.#everythingChanged();
    this.#restore();
    this.#watchGrowth();
  }

  #stopped() {
    this.shell.announce(`Stopped. ${formatCount(this.session?.columns.loaded ?? 0)} spans are here.`);
    this.progress?.remove();
  }

  #showProgress() {
    const { loaded, spanCount } = this.session.columns;
    if (loaded === spanCount) return void this.progress.remove();
    const bar = element('i');
    bar.style.width = `${(loaded / spanCount) * 100}%`;
    fill(this.progress, bar, `Loading ${countOf(spanCount, 'span')}, ${formatCount(loaded)} so far. You can already work.`);
    if (!this.progress.isConnected) this.waterfall.element.append(this.progress);
  }

  #showFailure(failure) {
    const isGone = failure.status === 404;
    document.title = 'Trace not here · Loupe';
    fill(this.element, element('div', { class: 'message' }, element('h1', { class: 'visually-hidden', text: 'Trace' }), element('strong', { text: isGone ? 'This trace is not here.' : 'The trace could not be loaded.' }),
      element('span', { text: isGone ? 'It may be older than what Loupe keeps, or never arrived.' : failure.message }), element('code', { text: this.traceId }),
      element('div', { class: 'actions' }, isGone ? null : button({ text: 'Try again', kind: 'primary', press: () => this.#load() }), button({ text: 'Recent traces', press: () => this.navigation.back() }), isGone ? button({ text: 'What was refused', press: () => this.navigation.go('status') }) : null)));
  }

  // ---- building the page

  #build() {
    const { session, spans } = this;
    this.waterfall = new Waterfall(session, spans, { select: (id, how) => this.#select(id, how), toggle: (id) => this.#toggle(id), moved: () => this.#restored && this.writeSoon() });
    this.details = new DetailsPanel(session, spans, { announce: (text) => this.shell.announce(text), close: () => this.#closeDetails(), go: (id) => this.#go(id), goSpan: (spanId) => this.#goSpan(spanId) });
    this.findBar = new FindBar({ changed: (text) => this.#find(text), step: (by) => this.#stepMatch(by), only: (only) => this.#setOnly(only), left: () => this.waterfall.scroller.focus({ preventScroll: true }) });
    this.head = element('div', { class: 'trace-head' });
    this.notes = element('div');
    this.findingBox = element('div', { class: 'findings', hidden: true });
    this.legend = element('div', { class: 'legend', role: 'group', 'aria-label': 'Services; press one to hide its spans' });
    this.pathCheck = this.#check('Critical path', 'c', () => this.#setPath(!session.showPath));
    this.groupCheck = this.#check('Group equal', 'G', () => this.#setGrouped(!session.grouped));
    this.errorButtons = element('span', { class: 'find-box' });
    this.tools = element('div', { class: 'trace-tools', role: 'toolbar', 'aria-label': 'Trace' }, this.findBar.element, this.errorButtons, this.pathCheck.label, this.groupCheck.label, this.legend);
    this.progress = element('div', { class: 'progress' });
    this.edge = splitter({ kind: 'details-edge', label: 'Size of the details', vertical: true, grows: -1, value: () => this.#detailsSize(), change: (pixels) => this.#setDetailsSize(pixels), done: (pixels) => rememberWidth('details', pixels) });
    this.body = element('div', { class: 'trace-body' }, this.waterfall.element, this.edge, this.details.element);
    fill(this.element, this.head, this.notes, this.findingBox, this.tools, this.body);
    this.#setDetailsSize(rememberedWidth('details', widthClass() === 'tablet' ? Math.round(window.innerHeight * 0.36) : DETAILS_WIDTHS[widthClass()]));
    this.#setDetailsOpen(widthClass() !== 'phone');
  }

  #check(text, key, press) {
    const box = element('input', { type: 'checkbox', on: { change: press } });
    return { box, label: element('label', { class: 'check', title: `${text} (${key})` }, box, text) };
  }

  #detailsSize() {
    return widthClass() === 'tablet' ? this.details.element.offsetHeight : this.details.element.offsetWidth;
  }

  #setDetailsSize(pixels) {
    const most = (widthClass() === 'tablet' ? window.innerHeight : window.innerWidth) * 0.7;
    const name = widthClass() === 'tablet' ? '--details-height' : '--details';
    this.element.style.setProperty(name, `${Math.max(180, Math.min(most, pixels))}px`);
  }

  #setDetailsOpen(open) {
    this.details.element.hidden = !open;
    this.edge.hidden = !open;
  }

  #closeDetails() {
    this.#setDetailsOpen(false);
    this.waterfall.scroller.focus({ preventScroll: true });
  }

  /** After anything that changes rows, figures or words. */
  #everythingChanged() {
    this.#drawHeader();
    this.#rowsChanged();
    this.#showDetails();
  }

  #rowsChanged() {
    const { session } = this;
    this.pathCheck.box.checked = session.showPath;
    this.groupCheck.box.checked = session.grouped;
    this.findBar.show(session);
    this.waterfall.rowsChanged();
    this.#drawCrumbs();
    this.writeSoon();
  }

  #drawHeader() {
    const { session } = this;
    const title = traceTitle(session);
    document.title = `${title} ${formatDuration(session.columns.traceNanos)} · Loupe`;
    const back = button({ label: 'Back to the list', symbol: 'back', kind: 'plain back', title: 'Back to the list (Backspace)', press: () => this.navigation.back() });
    fill(this.head, back, element('h1', {}, element('bdi', { text: title })), traceFacts(session, settings()), element('span', { class: 'spring' }), element('span', { class: 'head-tools' },
      button({ text: 'Copy link', symbol: 'link', kind: 'plain', title: 'Copy link (y)', press: () => this.#copyLink() })));
    this.waterfall.scroller.setAttribute('aria-label', title);
    const refused = this.server.ledger.refused.filter((entry) => entry.spans > 0);
    fill(this.notes, ...traceNotes(session, { arrivingMillis: this.#arrivingFor(), refused, ignored: this.ignored, showMissing: () => this.#go(session.columns.spanCount + session.columns.missing.findIndex((_, k) => session.tree.pos[session.columns.spanCount + k] >= 0)),
      leaveSubtree: () => this.#setSubtree(-1), showAllServices: () => this.#showAllServices(), go: (id) => this.#go(id) }));
    const buttons = findingButtons(session, pickFindings(this.#findings), (finding) => this.#followFinding(finding));
    this.findingBox.hidden = buttons.length === 0;
    fill(this.findingBox, element('span', { class: 'quiet', text: 'Look here' }), ...buttons);
    fill(this.legend, ...legendChips(session, { isOpen: this.#legendOpen, most: widthClass() === 'phone' ? 40 : widthClass() === 'wall' ? 16 : 7, toggle: (index) => this.#toggleService(index), open: () => { this.#legendOpen = true; this.#drawHeader(); } }));
    this.legend.classList.toggle('open', this.#legendOpen);
    const errors = session.errors.length;
    fill(this.errorButtons, ...(errors === 0 ? [] : [element('span', { class: 'error', text: `▲ ${countOf(errors, 'error')}` }),
      button({ label: 'Previous error', symbol: 'back', kind: 'plain', title: 'Previous error (E)', press: () => this.#stepError(-1) }), button({ label: 'Next error', symbol: 'next', kind: 'plain', title: 'Next error (e)', press: () => this.#stepError(1) })]));
  }

  #drawCrumbs() {
    fill(this.waterfall.crumbs, ...crumbButtons(this.session, (id) => this.#go(id), (text) => this.#copy(text, 'Copied the path.')));
  }

  // ---- choosing

  #select(id, how) {
    const { session } = this;
    if (id < 0) return;
    const isAgain = id === session.selected;
    session.selected = id;
    if (how === 'pointer' && (widthClass() === 'phone' || isAgain)) this.#setDetailsOpen(true);
    this.waterfall.selectionChanged();
    this.findBar.show(session);
    this.#drawCrumbs();
    this.#showDetails();
    this.writeSoon();
  }

  #showDetails() {
    this.details.show(this.session.selected);
    if (this.session.isRow(this.session.selected) && !this.spans.get(this.session.selected)) this.fetchSoon();
  }

  /** The selected span and its neighbours on the list. */
  #fetchAround() {
    const { session } = this;
    const at = session.rows.rowOf[session.selected];
    const rows = [session.selected];
    for (let row = Math.max(0, at - 20); row < Math.min(session.rows.count, at + 21); row++) if (session.isRow(session.rows.node[row])) rows.push(session.rows.node[row]);
    this.spans.want([...new Set(rows.filter((id) => session.isRow(id)))]).catch((failure) => this.shell.fail(failure.message, () => { this.shell.fail(''); this.#fetchAround(); }));
  }

  #spansArrived() {
    if (this.#left || !this.waterfall) return;
    if (this.session.isRow(this.session.selected)) this.details.show(this.session.selected);
    this.waterfall.invalidate();
    this.writeSoon();
  }

  /** Reveals, selects and scrolls to a row. */
  #go(id) {
    if (id < 0) return;
    this.session.reveal(id);
    this.session.selected = id;
    this.#drawHeader();
    this.#rowsChanged();
    this.waterfall.centreRow(this.session.rows.rowOf[id]);
    this.#bringIntoView(id);
    this.#showDetails();
  }

  async #goSpan(spanId) {
    const rows = await this.spans.rowsOfIds([spanId]).catch(() => new Map());
    if (this.#left) return;
    if (rows.has(spanId)) this.#go(rows.get(spanId));
    else this.shell.announce(`Span ${spanId} of this trace was not received.`);
  }

  /** Pans just enough that the bar can be seen. */
  #bringIntoView(id) {
    const { view } = this.waterfall;
    const { start, dur } = this.session.intervalOf(id);
    if (start + dur >= view.v0 && start <= view.v1) return;
    const length = view.v1 - view.v0;
    const v0 = Math.min(start - length * 0.1, this.session.columns.traceNanos);
    this.waterfall.setView({ v0, v1: v0 + length }, { remember: true });
  }

  #move(step) {
    const { session, waterfall } = this;
    if (session.rows.count === 0) return;
    const from = session.selected >= 0 ? session.rows.rowOf[session.selected] : -1;
    const row = Math.max(0, Math.min(session.rows.count - 1, from + step));
    this.#select(session.rows.node[row], 'keyboard');
    waterfall.showRow(row);
  }

  #toggle(id) {
    const { session } = this;
    session.setExpanded(id, !session.isExpanded(id));
    this.#rowsChanged();
    this.#showDetails();
  }

  #followFinding(finding) {
    const { session } = this;
    const group = session.groupIdOf(finding.node);
    if (finding.kind === 'n+1' && group >= 0) {
      this.#go(group);
      session.setExpanded(group, true);
      this.#rowsChanged();
      this.waterfall.centreRow(session.rows.rowOf[group]);
    } else this.#go(finding.node);
    if (finding.kind === 'gap') this.waterfall.setView({ v0: finding.from - finding.nanos * 0.5, v1: finding.to + finding.nanos * 0.5 }, { remember: true, smooth: true });
    this.waterfall.scroller.focus({ preventScroll: true });
  }

  #setPath(on) {
    this.session.showPath = on;
    this.#rowsChanged();
  }

  #setGrouped(on) {
    this.session.setGrouped(on);
    this.#rowsChanged();
    this.waterfall.centreRow(this.session.rows.rowOf[this.session.selected] ?? -1);
    this.#showDetails();
    this.shell.announce(on ? 'Equal spans are grouped.' : 'Every span has its own row.');
  }

  #setSubtree(node) {
    this.session.setSubtree(node);
    this.#drawHeader();
    this.#rowsChanged();
    this.waterfall.centreRow(this.session.rows.rowOf[this.session.selected] ?? -1);
  }

  #toggleService(index) {
    this.session.setServiceHidden(index, !this.session.hiddenServices.has(index));
    this.#everythingChanged();
  }

  #showAllServices() {
    this.session.hiddenServices.clear();
    this.session.relist();
    this.#everythingChanged();
  }

  #stepError(by) {
    const row = this.session.stepTo(this.session.errors, by);
    if (row < 0) return void this.shell.announce('No span of this trace failed.');
    this.#go(row);
  }

  #stepMatch(by) {
    const row = this.session.stepTo(this.session.matches, by);
    if (row >= 0) this.#go(row);
  }

  // ---- finding

  async #find(text) {
    const { session } = this;
    this.#matching?.abort();
    session.setFind(text);
    this.findBar.isAsking = session.findText !== '';
    this.#rowsChanged();
    if (session.findText === '') return;
    const asking = this.#matching = new AbortController();
    try {
      const { rows } = await fetchMatches(this.traceId, session.columns.rev, session.findText, asking.signal);
      session.addServerHits(rows);
      this.findBar.isAsking = false;
    } catch (failure) {
      if (failure.name === 'AbortError') return;
      this.findBar.isAsking = false;
      if (failure instanceof ApiError && failure.status === 409) this.#reloadGrown();
      else this.shell.announce(`Only names and services were searched: ${failure.message}`);
    }
    if (this.#left) return;
    this.#rowsChanged();
    this.shell.quiet.textContent = session.matches.length === 0 ? 'No match.' : countOf(session.matches.length, 'match', 'matches');
  }

  #setOnly(only) {
    this.session.setOnly(only);
    this.#rowsChanged();
    this.waterfall.centreRow(this.session.rows.rowOf[this.session.selected] ?? -1);
  }

  // ---- the address

  async #restore() {
    const { session, wanted } = this;
    const isFirst = !this.#restored;
    const plain = (id) => id.replace('*', '');
    const named = [wanted.span, wanted.root, wanted.top, ...wanted.folds].filter(Boolean).map(plain);
    let rows = new Map();
    try {
      rows = await this.spans.rowsOfIds([...new Set(named)]);
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 409) return void this.#reloadGrown();
      this.shell.announce(`The link's selection could not be looked up: ${failure.message}`);
    }
    if (this.#left) return;
    session.columns.missing.forEach((id, k) => rows.has(id) || rows.set(id, session.columns.spanCount + k));
    const nodeOf = (id) => rows.get(plain(id)) ?? -1;
    session.hiddenServices = new Set(wanted.hidden.map((name) => session.columns.services.findIndex((service) => service.name === name)).filter((index) => index >= 0));
    session.grouped = wanted.grouped;
    session.showPath = wanted.path;
    session.subtree = wanted.root ? nodeOf(wanted.root) : -1;
    session.applyFolds({ collapsed: wanted.folds.filter((id) => !id.startsWith('*')).map(nodeOf).filter((node) => node >= 0), opened: wanted.folds.filter((id) => id.startsWith('*')).map(nodeOf).filter((node) => node >= 0) });
    if (wanted.span) {
      const node = nodeOf(wanted.span);
      if (node < 0) this.ignored = [...this.ignored, { name: 'span', why: 'this trace has no such span' }];
      else {
        const group = wanted.span.startsWith('*') ? session.groupIdOf(node) : -1;
        session.reveal(group >= 0 ? group : node);
        session.selected = group >= 0 ? group : node;
      }
    }
    if (!isFirst) this.waterfall.setView(wanted.view ?? { v0: 0, v1: session.columns.traceNanos });
    this.#restored = true;
    if (wanted.find !== session.findText) {
      this.findBar.setText(wanted.find);
      this.#find(wanted.find);
    }
    if (wanted.only && wanted.find) session.setOnly(true);
    this.#everythingChanged();
    const top = wanted.top ? session.rows.rowOf[nodeOf(wanted.top)] ?? -1 : -1;
    if (top >= 0) this.waterfall.setTop(top);
    else if (wanted.span) this.waterfall.centreRow(session.rows.rowOf[session.selected]);
  }

  /** Writes what is seen into the address; span ids that are not known yet are fetched first. */
  async #writeAddress() {
    if (!this.#restored || this.#left) return;
    const { session, waterfall, spans } = this;
    const { collapsed, opened } = session.folds();
    const member = session.isGroup(session.selected) ? session.groupAt(session.selected).members[0] : session.selected;
    const topId = waterfall.top >= 1 ? session.rows.node[Math.floor(waterfall.top)] : -1;
    const topNode = session.isGroup(topId) ? session.groupAt(topId).members[0] : topId;
    const named = [member, session.subtree, topNode, ...collapsed.slice(0, MOST_FOLDS), ...opened.slice(0, MOST_FOLDS)].filter((node) => session.isRow(node));
    await spans.want([...new Set(named)]).catch(() => {});
    if (this.#left || this.session.columns.rev !== spans.rev) return;
    const idOf = (node) => (node < 0 ? '' : session.isSynthetic(node) ? session.columns.missing[node - session.columns.spanCount] : spans.idOf(node) ?? '');
    const isDefault = member === session.tree.roots[0];
    const span = isDefault ? '' : idOf(member);
    const query = writeTraceState(this.query, {
      span: span && session.isGroup(session.selected) ? `*${span}` : span, view: waterfall.isWhole ? null : waterfall.view, root: idOf(session.subtree), find: session.findText, only: session.only,
      hidden: [...session.hiddenServices].map((index) => session.columns.services[index].name), grouped: session.grouped, path: session.showPath,
      folds: [...collapsed.map(idOf), ...opened.map((node) => `*${idOf(node)}`)].filter((id) => id.length >= 16), top: idOf(topNode),
    });
    this.query = new URLSearchParams(query);
    this.navigation.setQuery(query, 'silent');
  }

  async #copyLink() {
    this.writeSoon.cancel();
    await this.#writeAddress();
    const folds = this.session.folds();
    const tooMany = folds.collapsed.length + folds.opened.length > MOST_FOLDS;
    await this.#copy(location.href, this.session.selected === this.session.tree.roots[0] ? 'Copied link to this trace.' : 'Copied link to this span.');
    if (tooMany) this.shell.announce(`Copied. The link keeps ${MOST_FOLDS} of ${folds.collapsed.length + folds.opened.length} folds.`);
  }

  async #copy(text, words) {
    this.shell.announce((await copyText(text)) ? words : 'The browser did not allow copying.');
  }

  // ---- growth

  /** ms since the last span came, or −1 once the trace has gone quiet. */
  #arrivingFor() {
    const { lastReceived } = this.session.columns;
    if (lastReceived === null) return -1;
    const age = this.navigation.serverMillis() - epochMillis(lastReceived);
    return age < ARRIVING_MILLIS ? Math.max(0, age) : -1;
  }

  #watchGrowth() {
    clearTimeout(this.#growthTimer);
    if (this.#left) return;
    if (this.#arrivingFor() < 0) return void this.#drawHeader();
    this.#growthTimer = setTimeout(async () => {
      try {
        const rev = await fetchRev(this.traceId);
        if (this.#left) return;
        if (rev !== this.session.columns.rev) return void this.#reloadGrown();
        this.#drawHeader();
      } catch (failure) {
        if (!(failure instanceof ApiError)) throw failure;
      }
      this.#watchGrowth();
    }, GROWTH_POLL_MILLIS);
  }

  #reloading = false;

  /** Loads the newer version beside the old one and swaps them; selection, scroll and folds stay with their spans. */
  async #reloadGrown() {
    if (this.#reloading || this.#left) return;
    this.#reloading = true;
    try {
      const columns = await loadTrace(this.traceId, { started() {}, grown() {} }, this.#loading.signal);
      if (!this.#left) this.#adopt(columns);
    } catch (failure) {
      if (failure.name !== 'AbortError') this.shell.fail(`The trace has grown, but the new spans could not be loaded. ${failure.message}`, () => { this.shell.fail(''); this.#reloadGrown(); });
    } finally {
      this.#reloading = false;
    }
    this.#watchGrowth();
  }

  #adopt(columns) {
    const { session, waterfall } = this;
    const wasWhole = waterfall.isWhole;
    const shift = Number(session.columns.t0 - columns.t0);
    const fraction = waterfall.top % 1;
    const topId = session.rows.node[Math.floor(waterfall.top)];
    const topNode = session.isGroup(topId) ? session.groupAt(topId).members[0] : topId;
    this.spans = new SpanStore(this.traceId, columns.rev, this.spans.listener);
    const map = session.adoptGrown(columns);
    waterfall.spans = this.details.spans = this.spans;
    waterfall.forgetEvents();
    waterfall.setView(wasWhole ? { v0: 0, v1: columns.traceNanos } : { v0: waterfall.view.v0 + shift, v1: waterfall.view.v1 + shift });
    this.#findings = findFindings(columns, session.tree, session.path);
    waterfall.columnsChanged();
    this.#everythingChanged();
    const moved = topNode >= 0 && topNode < map.length ? map[topNode] : -1;
    if (moved >= 0 && waterfall.top > 0) {
      const row = session.rows.rowOf[moved] >= 0 ? session.rows.rowOf[moved] : session.rows.rowOf[session.groupIdOf(moved)] ?? -1;
      if (row >= 0) waterfall.setTop(row + fraction);
    }
    if (this.session.findText !== '') this.#find(this.session.findText);
  }

  // ---- keys

  /** @param {KeyboardEvent} event @returns {boolean} whether it was for this page */
  key(event) {
    if (!this.session || this.session.columns.spanCount === 0) {
      if (event.key !== 'Backspace') return false;
      this.navigation.back();
      return true;
    }
    if (event.key === 'Escape') return this.#escape();
    const inTree = [this.waterfall.scroller, document.body, this.shell.main].includes(document.activeElement);
    return (inTree && this.#treeKey(event)) || this.#letterKey(event);
  }

  #escape() {
    const { session, waterfall } = this;
    if (waterfall.measure) {
      waterfall.measure = null;
      waterfall.invalidate();
    } else if (waterfall.overview) waterfall.setOverview(false);
    else if (this.details.element.contains(document.activeElement) || (widthClass() === 'phone' && !this.details.element.hidden)) {
      if (widthClass() === 'phone') this.#setDetailsOpen(false);
      waterfall.scroller.focus({ preventScroll: true });
    } else if (session.findText !== '') {
      this.findBar.setText('');
      this.#find('');
    } else if (!session.isComplete) this.#loading.abort();
    else return false;
    return true;
  }

  #treeKey(event) {
    const { session, waterfall } = this;
    const page = Math.max(1, Math.floor(waterfall.viewportHeight / waterfall.rowHeight) - 1);
    const id = session.selected;
    const act = {
      ArrowDown: () => this.#move(1), ArrowUp: () => this.#move(-1), PageDown: () => this.#move(page), PageUp: () => this.#move(-page), Home: () => this.#move(-Infinity), End: () => this.#move(Infinity),
      ArrowRight: () => this.#unfoldOrEnter(id), ArrowLeft: () => (event.shiftKey ? this.#foldSiblings(id, false) : this.#foldOrLeave(id)), '*': () => this.#foldSiblings(id, true),
      Enter: () => { this.#setDetailsOpen(true); this.details.focus(); },
    }[event.key];
    if (!act || (id < 0 && !/^(Arrow(Up|Down)|Home|End|Page)/.test(event.key))) return false;
    act();
    return true;
  }

  #unfoldOrEnter(id) {
    const { session } = this;
    if (session.setExpanded(id, true)) this.#rowsChanged();
    else if (session.canExpand(id)) this.#move(1);
  }

  #foldOrLeave(id) {
    const { session } = this;
    if (session.canExpand(id) && session.isExpanded(id)) return void this.#toggle(id);
    const parent = session.parentOnList(id);
    if (parent < 0) return;
    this.#select(parent, 'keyboard');
    this.waterfall.showRow(session.rows.rowOf[parent]);
  }

  #foldSiblings(id, expanded) {
    this.session.setSiblingsExpanded(id, expanded);
    this.#rowsChanged();
    this.waterfall.showRow(this.session.rows.rowOf[id]);
  }

  #letterKey(event) {
    const { session, waterfall } = this;
    const { traceNanos } = session.columns;
    const zoom = (factor) => waterfall.setView(zoomView(waterfall.view, this.#zoomAnchor(), factor, traceNanos), { remember: true });
    const pan = (share) => waterfall.setView(panView(waterfall.view, (waterfall.view.v1 - waterfall.view.v0) * share * (event.shiftKey ? 3 : 1), traceNanos));
    const act = {
      '/': () => this.findBar.focus(), n: () => this.#stepMatch(1), N: () => this.#stepMatch(-1), e: () => this.#stepError(1), E: () => this.#stepError(-1),
      w: () => zoom(0.7), s: () => zoom(1 / 0.7), '+': () => zoom(0.7), '=': () => zoom(0.7), '-': () => zoom(1 / 0.7), a: () => pan(-0.2), A: () => pan(-0.2), d: () => pan(0.2), D: () => pan(0.2),
      f: () => waterfall.fitOrReturn(session.selected), 0: () => waterfall.fitAll(), c: () => this.#setPath(!session.showPath), G: () => this.#setGrouped(!session.grouped), o: () => waterfall.setOverview(!waterfall.overview),
      r: () => session.isGroup(session.selected) || this.#setSubtree(session.selected), Backspace: () => (session.subtree >= 0 ? this.#setSubtree(-1) : this.navigation.back()),
      y: () => this.#copyLink(), Y: () => this.#copy(this.traceId, 'Copied the trace id.'),
    }[event.key];
    if (!act) return false;
    act();
    return true;
  }

  /** Zoom keeps the middle of the selection in place when it can be seen, else the middle of the view. */
  #zoomAnchor() {
    const { session, waterfall } = this;
    const { view } = waterfall;
    const pointer = waterfall.pointerTime();
    if (pointer !== null) return pointer;
    if (session.selected >= 0) {
      const { start, dur } = session.intervalOf(session.selected);
      const middle = Math.max(start, view.v0) / 2 + Math.min(start + dur, view.v1) / 2;
      if (middle >= view.v0 && middle <= view.v1) return middle;
    }
    return (view.v0 + view.v1) / 2;
  }

  /** Keys with Ctrl or Alt that this page takes. @returns {boolean} */
  chord(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f' && this.findBar && document.activeElement !== this.findBar.input) {
      this.findBar.focus();
      return true;
    }
    if (event.altKey && event.key === 'ArrowLeft' && this.waterfall?.canZoomBack) {
      this.waterfall.zoomBack();
      return true;
    }
    return false;
  }
}
