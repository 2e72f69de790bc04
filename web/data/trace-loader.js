// Loads the skeleton of one trace and hands it over while it grows, so that the first rows are usable at once.

import { appendChunk, createTraceColumns } from '../model/lpt1.js';
import { streamTrace } from './api.js';

/**
 * @param {string} id
 * @param {{started: (columns: import('../model/lpt1.js').TraceColumns) => void, grown: (columns: import('../model/lpt1.js').TraceColumns, isLast: boolean) => void}} listener
 *   `started` after the first chunk; `grown` each time the number of loaded rows has doubled, and at the end
 * @param {AbortSignal} signal
 * @returns {Promise<import('../model/lpt1.js').TraceColumns>}
 */
export async function loadTrace(id, listener, signal) {
  let columns = null;
  let told = 0;
  await streamTrace(id, async (chunk) => {
    columns ??= createTraceColumns(chunk.header);
    appendChunk(columns, chunk);
    const isLast = columns.loaded === columns.spanCount;
    if (told === 0) listener.started(columns);
    else if (isLast || columns.loaded >= told * 2) listener.grown(columns, isLast);
    else return;
    told = columns.loaded;
    if (!isLast) await nextTurn();
  }, signal);
  return columns;
}

/** Lets the page paint. */
function nextTurn() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
