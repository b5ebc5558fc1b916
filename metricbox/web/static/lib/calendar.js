// The days of a month in weeks, and walking among them. Dates are "2026-11-25": a day of the calendar, of no zone. Pure.

const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** @param {string} date */
function toMs(date) {
  const [, year, month, day] = DATE.exec(date) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
}

/** @param {number} ms */
const toDate = (ms) => new Date(ms).toISOString().slice(0, 10);

/**
 * @param {string} date
 * @param {number} days
 */
export function addDays(date, days) {
  return toDate(toMs(date) + days * DAY_MS);
}

/**
 * The same day of another month, or its last when it has no such day.
 * @param {string} date
 * @param {number} months
 */
export function addMonths(date, months) {
  const from = new Date(toMs(date));
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
  const length = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate();
  return toDate(first + (Math.min(from.getUTCDate(), length) - 1) * DAY_MS);
}

/**
 * 0 is Monday.
 * @param {string} date
 */
export function weekday(date) {
  return (new Date(toMs(date)).getUTCDay() + 6) % 7;
}

/**
 * Six weeks that hold a date's month, so that the grid never changes its height.
 * @param {string} date
 * @returns {string[][]}
 */
export function weeksOf(date) {
  const first = `${date.slice(0, 7)}-01`;
  const start = addDays(first, -weekday(first));
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_unused, day) => addDays(start, week * 7 + day)));
}

/** @param {string} date "November 2026" */
export function monthName(date) {
  return `${MONTHS[Number(date.slice(5, 7)) - 1] ?? ''} ${date.slice(0, 4)}`;
}

/** @param {string} date "Wednesday, 25 November 2026" */
export function spokenDate(date) {
  return `${WEEKDAYS[weekday(date)] ?? ''}, ${Number(date.slice(8))} ${monthName(date)}`;
}

/**
 * Where a key of the grid pattern leads; null for other keys.
 * @param {string} date
 * @param {string} key
 * @param {boolean} hasShift
 * @returns {string | null}
 */
export function walkDays(date, key, hasShift) {
  switch (key) {
    case 'ArrowLeft': return addDays(date, -1);
    case 'ArrowRight': return addDays(date, 1);
    case 'ArrowUp': return addDays(date, -7);
    case 'ArrowDown': return addDays(date, 7);
    case 'Home': return addDays(date, -weekday(date));
    case 'End': return addDays(date, 6 - weekday(date));
    case 'PageUp': return addMonths(date, hasShift ? -12 : -1);
    case 'PageDown': return addMonths(date, hasShift ? 12 : 1);
    default: return null;
  }
}
