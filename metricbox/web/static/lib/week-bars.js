// Silences as bars on the days of a week. Pure.
import { formatClock, formatDate } from './time.js';
import { wallDate, wallToInstant } from './zone.js';
import { windowsOf } from './silences.js';

/** @typedef {import('../../types/app').Silence} Silence */

/**
 * @typedef {object} DayBar
 * @property {string} key
 * @property {Silence} silence
 * @property {number} left percent of the day
 * @property {number} width
 * @property {number} lane from 0: those at one time stand under each other
 * @property {string} text "22:00–24:00"
 */

/** @typedef {{date: string, startMs: number, endMs: number, isToday: boolean, lanes: number, bars: DayBar[]}} WeekDay */

/**
 * Midnight at which a week begins.
 * @param {number} nowMs
 * @param {number} weeks from this one
 * @param {string} zone
 */
export function weekStart(nowMs, weeks, zone) {
  const wall = wallDate(nowMs, zone);
  const monday = wall.getUTCDate() - ((wall.getUTCDay() + 6) % 7);
  return wallToInstant(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), monday + 7 * weeks), zone);
}

/**
 * @param {readonly Silence[]} silences
 * @param {number} startMs of the week
 * @param {number} nowMs
 * @param {string} zone
 * @returns {WeekDay[]} seven
 */
export function weekDays(silences, startMs, nowMs, zone) {
  const first = wallDate(startMs, zone);
  return [0, 1, 2, 3, 4, 5, 6].map((offset) => {
    // By the calendar: days of a clock change have 23 or 25 hours.
    const midnight = (/** @type {number} */ days) => wallToInstant(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate() + offset + days), zone);
    const span = { startMs: midnight(0), endMs: midnight(1) };
    const bars = placeBars(silences, span, zone);
    return {
      date: formatDate(span.startMs, zone), ...span, isToday: nowMs >= span.startMs && nowMs < span.endMs, bars,
      lanes: bars.reduce((most, bar) => Math.max(most, bar.lane + 1), 0),
    };
  });
}

/**
 * @param {readonly Silence[]} silences
 * @param {import('./time.js').Span} day
 * @param {string} zone
 * @returns {DayBar[]} by start
 */
function placeBars(silences, day, zone) {
  const lengthMs = day.endMs - day.startMs;
  const found = silences.flatMap((silence) => windowsOf(silence, day).map((window) => ({ silence, window })));
  found.sort((a, b) => a.window.startMs - b.window.startMs || b.window.endMs - a.window.endMs);
  /** @type {number[]} end of the last bar in each lane */
  const ends = [];
  return found.map(({ silence, window }) => {
    let lane = ends.findIndex((endMs) => endMs <= window.startMs);
    if (lane < 0) lane = ends.length;
    ends[lane] = window.endMs;
    const end = window.endMs === day.endMs ? '24:00' : formatClock(window.endMs, zone).slice(0, 5);
    const isWhole = window.startMs === day.startMs && window.endMs === day.endMs;
    return {
      key: `${silence.id} ${window.startMs}`, silence, lane, left: ((window.startMs - day.startMs) / lengthMs) * 100, width: ((window.endMs - window.startMs) / lengthMs) * 100,
      text: isWhole ? 'all day' : `${formatClock(window.startMs, zone).slice(0, 5)}–${end}`,
    };
  });
}
