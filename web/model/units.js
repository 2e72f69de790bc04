// Numbers and times as people read them (viewer.md §10.4). Numbers in, text out.

/** No-break space between a number and its unit. */
export const NBSP = '\u00a0';
/** What is shown for a value nobody reported. */
const UNKNOWN = '–';

const SCALES = [[1, 'ns'], [1e3, 'µs'], [1e6, 'ms'], [1e9, 's']];

/** Three significant digits of a value below 1000. */
function threeDigits(value) {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

const twoDigits = (value) => String(value).padStart(2, '0');

/**
 * A duration with three significant digits: `850 ns`, `12.3 µs`, `1.92 s`, `2 m 05 s`, `1 h 02 m`.
 * @param {number} nanos may be fractional or negative
 */
export function formatDuration(nanos) {
  if (nanos == null || Number.isNaN(nanos)) return UNKNOWN;
  if (nanos < 0) return '−' + formatDuration(-nanos);
  if (nanos === 0) return '0';
  if (nanos < 999.5) return Math.max(1, Math.round(nanos)) + NBSP + 'ns';
  for (const [scale, unit] of SCALES.slice(1)) {
    const value = nanos / scale;
    if (unit === 's' ? value < 59.95 : value < 999.5) return threeDigits(value) + NBSP + unit;
  }
  const seconds = Math.round(nanos / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NBSP}m${NBSP}${twoDigits(seconds % 60)}${NBSP}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}${NBSP}h${NBSP}${twoDigits(minutes % 60)}${NBSP}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}${NBSP}d${NBSP}${twoDigits(hours % 24)}${NBSP}h`;
}

/** Digits in groups of three: `12,345`. Takes what BigInt and decimal strings give, too. */
export function groupDigits(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** An exact duration: `1,920,034,112 ns`. */
export function formatExactNanos(nanos) {
  return groupDigits(BigInt(Math.round(nanos))) + NBSP + 'ns';
}

/** A count: `12,345`, from a million `1.24 M`. */
export function formatCount(count) {
  if (count == null) return UNKNOWN;
  if (count < 999_500) return groupDigits(Math.round(count));
  return count < 999.5e6 ? threeDigits(count / 1e6) + NBSP + 'M' : threeDigits(count / 1e9) + NBSP + 'G';
}

/** Count and noun: `1 span`, `1,204 spans`. */
export function countOf(count, singular, plural = singular + 's') {
  return `${formatCount(count)}${NBSP}${count === 1 ? singular : plural}`;
}

/** Events a second: `1,240 /s`, `0.3 /min`. */
export function formatRate(perSecond) {
  if (perSecond === 0) return `0${NBSP}/s`;
  if (perSecond < 0.95) return `${trimZeros((perSecond * 60).toFixed(1))}${NBSP}/min`;
  return perSecond < 9.95 ? `${trimZeros(perSecond.toFixed(1))}${NBSP}/s` : `${groupDigits(Math.round(perSecond))}${NBSP}/s`;
}

function trimZeros(text) {
  return text.replace(/\.0+$/, '');
}

/** Binary sizes: `512 B`, `1.5 MiB`. */
export function formatBytes(bytes) {
  if (bytes == null) return UNKNOWN;
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1023.95) return `${unit === 'B' || value >= 100 ? Math.round(value) : trimZeros(value.toFixed(1))}${NBSP}${unit}`;
    value /= 1024;
  }
  return `${trimZeros(value.toFixed(1))}${NBSP}TiB`;
}

/** A share: `4.1 %`, `< 0.1 %`; never `100 %` while something is missing. */
export function formatShare(part, whole) {
  if (!(whole > 0)) return UNKNOWN;
  if (part <= 0) return '0';
  if (part >= whole) return `100${NBSP}%`;
  const percent = Math.min(99.9, (part / whole) * 100);
  if (percent < 0.1) return `<${NBSP}0.1${NBSP}%`;
  return `${percent < 9.95 ? trimZeros(percent.toFixed(1)) : percent > 99 ? percent.toFixed(1) : percent.toFixed(0)}${NBSP}%`;
}

/** Milliseconds since 1970 of a nanosecond BigInt or decimal string. */
export function epochMillis(nanos) {
  return Number(BigInt(nanos) / 1_000_000n);
}

/**
 * Wall-clock time of an instant: `14:12:07.118`, with the date once it is not today.
 * @param {bigint|string} nanos since 1970
 * @param {{utc?: boolean, nowMillis?: number}} options
 */
export function formatClock(nanos, { utc = false, nowMillis = Date.now() } = {}) {
  const [date, time] = clockParts(epochMillis(nanos), utc);
  return clockParts(nowMillis, utc)[0] === date ? time : `${date} ${time}`;
}

function clockParts(millis, utc) {
  const shifted = new Date(utc ? millis : millis - new Date(millis).getTimezoneOffset() * 60_000);
  if (Number.isNaN(shifted.getTime())) return ['', UNKNOWN];
  const iso = shifted.toISOString();
  return [iso.slice(0, 10), iso.slice(11, 23)];
}

/** Exact instant for the details: date, time and all nine decimals. */
export function formatExactClock(nanos, utc = false) {
  const big = BigInt(nanos);
  const [date, time] = clockParts(epochMillis(big), utc);
  return `${date} ${time.slice(0, 8)}.${String(((big % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, '0')}`;
}

/** The offset to UTC that clock times are shown in: `UTC+1`, `UTC`. */
export function zoneLabel(utc, date = new Date()) {
  const minutes = utc ? 0 : -date.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? ':' + twoDigits(rest) : ''}`;
}

/** How long ago, in whole steps: `now`, `3 s ago`, `5 min ago`, `2 h ago`, `4 d ago`. */
export function formatAgo(seconds) {
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)}${NBSP}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NBSP}min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}${NBSP}h ago`;
  return `${Math.floor(seconds / 86400)}${NBSP}d ago`;
}

/** A span of time people configure: `7 days`, `48 h`, `15 min`. */
export function formatPeriod(seconds) {
  if (seconds >= 172800 && seconds % 86400 === 0) return countOf(seconds / 86400, 'day');
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600}${NBSP}h`;
  return seconds >= 60 ? `${Math.round(seconds / 60)}${NBSP}min` : `${Math.round(seconds)}${NBSP}s`;
}
