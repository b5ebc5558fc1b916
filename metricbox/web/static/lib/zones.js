// The list of time zones, to search in. Apart from zone.js, which every chart needs.
import { zoneOffsetMs } from './zone.js';

/**
 * "UTC+01:00".
 * @param {number} tsMs
 * @param {string} zone
 */
export function offsetText(tsMs, zone) {
  const minutes = Math.round(zoneOffsetMs(tsMs, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  return `UTC${minutes < 0 ? '\u2212' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * @param {string} search part of a name, or an offset such as "+9"
 * @param {number} tsMs the time whose offsets count
 * @param {readonly string[]} [names]
 * @returns {string[]} "" is the browser's own
 */
export function findZones(search, tsMs, names = Intl.supportedValuesOf('timeZone')) {
  const all = ['', 'UTC', ...names.filter((name) => name !== 'UTC')];
  const wanted = search.trim().toLowerCase().replaceAll('_', ' ');
  if (wanted === '') return all;
  const offset = /^(?:utc)?([+\-\u2212])(\d{1,2})(?::?(\d{2}))?$/.exec(wanted);
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * (offset[1] === '+' ? 1 : -1);
    return all.filter((name) => zoneOffsetMs(tsMs, name) === minutes * 60_000);
  }
  const words = wanted.split(/[\s/]+/).filter((word) => word !== '');
  return all.filter((name) => {
    const text = (name === '' ? 'this browser' : name).toLowerCase().replaceAll('_', ' ');
    return words.every((word) => text.includes(word));
  });
}
