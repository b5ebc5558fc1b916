// The text of an alert's message, as the server makes it (alerts/templates.py), for the preview beside its template. Pure.
import { CONDITIONS } from './alerts.js';
import { unitOf } from './units.js';

const FIELD = /\{\{\s*(labels\.[A-Za-z_][A-Za-z0-9_.-]*|value|threshold|rule|severity|status)\s*\}\}/g;
const ANY_FIELD = /\{\{([\s\S]*?)\}\}/g;

/**
 * Six digits are more than anybody reads of an alert.
 * @param {number | null | undefined} value
 */
export function showNumber(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'no data';
  const text = value.toPrecision(6);
  if (/e/.test(text) || (value !== 0 && Math.abs(value) < 1e-4)) {
    const [digits = '', power = ''] = value.toExponential(5).split('e');
    const sign = power.startsWith('-') ? '-' : '+';
    return `${trimZeros(digits)}e${sign}${power.replace(/^[+-]/, '').padStart(2, '0')}`;
  }
  return trimZeros(text);
}

const SI = ['', 'k', 'M', 'G', 'T', 'P'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
// The last moment that a date can be of.
const MAX_TIME_MS = 253_402_300_799_999;

/**
 * With the unit of the rule, as alerts/units.py writes it: with a point, without groups, times in UTC.
 * @param {number | null | undefined} value
 * @param {string} unitKey
 * @returns {string}
 */
export function showValue(value, unitKey) {
  if (value === null || value === undefined || !Number.isFinite(value)) return showNumber(value);
  const unit = unitOf(unitKey);
  switch (unit.kind) {
    case 'full': return showNumber(value);
    case 'si':
    case 'iec': return showScaled(value, unit);
    case 'ratio': return `${showNumber(value * 100)} %`;
    case 'time': return showSeconds(value * (unit.toSeconds ?? 1));
    case 'dateTime':
    case 'age': return value >= 0 && value <= MAX_TIME_MS ? new Date(Math.trunc(value)).toISOString() : showNumber(value);
    case 'bool': return value === 0 ? 'No' : 'Yes';
    default: return `${showNumber(value)} ${unit.suffix}`;
  }
}

/** @param {number} value @param {import('./units.js').Unit} unit */
function showScaled(value, { kind, suffix, small = [] }) {
  let scaled = value;
  if (value !== 0 && Math.abs(value) < 1) {
    for (const prefix of small) {
      scaled *= 1000;
      if (Math.abs(scaled) >= 1) return `${showNumber(scaled)} ${prefix}${suffix}`;
    }
    scaled = value;
  }
  const [base, prefixes] = kind === 'iec' ? [1024, IEC] : [1000, SI];
  let step = 0;
  // By what will be shown: 999.9999 k is 1 M.
  while (step < prefixes.length - 1 && Math.abs(Number(showNumber(scaled))) >= base) {
    scaled /= base;
    step += 1;
  }
  return `${showNumber(scaled)} ${prefixes[step] ?? ''}${suffix}`.trimEnd();
}

/** The larger one, the smaller one. @type {[number, string, number, string][]} */
const PAIRS = [[86_400, 'd', 3600, 'h'], [3600, 'h', 60, 'm'], [60, 'm', 1, 's']];
/** @type {[number, string][]} */
const TIMES = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];

/** @param {number} seconds */
function showSeconds(seconds) {
  const size = Math.abs(seconds);
  const whole = Math.floor(size + 0.5);
  for (const [large, name, small, smallName] of PAIRS) {
    if (size < 60 || whole < large) continue;
    const rest = Math.floor((whole % large) / small);
    return `${seconds < 0 ? '-' : ''}${Math.floor(whole / large)} ${name}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
  }
  if (seconds === 0) return '0 s';
  const [limit, name] = TIMES.find(([least]) => size >= least) ?? [1e-9, 'ns'];
  return `${showNumber(seconds / limit)} ${name}`;
}

/** @param {string} text */
function trimZeros(text) {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/**
 * @param {string} template
 * @returns {string | null} why it is no template, as the end of a sentence
 */
export function templateFault(template) {
  for (const match of template.matchAll(ANY_FIELD)) {
    if (match[0].replace(FIELD, '') !== '') return `names ${(match[1] ?? '').trim().slice(0, 50)}, which does not exist: labels.NAME, value, threshold, rule, severity, status do`;
  }
  return null;
}

/**
 * @typedef {object} MessageWish
 * @property {string} template "" for the usual words
 * @property {string} rule
 * @property {import('./alerts.js').Condition} condition
 * @property {number} threshold
 * @property {string} severity
 * @property {Record<string, string>} labels
 * @property {number | null} value
 * @property {string} unit of the rule
 */

/** @param {MessageWish} wish */
export function messageText({ template, rule, condition, threshold, severity, labels, value, unit }) {
  if (template.trim() === '') return `${showValue(value, unit)}, limit ${asciiSign(condition)} ${showValue(threshold, unit)}`;
  /** @type {Record<string, string>} */
  const values = { value: showValue(value, unit), threshold: showValue(threshold, unit), rule, severity, status: 'firing' };
  return template.replace(FIELD, (_, name) => {
    const text = String(name).startsWith('labels.') ? labels[String(name).slice(7)] ?? '' : values[name] ?? '';
    return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
  });
}

/** @param {import('./alerts.js').Condition} condition @returns {string} as messages have it, which go to systems of any age */
function asciiSign(condition) {
  return CONDITIONS[condition].sign.replace('≥', '>=').replace('≤', '<=').replace('≠', '!=');
}
