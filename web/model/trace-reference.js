// Recognising a trace in what people paste: ids, traceparent headers, links.

/**
 * @typedef {{trace: string, span: string|null}} TraceReference  hex ids, lower case; a 16-digit trace id is left-padded
 */

/**
 * Reads a trace id (32 or 16 hex digits, dashes and `0x` tolerated) or a W3C traceparent out of pasted text.
 * @param {string} text
 * @returns {TraceReference|null} null when it is words
 */
export function parseTraceReference(text) {
  const trimmed = text.trim().replace(/^["'`<]+|["'`>,;]+$/g, '').toLowerCase();
  const parent = /^(?:traceparent\s*[:=]\s*)?["']?[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(trimmed);
  if (parent) return isZero(parent[1]) ? null : { trace: parent[1], span: isZero(parent[2]) ? null : parent[2] };
  const digits = trimmed.replace(/^0x/, '').replace(/^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/, '$1$2$3$4$5');
  if (!/^([0-9a-f]{32}|[0-9a-f]{16})$/.test(digits) || isZero(digits)) return null;
  return { trace: digits.padStart(32, '0'), span: null };
}

function isZero(hex) {
  return /^0+$/.test(hex);
}
