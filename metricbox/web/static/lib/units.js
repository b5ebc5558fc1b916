// The unit keys that panels and metrics may carry, as one table. lib/format.js turns values into text by it.
import { visibleText } from './labels.js';

/**
 * @typedef {object} Unit
 * @property {'full' | 'si' | 'iec' | 'percent' | 'ratio' | 'time' | 'plain' | 'dateTime' | 'age' | 'bool'} kind
 * @property {string} suffix what follows the number, or the prefix and the number
 * @property {number} [toSeconds] for kind time: seconds in one of it
 * @property {string[]} [small] SI prefixes below one that are usual for this unit, from milli on
 * @property {boolean} [isZeroBased] the axis starts at zero unless the panel says otherwise
 */

const MILLI_MICRO = ['m', 'µ', 'n'];

/** @type {Record<string, Unit>} */
const UNITS = {
  none: { kind: 'full', suffix: '' },
  short: { kind: 'si', suffix: '', isZeroBased: true },
  bytes: { kind: 'iec', suffix: 'B', isZeroBased: true },
  bytesSI: { kind: 'si', suffix: 'B', isZeroBased: true },
  bytesPerSec: { kind: 'iec', suffix: 'B/s', isZeroBased: true },
  bitsPerSec: { kind: 'si', suffix: 'b/s', isZeroBased: true },
  percent: { kind: 'percent', suffix: '%', isZeroBased: true },
  ratio: { kind: 'ratio', suffix: '%', isZeroBased: true },
  seconds: { kind: 'time', suffix: '', toSeconds: 1, isZeroBased: true },
  ms: { kind: 'time', suffix: '', toSeconds: 1e-3, isZeroBased: true },
  us: { kind: 'time', suffix: '', toSeconds: 1e-6, isZeroBased: true },
  ns: { kind: 'time', suffix: '', toSeconds: 1e-9, isZeroBased: true },
  perSec: { kind: 'si', suffix: '/s', isZeroBased: true },
  perMin: { kind: 'si', suffix: '/min', isZeroBased: true },
  hertz: { kind: 'si', suffix: 'Hz' },
  celsius: { kind: 'plain', suffix: '°C' },
  fahrenheit: { kind: 'plain', suffix: '°F' },
  volt: { kind: 'si', suffix: 'V', small: MILLI_MICRO },
  ampere: { kind: 'si', suffix: 'A', small: MILLI_MICRO },
  watt: { kind: 'si', suffix: 'W', small: MILLI_MICRO },
  wattHour: { kind: 'si', suffix: 'Wh' },
  rpm: { kind: 'plain', suffix: 'rpm' },
  bar: { kind: 'si', suffix: 'bar', small: ['m'] },
  pascal: { kind: 'si', suffix: 'Pa' },
  metre: { kind: 'si', suffix: 'm', small: MILLI_MICRO },
  litre: { kind: 'si', suffix: 'L', small: ['m'] },
  dateTime: { kind: 'dateTime', suffix: '' },
  age: { kind: 'age', suffix: '' },
  bool: { kind: 'bool', suffix: '' },
  state: { kind: 'full', suffix: '' },
};

/** Spellings that metrics bring along from elsewhere. @type {Record<string, string>} */
const ALIASES = { '': 'none', '%': 'percent', s: 'seconds', second: 'seconds', milliseconds: 'ms', byte: 'bytes', By: 'bytes', B: 'bytes' };

/**
 * Any text is a unit: one that is not in the table is shown behind the number as it is.
 * @param {string | null | undefined} key
 * @returns {Unit}
 */
export function unitOf(key) {
  const name = key ?? 'none';
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] ?? 'none' : name;
  const known = Object.hasOwn(UNITS, alias) ? UNITS[alias] : undefined;
  return known ?? { kind: 'plain', suffix: visibleText(name) };
}
