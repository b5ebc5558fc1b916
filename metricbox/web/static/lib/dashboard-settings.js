// The settings of a dashboard as the fields of their form. Pure.
import { describeRange, QUICK_RANGES } from './time.js';

/** @typedef {import('./time.js').TimeRange} TimeRange */
/** @typedef {{value: string, label: string}} Option */

const INTERVALS = [['', 'Off'], ['5s', '5 seconds'], ['10s', '10 seconds'], ['30s', '30 seconds'], ['1m', '1 minute'], ['5m', '5 minutes'], ['15m', '15 minutes']];

/** @param {TimeRange} range */
export function rangeKey({ from, to }) {
  return JSON.stringify([from, to]);
}

/** @param {string} key as rangeKey makes it @returns {TimeRange} */
export function rangeOfKey(key) {
  const [from, to] = /** @type {[string, string]} */ (JSON.parse(key));
  return { from, to };
}

/**
 * The quick ranges, and what is saved or shown if it is none of them.
 * @param {TimeRange} saved
 * @param {TimeRange} shown
 * @param {number} nowMs
 * @param {string} zone
 * @returns {Option[]}
 */
export function rangeOptions(saved, shown, nowMs, zone) {
  const options = QUICK_RANGES.map((item) => ({ value: rangeKey(item), label: item.label }));
  for (const [range, mark] of /** @type {const} */ ([[saved, ''], [shown, ' (shown now)']])) {
    const value = rangeKey(range);
    if (!options.some((option) => option.value === value)) options.push({ value, label: describeRange(range, nowMs, zone) + mark });
  }
  return options;
}

/**
 * @param {string} saved
 * @returns {Option[]}
 */
export function refreshOptions(saved) {
  const options = INTERVALS.map(([value = '', label = '']) => ({ value, label }));
  return options.some((option) => option.value === saved) ? options : [...options, { value: saved, label: saved }];
}
