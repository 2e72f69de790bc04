// One trace as one reader sees it: columns, everything derived from them, and the reader's choices. No DOM.
//
// An id is a node (a row, or a synthetic missing parent) or, from `tree.nodeCount` on, the row of a group.

import { criticalPath } from './critical-path.js';
import { errorRows, inListOrder, matchingRows, stepIn } from './find.js';
import { findGroups, noGrouping, summariseGroup } from './grouping.js';
import { NO_SERVICE, isError } from './lpt1.js';
import { selfTimes } from './self-time.js';
import { mapGrownRows } from './trace-growth.js';
import { buildTree, isWithin, pathTo } from './trace-tree.js';
import { keepWithAncestors, visibleRows } from './visible-rows.js';

export class TraceSession {
  /** @type {import('./lpt1.js').TraceColumns} */ columns;
  /** @type {import('./trace-tree.js').TraceTree} */ tree;
  /** @type {Float64Array} ns per node */ self;
  /** @type {import('./grouping.js').Grouping} */ grouping;
  /** @type {import('./critical-path.js').CriticalPath|null} null until the trace is complete */ path = null;
  /** @type {import('./visible-rows.js').VisibleRows} */ rows;
  /** @type {Uint32Array} failed rows in list order */ errors = new Uint32Array(0);
  /** @type {Uint32Array} matches in list order */ matches = new Uint32Array(0);
  /** @type {Uint8Array|null} row -> 1; null while nothing is sought */ hits = null;

  selected = -1;
  collapsed = new Set();
  grouped = true;
  showPath = true;
  only = false;
  subtree = -1;
  findText = '';
  hiddenServices = new Set();

  /** Rows that keep the group they are in open: groups have no identity of their own while a trace grows. */
  #openMembers = new Set();
  #openGroups = new Uint8Array(0);
  #summaries = new Map();
  #serverHits = [];
  #groupHits = new Map();
  /** @type {import('./grouping.js').Grouping|null} what grouping finds in this tree, kept while it is switched off */
  #found = null;

  constructor(columns) {
    this.columns = columns;
    this.rebuild();
  }

  /** Derives everything again after rows were added. Linear in the number of spans. */
  rebuild() {
    const groupMember = this.isGroup(this.selected) ? this.groupAt(this.selected).members[0] : -1;
    this.tree = buildTree(this.columns);
    this.self = selfTimes(this.columns, this.tree);
    this.#found = null;
    this.#regroup();
    this.path = this.isComplete && this.tree.orderCount > 0 ? criticalPath(this.columns, this.tree, this.tree.roots[0]) : null;
    this.errors = inListOrder(errorRows(this.columns), this.tree);
    if (groupMember >= 0) this.selected = this.grouping.groupOf[groupMember] >= 0 ? this.groupIdOf(groupMember) : groupMember;
    if (this.findText !== '') this.#refind();
    this.relist();
  }

  get isComplete() {
    return this.columns.loaded === this.columns.spanCount;
  }

  #regroup() {
    if (this.grouped) this.#found ??= findGroups(this.columns, this.tree, this.self);
    this.grouping = this.grouped ? this.#found : noGrouping(this.tree.nodeCount);
    this.#summaries.clear();
    this.#groupHits.clear();
    this.#openGroups = new Uint8Array(this.grouping.groups.length);
    for (const member of this.#openMembers) if (this.grouping.groupOf[member] >= 0) this.#openGroups[this.grouping.groupOf[member]] = 1;
  }

  /** Lists the visible rows again after a choice changed. */
  relist() {
    const keep = this.only && this.hits !== null ? keepWithAncestors(this.tree, this.matches) : null;
    this.rows = visibleRows(this.columns, this.tree, this.grouping,
      { collapsed: this.collapsed, openGroups: this.#openGroups, hiddenServices: this.hiddenServices, root: this.subtree, keep });
  }

  /** Takes a newer version of the same trace over; selection, folds and open groups stay with their spans. */
  adoptGrown(columns) {
    const map = mapGrownRows(this.columns, columns);
    const move = (node) => (node >= 0 && node < map.length ? map[node] : -1);
    const groupMember = this.isGroup(this.selected) ? move(this.groupAt(this.selected).members[0]) : -1;
    const selected = this.isGroup(this.selected) ? -1 : move(this.selected);
    const hiddenNames = [...this.hiddenServices].map((index) => this.columns.services[index]?.name);
    this.collapsed = new Set([...this.collapsed].map(move).filter((node) => node >= 0));
    this.#openMembers = new Set([...this.#openMembers].map(move).filter((node) => node >= 0));
    this.subtree = move(this.subtree);
    this.#serverHits = this.#serverHits.map(move).filter((row) => row >= 0);
    this.columns = columns;
    this.hiddenServices = new Set(hiddenNames.map((name) => columns.services.findIndex((service) => service.name === name)).filter((index) => index >= 0));
    this.selected = -1;   // ids of groups count from the old tree's end
    this.rebuild();
    this.selected = selected;
    if (groupMember >= 0) this.selected = this.grouping.groupOf[groupMember] >= 0 ? this.groupIdOf(groupMember) : groupMember;
    return map;
  }

  // ---- ids

  isGroup(id) {
    return this.tree !== undefined && id >= this.tree.nodeCount;
  }

  groupAt(id) {
    return this.grouping.groups[id - this.tree.nodeCount];
  }

  /** The id of the group row that holds `node`; −1 when none does. */
  groupIdOf(node) {
    const g = this.grouping.groupOf[node];
    return g < 0 ? -1 : this.tree.nodeCount + g;
  }

  isSynthetic(id) {
    return id >= this.columns.spanCount && id < this.tree.nodeCount;
  }

  isRow(id) {
    return id >= 0 && id < this.columns.spanCount;
  }

  /** Figures of a group row, counted once. */
  summaryOf(id) {
    if (!this.#summaries.has(id)) this.#summaries.set(id, summariseGroup(this.columns, this.groupAt(id)));
    return this.#summaries.get(id);
  }

  /** ns offsets of what a row shows. @returns {{start: number, dur: number}} */
  intervalOf(id) {
    if (this.isGroup(id)) {
      const { from, to } = this.summaryOf(id);
      return { start: from, dur: to - from };
    }
    return { start: this.columns.start[id], dur: this.columns.dur[id] };
  }

  nameOf(id) {
    const { columns } = this;
    if (this.isSynthetic(id)) return `missing parent ${columns.missing[id - columns.spanCount]}`;
    if (!this.isGroup(id)) return columns.strings[columns.name[id]];
    const { kind, members, period } = this.groupAt(id);
    const names = Array.from(members.slice(0, period), (member) => columns.strings[columns.name[member]]);
    return kind === 'chain' ? names[0] : kind === 'pattern' ? `(${names.join(', ')})` : names[0];
  }

  serviceOf(id) {
    if (this.isSynthetic(id)) return NO_SERVICE;
    return this.columns.service[this.isGroup(id) ? this.groupAt(id).members[0] : id];
  }

  serviceName(id) {
    return this.columns.services[this.serviceOf(id)]?.name ?? '';
  }

  slotOf(id) {
    return this.columns.services[this.serviceOf(id)]?.slot;
  }

  /** Failed itself; for a group, how many members failed. */
  errorsIn(id) {
    if (this.isGroup(id)) return this.summaryOf(id).errors;
    return this.isRow(id) && isError(this.columns.bits[id]) ? 1 : 0;
  }

  // ---- folding

  canExpand(id) {
    return this.isGroup(id) || this.tree.first[id + 1] > this.tree.first[id];
  }

  isExpanded(id) {
    return this.isGroup(id) ? this.#openGroups[id - this.tree.nodeCount] === 1 : !this.collapsed.has(id);
  }

  /** Opens or closes one row. @returns {boolean} whether anything changed */
  setExpanded(id, expanded) {
    if (!this.canExpand(id) || this.isExpanded(id) === expanded) return false;
    if (this.isGroup(id)) {
      this.#openGroups[id - this.tree.nodeCount] = expanded ? 1 : 0;
      for (const member of this.groupAt(id).members) this.#openMembers.delete(member);
      if (expanded) this.#openMembers.add(this.groupAt(id).members[0]);
      else if (this.isRow(this.selected) && this.#isBelowMembers(this.selected, this.groupAt(id))) this.selected = id;
    } else if (expanded) this.collapsed.delete(id);
    else {
      this.collapsed.add(id);
      if (this.selected >= 0 && !this.isGroup(this.selected) && this.selected !== id && isWithin(this.tree, this.selected, id)) this.selected = id;
      if (this.isGroup(this.selected) && isWithin(this.tree, this.groupAt(this.selected).members[0], id)) this.selected = id;
    }
    this.relist();
    return true;
  }

  #isBelowMembers(node, { kind, members }) {
    if (kind === 'chain') return members.includes(node);
    return members.some((member) => isWithin(this.tree, node, member));
  }

  /** Opens or closes all siblings of a row, itself included. */
  setSiblingsExpanded(id, expanded) {
    const parent = this.parentOnList(id);
    const level = this.rows.level[this.rows.rowOf[id]];
    const from = parent < 0 ? 0 : this.rows.rowOf[parent] + 1;
    const siblings = [];
    for (let row = from; row < this.rows.count && this.rows.level[row] >= level; row++) if (this.rows.level[row] === level) siblings.push(this.rows.node[row]);
    for (const sibling of siblings) {
      if (!this.canExpand(sibling) || this.isGroup(sibling)) continue;
      if (expanded) this.collapsed.delete(sibling); else this.collapsed.add(sibling);
    }
    this.relist();
  }

  /** The row a reader would call the parent: one level up on the list. */
  parentOnList(id) {
    const row = this.rows.rowOf[id];
    if (row < 0) return -1;
    const level = this.rows.level[row];
    for (let above = row - 1; above >= 0; above--) if (this.rows.level[above] < level) return this.rows.node[above];
    return -1;
  }

  setGrouped(grouped) {
    const selected = this.isGroup(this.selected) ? this.groupAt(this.selected).members[0] : this.selected;
    this.grouped = grouped;
    this.#regroup();
    this.relist();
    this.selected = selected;
    if (selected >= 0 && this.rows.rowOf[selected] < 0) this.selected = this.groupIdOf(selected);
  }

  setSubtree(node) {
    this.subtree = node;
    this.relist();
  }

  setServiceHidden(index, hidden) {
    if (hidden) this.hiddenServices.add(index); else this.hiddenServices.delete(index);
    this.relist();
    if (this.selected >= 0 && this.rows.rowOf[this.selected] < 0) this.selected = -1;
  }

  /** Makes a node's row visible: opens folds and groups above it, leaves a subtree that does not hold it, shows its service. */
  reveal(node) {
    if (node < 0) return;
    if (this.isGroup(node)) {
      this.#openAbove(this.groupAt(node).members[0], false);
      this.relist();
      return;
    }
    if (this.rows.rowOf[node] >= 0) return;
    if (this.subtree >= 0 && !isWithin(this.tree, node, this.subtree)) this.subtree = -1;
    this.#openAbove(node, true);
    this.hiddenServices.delete(this.serviceOf(node));
    if (this.only && this.hits !== null) this.only = this.#isKept(node);
    this.relist();
  }

  #isKept(node) {
    return keepWithAncestors(this.tree, this.matches)[node] === 1;
  }

  #openAbove(node, itself) {
    const path = pathTo(this.tree, node);
    path.forEach((ancestor, i) => {
      if (i < path.length - 1) this.collapsed.delete(ancestor);
      const g = this.grouping.groupOf[ancestor];
      const isFoldedAway = g >= 0 && (this.grouping.groups[g].kind !== 'chain' || ancestor === node);
      if (isFoldedAway && (itself || ancestor !== node)) {
        this.#openGroups[g] = 1;
        this.#openMembers.add(ancestor);
      }
    });
  }

  /** Folds as spans: closed nodes, and one member of each opened group. */
  folds() {
    return { collapsed: [...this.collapsed], opened: [...this.#openMembers] };
  }

  applyFolds({ collapsed, opened }) {
    this.collapsed = new Set(collapsed.filter((node) => this.canExpand(node)));
    this.#openMembers = new Set(opened);
    this.#regroup();
    this.relist();
  }

  // ---- finding

  /** Seeks `text` in names, services and group texts; rows the server found are added with `addServerHits`. */
  setFind(text) {
    this.findText = text.trim();
    this.#serverHits = [];
    if (this.findText === '') {
      this.hits = null;
      this.matches = new Uint32Array(0);
      if (this.only) {
        this.only = false;
        this.relist();
      }
      return;
    }
    this.#refind();
    if (this.only) this.relist();
  }

  addServerHits(rows) {
    this.#serverHits = rows;
    this.#refind();
    if (this.only) this.relist();
  }

  setOnly(only) {
    this.only = only;
    this.relist();
  }

  #refind() {
    this.#groupHits.clear();
    this.hits = matchingRows(this.columns, this.findText);
    for (const row of this.#serverHits) if (row < this.hits.length) this.hits[row] = 1;
    this.matches = inListOrder(this.hits, this.tree);
  }

  /** A group row counts as found when a member is. */
  isHit(id) {
    if (this.hits === null || this.isSynthetic(id)) return false;
    if (!this.isGroup(id)) return this.hits[id] === 1;
    if (!this.#groupHits.has(id)) this.#groupHits.set(id, this.groupAt(id).members.some((member) => this.hits[member] === 1));
    return this.#groupHits.get(id);
  }

  /** The next or previous match or error from the selection on. @param {Uint32Array} list @returns {number} row, −1 when there is none */
  stepTo(list, step) {
    let from = this.selected;
    if (this.isGroup(from)) from = step > 0 ? this.#rowBefore(this.groupAt(from).members[0]) : this.groupAt(from).members[0];
    const at = stepIn(list, this.tree, from, step);
    return at < 0 ? -1 : list[at];
  }

  #rowBefore(node) {
    const place = this.tree.pos[node];
    return place > 0 ? this.tree.order[place - 1] : -1;
  }
}
