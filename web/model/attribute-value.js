// OTLP AnyValue and attribute lists as text (viewer.md §4.6).

/** @typedef {object} AnyValue  OTLP JSON: stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue */

/** A value exactly as received, on one line where it is not a string itself. @param {AnyValue} value */
export function valueText(value) {
  if (value === null || typeof value !== 'object') return String(value ?? '');
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return String(value.boolValue);
  if ('intValue' in value) return String(value.intValue);
  if ('doubleValue' in value) return String(value.doubleValue);
  if ('bytesValue' in value) return value.bytesValue;
  if ('arrayValue' in value || 'kvlistValue' in value) return JSON.stringify(plainValue(value));
  return '';
}

/** The word for a value's type, shown where the text does not tell: '' for strings. */
export function valueType(value) {
  if ('boolValue' in value) return 'bool';
  if ('intValue' in value) return 'int';
  if ('doubleValue' in value) return 'double';
  if ('bytesValue' in value) return 'bytes, base64';
  if ('arrayValue' in value) return 'array';
  if ('kvlistValue' in value) return 'map';
  return 'stringValue' in value ? '' : 'empty';
}

function plainValue(value) {
  if ('arrayValue' in value) return (value.arrayValue.values ?? []).map(plainValue);
  if ('kvlistValue' in value) return Object.fromEntries((value.kvlistValue.values ?? []).map(({ key, value: inner }) => [key, plainValue(inner)]));
  if ('intValue' in value) return Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : String(value.intValue);
  if ('doubleValue' in value || 'boolValue' in value) return value.doubleValue ?? value.boolValue;
  return 'stringValue' in value || 'bytesValue' in value ? valueText(value) : null;
}

/**
 * Attributes by the first part of their key, prefixes with one member together under ''. Order is kept within a group.
 * @param {{k: string, v: AnyValue}[]} attributes
 * @returns {{prefix: string, attributes: {k: string, v: AnyValue}[]}[]} sorted by prefix, '' last
 */
export function groupByPrefix(attributes) {
  const byPrefix = Map.groupBy ? Map.groupBy(attributes, prefixOf) : groupedMap(attributes);
  const groups = [];
  const single = [];
  for (const [prefix, members] of byPrefix) {
    if (members.length > 1 && prefix !== '') groups.push({ prefix, attributes: members });
    else single.push(...members);
  }
  groups.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  if (single.length > 0) groups.push({ prefix: '', attributes: single });
  return groups;
}

function prefixOf({ k }) {
  const dot = k.indexOf('.');
  return dot > 0 ? k.slice(0, dot) : '';
}

function groupedMap(attributes) {
  const map = new Map();
  for (const attribute of attributes) map.set(prefixOf(attribute), [...(map.get(prefixOf(attribute)) ?? []), attribute]);
  return map;
}

/** Attributes whose key or value contains every word. */
export function filterAttributes(attributes, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return attributes;
  return attributes.filter(({ k, v }) => {
    const whole = `${k} ${valueText(v)}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}

/** The value of the first attribute that has one of the keys, as text; '' when none has. */
export function attributeText(attributes, ...keys) {
  for (const key of keys) {
    const found = attributes.find(({ k }) => k === key);
    if (found) return valueText(found.v);
  }
  return '';
}

/** Makes bidirectional control characters and NUL visible, so that a name cannot dress up as another one. */
export function visibleText(text) {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/g, controlPicture);
}

function controlPicture(character) {
  return `‹U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`;
}
