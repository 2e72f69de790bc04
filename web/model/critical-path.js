// The critical path of a response (viewer.md §4.8): the spans whose shortening would shorten the root, as segments that
// are disjoint and sum to the root's duration.

import { CONSUMER, NO_SERVICE, PRODUCER, kindOf } from './lpt1.js';

/**
 * @typedef {object} CriticalPath
 * @property {number} count
 * @property {Uint32Array} node    segment -> node, segments ordered by the node's place in pre-order, then time
 * @property {Float64Array} from   ns offset
 * @property {Float64Array} to     ns offset
 */

/**
 * @param {import('./lpt1.js').TraceColumns} trace
 * @param {import('./trace-tree.js').TraceTree} tree
 * @param {number} root
 * @returns {CriticalPath}
 */
export function criticalPath(trace, tree, root) {
  const found = { node: [], from: [], to: [] };
  const emit = (node, from, to) => {
    if (to <= from) return;
    found.node.push(node);
    found.from.push(from);
    found.to.push(to);
  };
  const stack = [openFrame(trace, tree, root, trace.start[root], trace.start[root] + trace.dur[root])];
  while (stack.length > 0) {
    const frame = stack[stack.length - 1];
    const next = nextBlockingChild(trace, tree, frame);
    if (next === null) {
      emit(frame.node, frame.low, frame.cursor);
      stack.pop();
      continue;
    }
    emit(frame.node, next.to, frame.cursor);
    frame.cursor = next.from;
    stack.push(openFrame(trace, tree, next.node, next.from, next.to));
  }
  return inPreOrder(found, tree);
}

/** One span being walked from its end backwards; `cursor` is the earliest instant already explained. */
function openFrame(trace, tree, node, low, high) {
  return { node, low, cursor: high, kids: childrenByEnd(trace, tree, node), at: 0 };
}

/** Children latest end first. Serial children are already in that order, read backwards. */
function childrenByEnd({ start, dur }, { first, child }, node) {
  const kids = child.slice(first[node], first[node + 1]).reverse();
  for (let i = 1; i < kids.length; i++) {
    if (start[kids[i]] + dur[kids[i]] > start[kids[i - 1]] + dur[kids[i - 1]]) {
      return kids.sort((a, b) => (start[b] + dur[b]) - (start[a] + dur[a]) || b - a);
    }
  }
  return kids;
}

function nextBlockingChild(trace, tree, frame) {
  const { start, dur } = trace;
  const parentEnd = start[frame.node] + dur[frame.node];
  while (frame.cursor > frame.low && frame.at < frame.kids.length) {
    const kid = frame.kids[frame.at++];
    if (start[kid] >= parentEnd || isAsynchronous(trace, frame.node, kid)) continue;
    let to = start[kid] + dur[kid];
    const from = Math.max(start[kid], frame.low);
    if (to > frame.cursor) {
      if (to - frame.cursor > clockJitter(trace, frame.node, kid)) continue;
      to = frame.cursor;
    }
    if (to > from) return { node: kid, from, to };
  }
  return null;
}

/** Nobody waits for the consumer of a message that was sent. */
function isAsynchronous({ bits, spanCount }, node, kid) {
  return node < spanCount && kid < spanCount && kindOf(bits[node]) === PRODUCER && kindOf(bits[kid]) === CONSUMER;
}

/** How far a child on another host may seem to outlive the cursor: 1 ms, at most 1 % of it. */
function clockJitter({ service, dur, spanCount }, node, kid) {
  const differ = node < spanCount && kid < spanCount && service[node] !== service[kid] && service[node] !== NO_SERVICE;
  return differ ? Math.min(1e6, dur[kid] * 0.01) : 0;
}

function inPreOrder(found, { pos }) {
  const count = found.node.length;
  const places = Float64Array.from(found.node, (node, i) => pos[node] * 2 ** 21 + (count - 1 - i));
  const exact = count < 2 ** 21;
  const order = exact
    ? Array.from(places.sort(), (place) => count - 1 - (place % 2 ** 21))
    : Array.from(found.node.keys()).sort((a, b) => pos[found.node[a]] - pos[found.node[b]] || found.from[a] - found.from[b]);
  const path = { count, node: new Uint32Array(count), from: new Float64Array(count), to: new Float64Array(count) };
  order.forEach((source, i) => {
    path.node[i] = found.node[source];
    path.from[i] = found.from[source];
    path.to[i] = found.to[source];
  });
  return path;
}

/**
 * The segments of the nodes at places [from, to) of the pre-order: a subtree's, when from = pos and to = pos + size.
 * @param {CriticalPath} path @returns {[number, number]} segment range, end excluded
 */
export function segmentsOfPlaces(path, pos, from, to) {
  const lowest = (place) => {
    let low = 0, high = path.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pos[path.node[middle]] < place) low = middle + 1; else high = middle;
    }
    return low;
  };
  return [lowest(from), lowest(to)];
}

/** ns of the path spent in `node` itself (its own segments, not its children's). */
export function criticalNanos(path, tree, node) {
  const [from, to] = segmentsOfPlaces(path, tree.pos, tree.pos[node], tree.pos[node] + 1);
  let sum = 0;
  for (let i = from; i < to; i++) sum += path.to[i] - path.from[i];
  return sum;
}
