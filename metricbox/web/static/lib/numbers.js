// What people type into number fields, as numbers: both decimal marks, grouped digits, and suffixes that go with the unit of
// the field (90%, 1.5GiB, 5m). Pure. The inverse of lib/format.js as far as a person would write it.
import { unitOf } from './units.js';

/** @typedef {{value: number | null, error: string | null, isConverted: boolean}} NumberRead value null for an empty field */

/** @type {Record<string, number>} */
const PREFIXES = {
  n: 1e-9, u: 1e-6, 'µ': 1e-6, 'μ': 1e-6, m: 1e-3, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15,
  Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4, Pi: 1024 ** 5,
};

/** @type {Record<string, number>} in seconds */
const SPANS = {
  ns: 1e-9, us: 1e-6, 'µs': 1e-6, 'μs': 1e-6, ms: 1e-3, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000,
};

const NUMBER = /^[+-]?(?:\d[\d.,'’ ]*|[.,]\d[\d.,'’ ]*)(?:e[+-]?\d+)?/i;
const SPACES = /[\s\u00a0\u2009\u202f]+/g;

/**
 * The digits of a number, whose marks may be those of any country. One mark alone is the decimal one: "1,234" is not a
 * thousand, since "0,125" is not a hundred either.
 * @param {string} text
 * @returns {number | null}
 */
function digits(text) {
  const [mantissa = '', exponent] = text.split(/e/i);
  const plain = mantissa.replace(/['’ ]/g, '');
  const commas = plain.split(',').length - 1;
  const points = plain.split('.').length - 1;
  let cleaned = plain;
  if (commas > 0 && points > 0) {
    // The last of two kinds is the decimal mark, and stands once.
    const mark = plain.lastIndexOf(',') > plain.lastIndexOf('.') ? ',' : '.';
    if (plain.split(mark).length > 2) return null;
    cleaned = plain.replaceAll(mark === ',' ? '.' : ',', '').replace(mark, '.');
  } else if (commas > 1 || points > 1) {
    const mark = commas > 1 ? ',' : '.';
    if (!plain.replace(/^[+-]/, '').split(mark).slice(1).every((group) => group.length === 3)) return null;
    cleaned = plain.replaceAll(mark, '');
  } else cleaned = plain.replace(',', '.');
  const value = Number(exponent === undefined ? cleaned : `${cleaned}e${exponent}`);
  return Number.isFinite(value) ? value : null;
}

/**
 * "1h30m", "5 m", "250ms" in seconds; null when it is no duration.
 * @param {string} text without spaces
 */
function readSpan(text) {
  const parts = [...text.matchAll(/([\d.,]+)(ns|us|µs|μs|ms|sec|s|min|m|h|d|w|y)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.replace(/^[+-]/, '')) return null;
  let seconds = 0;
  for (const [, amount = '', unit = ''] of parts) {
    const value = digits(amount);
    if (value === null) return null;
    seconds += value * (SPANS[unit] ?? 0);
  }
  return text.startsWith('-') ? -seconds : seconds;
}

/**
 * What a suffix multiplies by in a field of this unit; null when it does not go with it.
 * @param {string} suffix without spaces, not empty
 * @param {string | null | undefined} unitKey
 */
function factorOf(suffix, unitKey) {
  const unit = unitOf(unitKey);
  if (suffix === '%') return unit.kind === 'ratio' ? 0.01 : unit.kind === 'percent' || isPlain(unitKey) ? 1 : null;
  if (suffix === unit.suffix) return unit.kind === 'ratio' ? 0.01 : 1;
  if (Object.hasOwn(PREFIXES, suffix)) return PREFIXES[suffix] ?? null;
  const base = isPlain(unitKey) ? 'B' : unit.suffix;
  // "1.5GiB" in a field of bytes, "3 kW" in one of watts, "1.5 GiB" where no unit is set.
  for (const name of [base, base.replace(/\/s$/, '')]) {
    if (name === '' || !suffix.endsWith(name)) continue;
    const prefix = suffix.slice(0, -name.length);
    if (prefix === '') return 1;
    if (Object.hasOwn(PREFIXES, prefix)) return PREFIXES[prefix] ?? null;
  }
  return null;
}

/** @param {string | null | undefined} unitKey */
function isPlain(unitKey) {
  return unitKey === null || unitKey === undefined || unitKey === '' || unitKey === 'none' || unitKey === 'short';
}

/** @param {string} error @returns {NumberRead} */
function fails(error) {
  return { value: null, error, isConverted: false };
}

/** Binary fractions must not show: 0.07 for "7%" and not 0.07000000000000001. @param {number} value */
function tidy(value) {
  return Number(value.toPrecision(15));
}

/**
 * @param {string} text
 * @param {string | null} [unitKey] of the field
 * @returns {NumberRead} error is the end of a sentence that begins with the field
 */
export function readNumber(text, unitKey = null) {
  const cleaned = text.replace(/[−–]/g, '-').replace(SPACES, ' ').trim();
  if (cleaned === '') return { value: null, error: null, isConverted: false };
  const number = NUMBER.exec(cleaned)?.[0].trimEnd();
  if (number === undefined) return fails('must be a number, such as 0.5');
  const suffix = cleaned.slice(number.length).replaceAll(' ', '');
  const unit = unitOf(unitKey);
  // A minute in a field of times, and where nothing says what m is; a milli elsewhere.
  if (suffix !== '' && (unit.kind === 'time' || isPlain(unitKey))) {
    const seconds = readSpan(cleaned.replaceAll(' ', ''));
    if (seconds !== null) return { value: tidy(seconds / (unit.toSeconds ?? 1)), error: null, isConverted: true };
  }
  const value = digits(number);
  if (value === null) return fails('must be a number, such as 0.5');
  if (suffix === '') return { value, error: null, isConverted: false };
  const factor = factorOf(suffix, unitKey);
  if (factor === null) return fails(`cannot be in "${suffix}"${unit.suffix === '' ? '' : `, its unit is ${unit.suffix}`}`);
  const scaled = tidy(value * factor);
  return Number.isFinite(scaled) ? { value: scaled, error: null, isConverted: true } : fails('is too large');
}

/**
 * A number as a field shows it to be edited: every digit, no grouping.
 * @param {number | null | undefined} value
 */
export function writeNumber(value) {
  return value === null || value === undefined ? '' : String(value);
}
