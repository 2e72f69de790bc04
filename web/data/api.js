// The only module that talks to the server (see the private endpoints /ui/api/…). Answers are returned as they are;
// failures are ApiError with a sentence a person can act on.

import { ChunkReader } from '../model/lpt1.js';

/** Why a request got no answer to use. `status` 0 = the server could not be reached. */
export class ApiError extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Where a path below the viewer's root leads; honours the prefix a reverse proxy adds through <base>. */
function apiUrl(path, parameters = {}) {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(parameters)) if (value !== '' && value !== null && value !== undefined) url.searchParams.set(name, value);
  return url;
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, { cache: 'no-store', ...options });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new ApiError(0, 'Loupe does not answer. It may have been stopped, or the network is down.');
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new ApiError(response.status, body.error ?? `Loupe answered ${response.status} without a reason.`);
}

async function requestJson(path, parameters, signal) {
  return (await request(apiUrl(path, parameters), { signal })).json();
}

export function fetchState(signal) {
  return requestJson('api/state', {}, signal);
}

/** @param {{limit?: number, service?: string, text?: string, from?: string, to?: string, before?: string, asof?: number, errors?: string}} parameters */
export function fetchTraces(parameters, signal) {
  return requestJson('api/traces', parameters, signal);
}

/**
 * Streams the skeleton of a trace.
 * @param {string} id
 * @param {(chunk: {header: object, columns: Uint8Array}) => void|Promise<void>} onChunk  may be awaited, to give the page time between chunks
 */
export async function streamTrace(id, onChunk, signal) {
  const response = await request(apiUrl(`api/trace/${id}`), { signal });
  const reader = new ChunkReader();
  const body = response.body.getReader();
  for (;;) {
    const { done, value } = await body.read();
    if (done) break;
    for (const chunk of reader.push(value)) await onChunk(chunk);
  }
  if (!reader.isAtBoundary) throw new ApiError(0, 'The trace broke off while it was being sent.');
}

/** The current `rev` of a trace, to see whether it has grown. @returns {Promise<string>} */
export async function fetchRev(id, signal) {
  return (await requestJson(`api/trace/${id}/rows`, { r: '0' }, signal)).rev;
}

/** Full spans of some rows, as runs: `12,400-460`. */
export function fetchRows(id, rev, rows, signal) {
  return requestJson(`api/trace/${id}/rows`, { r: rowRuns(rows), rev }, signal);
}

/** Full spans by span id. */
export function fetchSpans(id, rev, spanIds, signal) {
  return requestJson(`api/trace/${id}/rows`, { id: spanIds.join(','), rev }, signal);
}

/** Rows whose attributes, events, status text or span id contain `text`. */
export function fetchMatches(id, rev, text, signal) {
  return requestJson(`api/trace/${id}/match`, { text, rev }, signal);
}

/** Ascending rows -> `3,7-9`. */
export function rowRuns(rows) {
  const sorted = [...rows].sort((a, b) => a - b);
  const runs = [];
  for (let i = 0; i < sorted.length; i++) {
    const from = sorted[i];
    while (sorted[i + 1] === sorted[i] + 1) i++;
    runs.push(from === sorted[i] ? String(from) : `${from}-${sorted[i]}`);
  }
  return runs.join(',');
}

/** Sends OTLP JSON to this Loupe, as an exporter would. */
export async function sendTraces(payload) {
  await request(apiUrl('../v1/traces'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) });
}
