// What a silence mutes and when, in words and as stretches of time. Pure.
import { formatDate, formatDateTime } from './time.js';
import { visibleText } from './labels.js';
import { wallDate, wallToInstant } from './zone.js';

/** @typedef {import('../../types/app').Silence} Silence */
/** @typedef {import('../../types/app').SilenceMatcher} Matcher */
/** @typedef {import('../../types/app').Recurrence} Recurrence */
/** @typedef {import('./time.js').Span} Span */
/** @typedef {Recurrence['weekdays'][number]} Weekday */
/** @typedef {'active' | 'coming' | 'ended'} SilencePhase */

const DAY_MS = 86_400_000;

/** @type {readonly {value: Weekday, label: string, long: string}[]} */
export const WEEKDAYS = [
  { value: 'mon', label: 'Mon', long: 'Monday' },
  { value: 'tue', label: 'Tue', long: 'Tuesday' },
  { value: 'wed', label: 'Wed', long: 'Wednesday' },
  { value: 'thu', label: 'Thu', long: 'Thursday' },
  { value: 'fri', label: 'Fri', long: 'Friday' },
  { value: 'sat', label: 'Sat', long: 'Saturday' },
  { value: 'sun', label: 'Sun', long: 'Sunday' },
];

/** @type {readonly {value: Matcher['op'], label: string}[]} */
export const OPERATORS = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=~', label: 'matches' },
  { value: '!~', label: 'does not match' },
];

/**
 * @param {Pick<Silence, 'startsAt' | 'endsAt' | 'recurrence'>} silence
 * @param {number} nowMs
 * @returns {SilencePhase} coming also between two times of a recurring one
 */
export function phaseOf(silence, nowMs) {
  if (silence.endsAt && Date.parse(silence.endsAt) <= nowMs) return 'ended';
  if (Date.parse(silence.startsAt) > nowMs) return 'coming';
  if (!silence.recurrence || windowsOf(silence, { startMs: nowMs, endMs: nowMs + 1 }).length > 0) return 'active';
  return nextWindow(silence, nowMs) === null ? 'ended' : 'coming';
}

/**
 * When it mutes within a span, clipped to it.
 * @param {Pick<Silence, 'startsAt' | 'endsAt' | 'recurrence'>} silence
 * @param {Span} span
 * @returns {Span[]}
 */
export function windowsOf({ startsAt, endsAt, recurrence }, span) {
  const startMs = Math.max(span.startMs, Date.parse(startsAt));
  const endMs = Math.min(span.endMs, endsAt ? Date.parse(endsAt) : Infinity);
  if (startMs >= endMs) return [];
  if (!recurrence) return [{ startMs, endMs }];
  const { weekdays, timezone } = recurrence;
  const from = minutesOf(recurrence.from);
  const to = minutesOf(recurrence.to);
  /** @type {Span[]} */
  const windows = [];
  // From the day before: what began then may go on.
  const wall = wallDate(startMs, timezone);
  let dayMs = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() - 1);
  for (; dayMs <= wallDate(endMs, timezone).getTime(); dayMs += DAY_MS) {
    const weekday = WEEKDAYS[(new Date(dayMs).getUTCDay() + 6) % 7]?.value;
    if (!weekday || !weekdays.includes(weekday)) continue;
    // Wall clocks are turned into instants each for itself: nights of a clock change are longer or shorter.
    const opensMs = wallToInstant(dayMs + from * 60_000, timezone);
    const closesMs = wallToInstant(dayMs + (to > from ? 0 : DAY_MS) + to * 60_000, timezone);
    const window = { startMs: Math.max(startMs, opensMs), endMs: Math.min(endMs, closesMs) };
    const last = windows.at(-1);
    if (window.startMs >= window.endMs) continue;
    if (last && last.endMs >= window.startMs) last.endMs = Math.max(last.endMs, window.endMs);
    else windows.push(window);
  }
  return windows;
}

/**
 * The time at which it mutes, or will next.
 * @param {Pick<Silence, 'startsAt' | 'endsAt' | 'recurrence'>} silence
 * @param {number} nowMs
 * @returns {Span | null} an end of Infinity is not known
 */
export function nextWindow(silence, nowMs) {
  const startMs = Math.max(nowMs, Date.parse(silence.startsAt));
  if (!silence.recurrence) {
    const endMs = silence.endsAt ? Date.parse(silence.endsAt) : Infinity;
    return startMs < endMs ? { startMs, endMs } : null;
  }
  return windowsOf(silence, { startMs, endMs: startMs + 8 * DAY_MS })[0] ?? null;
}

/** @param {string} text HH:MM */
function minutesOf(text) {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/**
 * "Mon–Fri 22:00–06:00 (next day), Europe/Berlin"
 * @param {Recurrence} recurrence
 */
export function describeRecurrence({ weekdays, from, to, timezone }) {
  const end = to > from ? to : `${to} (next day)`;
  return `${describeDays(weekdays)} ${from}–${end}, ${timezone}`;
}

/**
 * "every day", "Mon–Fri", "Sat, Sun"
 * @param {readonly string[]} weekdays
 */
export function describeDays(weekdays) {
  if (weekdays.length === 7) return 'every day';
  /** @type {number[][]} runs of days that follow each other */
  const runs = [];
  WEEKDAYS.forEach((day, index) => {
    if (!weekdays.includes(day.value)) return;
    const last = runs.at(-1);
    if (last?.at(-1) === index - 1) last.push(index);
    else runs.push([index]);
  });
  return runs.map((run) => {
    const names = run.map((index) => WEEKDAYS[index]?.label ?? '');
    return names.length > 2 ? `${names[0]}–${names.at(-1)}` : names.join(', ');
  }).join(', ');
}

/**
 * "until 2026-11-25 14:00", "from 2026-11-26 10:00 to 12:00", "until somebody ends it".
 * @param {Pick<Silence, 'startsAt' | 'endsAt'>} silence
 * @param {number} nowMs
 * @param {string} zone
 */
export function describePeriod({ startsAt, endsAt }, nowMs, zone) {
  const startMs = Date.parse(startsAt);
  const short = (/** @type {number} */ tsMs) => formatDateTime(tsMs, zone).slice(0, 16);
  const isAhead = startMs > nowMs;
  if (!endsAt) return isAhead ? `from ${short(startMs)} until somebody ends it` : 'until somebody ends it';
  const endMs = Date.parse(endsAt);
  const isSameDay = formatDate(startMs, zone) === formatDate(endMs, zone);
  if (!isAhead && endMs > nowMs) return `until ${short(endMs)}`;
  return `${isAhead ? 'from ' : ''}${short(startMs)}${isAhead ? ' to ' : ' – '}${isSameDay ? short(endMs).slice(11) : short(endMs)}`;
}

/** @param {Matcher} matcher */
export function describeMatcher({ name, op, value }) {
  const word = OPERATORS.find((item) => item.value === op)?.label ?? op;
  return `${visibleText(name)} ${word} ${value === '' ? '""' : visibleText(value)}`;
}

/**
 * Whether all matchers hold of the labels; an absent label is empty. As the server has it, but for the dialect of patterns.
 * @param {readonly Matcher[]} matchers
 * @returns {((labels: Record<string, string>) => boolean) | null} null when a pattern is none
 */
export function compileMatchers(matchers) {
  try {
    const checks = matchers.map(({ name, op, value }) => {
      const pattern = op === '=~' || op === '!~' ? new RegExp(`^(?:${value})$`, 'su') : null;
      const isWanted = op === '=' || op === '=~';
      return (/** @type {Record<string, string>} */ labels) => {
        const text = Object.hasOwn(labels, name) ? labels[name] ?? '' : '';
        return (pattern ? pattern.test(text) : text === value) === isWanted;
      };
    });
    return (labels) => checks.every((holds) => holds(labels));
  } catch {
    return null;
  }
}

/**
 * As the server has it: one that excludes only would mute nearly everything.
 * @param {readonly Matcher[]} matchers
 */
export function namesSomething(matchers) {
  return matchers.some(({ op, value }) => op === '=~' || (op === '=' && value !== ''));
}
