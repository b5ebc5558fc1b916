// Ranges as people write them, in one line: "last 90m", "yesterday", "8:00 to 9:30", "now-1d/d to now/d". Pure; says what it
// understood, or why it understood nothing.
import { durationInWords, parseDuration } from './durations.js';
import { formatDateTime, limitSpan, parseTime, resolveRange, SPAN_MIN_MS } from './time.js';

/** @typedef {import('./time.js').TimeRange} TimeRange */
/** @typedef {{range: TimeRange, error: null} | {range: null, error: string}} Understood */

const DAY_MS = 86_400_000;

/** @type {Record<string, TimeRange>} */
const WORDS = {
  today: { from: 'now/d', to: 'now' },
  'since midnight': { from: 'now/d', to: 'now' },
  yesterday: { from: 'now-1d/d', to: 'now/d' },
  'this week': { from: 'now/w', to: 'now' },
  'last week': { from: 'now-1w/w', to: 'now/w' },
  'this month': { from: 'now/M', to: 'now' },
  'this hour': { from: 'now/h', to: 'now' },
};

/** @type {Record<string, string>} as people write units, to those of durations; months are left out, having no length */
const UNITS = {
  s: 's', sec: 's', secs: 's', second: 's', seconds: 's',
  m: 'm', min: 'm', mins: 'm', minute: 'm', minutes: 'm',
  h: 'h', hr: 'h', hrs: 'h', hour: 'h', hours: 'h',
  d: 'd', day: 'd', days: 'd',
  w: 'w', week: 'w', weeks: 'w',
  y: 'y', year: 'y', years: 'y',
};

const EXAMPLES = 'Write last 90m, yesterday, 8:00 to 9:30, now-6h or 2026-11-01 08:00';

/**
 * "90 minutes", "1h 30m", "hour" as a duration of the API; null when it is none.
 * @param {string} text
 */
function durationText(text) {
  const trimmed = text.trim().toLowerCase();
  const bare = UNITS[trimmed];
  if (bare) return `1${bare}`;
  if (!/^(?:\d+\s*[a-z]+\s*)+$/.test(trimmed)) return null;
  let made = '';
  for (const [, amount = '', unit = ''] of trimmed.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const known = UNITS[unit];
    if (!known) return null;
    made += Number(amount) + known;
  }
  return (parseDuration(made) ?? 0) > 0 ? made : null;
}

/**
 * @param {string} text
 * @returns {[string, string] | null} both ends as they are written
 */
function splitEnds(text) {
  const match = /^(?:from\s+)?(.+?)\s+(?:to|until|till|–|—|-)\s+(.+)$/i.exec(text) ?? /^(.+?)\s*(?:–|—|\.\.)\s*(.+)$/.exec(text);
  return match?.[1] && match[2] ? [match[1].trim(), match[2].trim()] : null;
}

/**
 * One end; what moves with the clock stays so.
 * @param {string} text
 */
function endText(text) {
  const ago = /^(.+?)\s+ago$/i.exec(text)?.[1];
  const duration = ago ? durationText(ago) : null;
  if (duration) return `now-${duration}`;
  return text.toLowerCase() === 'now' ? 'now' : text;
}

/**
 * A range from both of its ends, as it may be shown.
 * @param {TimeRange} ends as written
 * @param {number} nowMs
 * @param {string} zone
 * @returns {Understood}
 */
export function understandEnds(ends, nowMs, zone) {
  const from = endText(ends.from.trim());
  const to = endText(ends.to.trim());
  const startMs = parseTime(from, nowMs, zone);
  const endMs = parseTime(to, nowMs, zone);
  if (startMs === null) return { range: null, error: `"${ends.from.trim()}" is no time. ${EXAMPLES}` };
  if (endMs === null) return { range: null, error: `"${ends.to.trim()}" is no time. ${EXAMPLES}` };
  if (startMs >= nowMs) return { range: null, error: 'The start is in the future: there is nothing yet' };
  if (endMs <= startMs) return { range: null, error: 'The end must be after the start' };
  if (endMs - startMs < SPAN_MIN_MS) return { range: null, error: 'A range has at least 10 seconds' };
  // What is after now cannot be shown; the range goes on growing instead.
  return { range: { from: keepInstant(from, startMs), to: endMs > nowMs ? 'now' : keepInstant(to, endMs) }, error: null };
}

/**
 * Wall clock texts become instants, so that a link means the same in another zone and tomorrow.
 * @param {string} text
 * @param {number} tsMs
 */
function keepInstant(text, tsMs) {
  return text.startsWith('now') ? text : new Date(tsMs).toISOString();
}

/**
 * @param {string} text
 * @param {number} nowMs the server's clock
 * @param {string} [zone]
 * @returns {Understood}
 */
export function understandRange(text, nowMs, zone = '') {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const word = trimmed.toLowerCase();
  if (trimmed === '') return { range: null, error: EXAMPLES };
  if (Object.hasOwn(WORDS, word)) return { range: /** @type {TimeRange} */ (WORDS[word]), error: null };
  const last = /^(?:the )?(?:last|past|previous) (.+)$/.exec(word)?.[1] ?? (/^(?:\d+ ?[a-z]+ ?)+$/.test(word) ? word : null);
  if (last !== null) {
    const duration = durationText(last);
    if (duration === null) return { range: null, error: `"${last}" is no duration. Write 90m, 6h, 7d or 2 weeks` };
    return understandEnds({ from: `now-${duration}`, to: 'now' }, nowMs, zone);
  }
  const ends = splitEnds(trimmed);
  if (ends) return understandEnds({ from: ends[0], to: ends[1] }, nowMs, zone);
  const startMs = parseTime(endText(trimmed), nowMs, zone);
  // A date alone is that day.
  if (startMs !== null && /^\d{4}-\d{2}-\d{2}$/.test(trimmed)) {
    const endMs = parseTime(nextDay(trimmed), nowMs, zone) ?? startMs + DAY_MS;
    return understandEnds({ from: trimmed, to: new Date(endMs).toISOString() }, nowMs, zone);
  }
  return understandEnds({ from: trimmed, to: 'now' }, nowMs, zone);
}

/** @param {string} date */
function nextDay(date) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/**
 * What a range means now: both ends on the zone's clock, and how long it is.
 * @param {TimeRange} range
 * @param {number} nowMs
 * @param {string} [zone]
 */
export function spellOut(range, nowMs, zone = '') {
  const span = resolveRange(range, nowMs, zone);
  if (span === null) return '';
  const shown = limitSpan(span, nowMs);
  const lengthMs = Math.round((shown.endMs - shown.startMs) / 1000) * 1000;
  return `${formatDateTime(shown.startMs, zone)} – ${formatDateTime(shown.endMs, zone)} (${durationInWords(lengthMs)})`;
}
