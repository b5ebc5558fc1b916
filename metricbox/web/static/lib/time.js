// Points in time and ranges as the URL, the time picker and the API write them.
import { durationInWords, parseDuration } from './durations.js';
import { wallDate, wallToInstant, zoneOffsetMs } from './zone.js';

/** @typedef {{from: string, to: string}} TimeRange */
/** @typedef {{startMs: number, endMs: number}} Span */

/** @type {{label: string, from: string, to: string}[]} */
export const QUICK_RANGES = [
  ...['5m', '15m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d', '90d', '365d'].map((text) => ({
    label: `Last ${text === '365d' ? '1 year' : lastWords(text)}`, from: `now-${text}`, to: 'now',
  })),
  { label: 'Today so far', from: 'now/d', to: 'now' },
  { label: 'Yesterday', from: 'now-1d/d', to: 'now/d' },
  { label: 'This week so far', from: 'now/w', to: 'now' },
  { label: 'This month so far', from: 'now/M', to: 'now' },
];

/** @param {string} text */
function lastWords(text) {
  return text === '24h' ? '24 hours' : durationInWords(parseDuration(text) ?? 0);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/**
 * Start of the day, week (Monday) or month in the zone.
 * @param {number} tsMs
 * @param {string} unit
 * @param {string} zone
 */
function floorTo(tsMs, unit, zone) {
  const wall = wallDate(tsMs, zone);
  if (unit === 'h') return tsMs - ((tsMs + zoneOffsetMs(tsMs, zone)) % 3_600_000);
  let day = wall.getUTCDate();
  if (unit === 'w') day -= (wall.getUTCDay() + 6) % 7;
  if (unit === 'M') day = 1;
  return wallToInstant(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), day), zone);
}

/**
 * "now", "now-6h", "now-1d/d".
 * @param {string} text
 * @param {number} nowMs
 * @param {string} zone
 * @returns {number | null}
 */
function parseRelative(text, nowMs, zone) {
  const match = /^now(?:([+-])([0-9ywdhms]+))?(?:\/([hdwM]))?$/.exec(text);
  if (!match) return null;
  let tsMs = nowMs;
  if (match[2]) {
    const durationMs = parseDuration(match[2]);
    if (durationMs === null) return null;
    // Whole days move the calendar, not 24 hours, so that "yesterday" is right after a clock change.
    tsMs = durationMs % 86_400_000 === 0
      ? wallToInstant(wallDate(nowMs, zone).getTime() + (match[1] === '-' ? -durationMs : durationMs), zone)
      : nowMs + (match[1] === '-' ? -durationMs : durationMs);
  }
  return match[3] ? floorTo(tsMs, match[3], zone) : tsMs;
}

/**
 * @param {string} text
 * @param {number} nowMs
 * @param {string} zone
 * @returns {number | null}
 */
function parseAbsolute(text, nowMs, zone) {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock) {
    const wall = wallDate(nowMs, zone);
    return wallInstant([wall.getUTCFullYear(), wall.getUTCMonth() + 1, wall.getUTCDate(), ...clock.slice(1)], zone);
  }
  const local = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/.exec(text);
  if (local) return wallInstant(local.slice(1), zone);
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text)) {
    const parsed = Date.parse(text);
    return Number.isNaN(parsed) ? null : parsed;
  }
  return null;
}

/**
 * @param {(string | number | undefined)[]} fields year, month 1-12, day, hour, minute, second
 * @param {string} zone
 */
function wallInstant(fields, zone) {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields.map((field) => Number(field ?? 0));
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const check = new Date(wallMs);
  // Date.UTC rolls 31 February over; a typing error must not become another day.
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return null;
  return wallToInstant(wallMs, zone);
}

/**
 * One point in time, written in any of the ways the picker takes.
 * @param {string} text
 * @param {number} nowMs
 * @param {string} [zone]
 * @returns {number | null} milliseconds, null when it is not understood
 */
export function parseTime(text, nowMs, zone = '') {
  const trimmed = text.trim();
  if (trimmed === 'today') return parseRelative('now/d', nowMs, zone);
  if (trimmed === 'yesterday') return parseRelative('now-1d/d', nowMs, zone);
  return parseRelative(trimmed, nowMs, zone) ?? parseAbsolute(trimmed, nowMs, zone);
}

/** @param {TimeRange} range */
export function isRelative(range) {
  return range.to.startsWith('now');
}

/**
 * @param {TimeRange} range
 * @param {number} nowMs
 * @param {string} [zone]
 * @returns {Span | null} null when an end is not understood or the range is not at least a second long
 */
export function resolveRange(range, nowMs, zone = '') {
  const startMs = parseTime(range.from, nowMs, zone);
  const endMs = parseTime(range.to, nowMs, zone);
  if (startMs === null || endMs === null || endMs - startMs < 1000) return null;
  return { startMs, endMs };
}

/**
 * What a query is asked with. Plain relative ends go as they are, since the server's clock decides them; anything that needs
 * the page's zone (a rounding, a wall clock text) is resolved here.
 * @param {TimeRange} range
 * @param {number} nowMs
 * @param {string} [zone]
 * @returns {{start: string | number, end: string | number} | null}
 */
export function requestRange(range, nowMs, zone = '') {
  const span = resolveRange(range, nowMs, zone);
  if (span === null) return null;
  const plain = /^now(-[0-9ywdhms]+)?$/;
  return {
    start: plain.test(range.from) ? range.from : span.startMs,
    end: plain.test(range.to) ? range.to : span.endMs,
  };
}

/** Under it a chart would show one or two samples. */
export const SPAN_MIN_MS = 10_000;

/**
 * A span as it may be shown: not after now, and at least ten seconds wide.
 * @param {Span} span
 * @param {number} nowMs
 * @returns {Span}
 */
export function limitSpan(span, nowMs) {
  const missing = Math.max(0, SPAN_MIN_MS - (span.endMs - span.startMs));
  const endMs = Math.min(nowMs, span.endMs + missing / 2);
  const startMs = Math.min(span.startMs - missing / 2, endMs - SPAN_MIN_MS);
  return { startMs: Math.round(startMs), endMs: Math.round(endMs) };
}

/** @typedef {'back' | 'forward' | 'out' | 'in'} Move */

/**
 * Moves a range by half its length, or doubles or halves it around its centre; never past now, never under ten seconds.
 * @param {Span} span
 * @param {Move} how
 * @param {number} nowMs
 * @returns {Span}
 */
export function moveSpan(span, how, nowMs) {
  const length = Math.max(SPAN_MIN_MS, span.endMs - span.startMs);
  const newLength = how === 'out' ? length * 2 : how === 'in' ? Math.max(SPAN_MIN_MS, length / 2) : length;
  const shift = how === 'back' ? -length / 2 : how === 'in' ? (newLength - length) / 2 : length / 2;
  const endMs = Math.min(nowMs, span.endMs + shift);
  return { startMs: Math.round(endMs - newLength), endMs: Math.round(endMs) };
}

/**
 * @param {number} tsMs
 * @param {string} [zone]
 */
export function formatDateTime(tsMs, zone = '') {
  return `${formatDate(tsMs, zone)} ${formatClock(tsMs, zone)}`;
}

/**
 * @param {number} tsMs
 * @param {string} [zone]
 */
export function formatDate(tsMs, zone = '') {
  const wall = wallDate(tsMs, zone);
  return `${wall.getUTCFullYear()}-${two(wall.getUTCMonth() + 1)}-${two(wall.getUTCDate())}`;
}

/**
 * @param {number} tsMs
 * @param {string} [zone]
 */
export function formatClock(tsMs, zone = '') {
  const wall = wallDate(tsMs, zone);
  return `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`;
}

/**
 * Text of the axis ticks. Where a tick opens a day (or a year) it names it, the rest stays short.
 * @param {number[]} ticksMs
 * @param {number} stepMs distance of the ticks
 * @param {string} [zone]
 */
export function formatTicks(ticksMs, stepMs, zone = '') {
  return ticksMs.map((tick) => {
    const wall = wallDate(tick, zone);
    const isMidnight = wall.getUTCHours() === 0 && wall.getUTCMinutes() === 0 && wall.getUTCSeconds() === 0;
    const month = MONTHS[wall.getUTCMonth()] ?? '';
    if (stepMs >= 28 * 86_400_000) return `${month} ${wall.getUTCFullYear()}`;
    if (stepMs >= 7 * 86_400_000) return `${month} ${wall.getUTCDate()}`;
    if (stepMs >= 86_400_000 || isMidnight) return `${WEEKDAYS[wall.getUTCDay()] ?? ''} ${wall.getUTCDate()}`;
    const clock = `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`;
    return stepMs < 60_000 ? `${clock}:${two(wall.getUTCSeconds())}` : clock;
  });
}

/**
 * The words on the time picker's button.
 * @param {TimeRange} range
 * @param {number} nowMs
 * @param {string} [zone]
 */
export function describeRange(range, nowMs, zone = '') {
  const quick = QUICK_RANGES.find((item) => item.from === range.from && item.to === range.to);
  if (quick) return quick.label;
  const last = /^now-([0-9ywdhms]+)$/.exec(range.from);
  const lastMs = last?.[1] && range.to === 'now' ? parseDuration(last[1]) : null;
  if (lastMs !== null) return `Last ${durationInWords(lastMs)}`;
  const span = resolveRange(range, nowMs, zone);
  if (span === null) return `${range.from} to ${range.to}`;
  const isSameDay = formatDate(span.startMs, zone) === formatDate(span.endMs, zone);
  const end = isSameDay ? formatClock(span.endMs, zone) : formatDateTime(span.endMs, zone);
  return `${formatDateTime(span.startMs, zone)} – ${end}`;
}
