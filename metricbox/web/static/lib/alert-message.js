// The text of an alert's message, as the server makes it (alerts/templates.py), for the preview beside its template. Pure.
import { CONDITIONS } from './alerts.js';

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
 */

/** @param {MessageWish} wish */
export function messageText({ template, rule, condition, threshold, severity, labels, value }) {
  if (template.trim() === '') return `${showNumber(value)}, limit ${asciiSign(condition)} ${showNumber(threshold)}`;
  /** @type {Record<string, string>} */
  const values = { value: showNumber(value), threshold: showNumber(threshold), rule, severity, status: 'firing' };
  return template.replace(FIELD, (_, name) => {
    const text = String(name).startsWith('labels.') ? labels[String(name).slice(7)] ?? '' : values[name] ?? '';
    return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
  });
}

/** @param {import('./alerts.js').Condition} condition @returns {string} as messages have it, which go to systems of any age */
function asciiSign(condition) {
  return CONDITIONS[condition].sign.replace('≥', '>=').replace('≤', '<=').replace('≠', '!=');
}
