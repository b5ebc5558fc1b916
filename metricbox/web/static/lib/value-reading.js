// What a value of a stat, a gauge or a table means: the text given for it, and how bad it is. Pure.
import { visibleText } from './labels.js';
import { reachedThreshold } from './reading.js';

/** @type {('ok' | import('./reading.js').Severity)[]} */
const SEVERITIES = ['ok', 'info', 'warning', 'critical'];

/**
 * @typedef {object} Reading
 * @property {string | null} text that stands for the value; null for the number itself
 * @property {'ok' | import('./reading.js').Severity | null} severity null when there is nothing to mark
 * @property {string} label what the severity is about
 */

/**
 * What a value means: the text that was given for it, with its severity; else the threshold that it has reached.
 * @param {number | null} value
 * @param {import('./reading.js').Threshold[]} thresholds ordered by value
 * @param {readonly {value: number, text: string, severity?: string | null}[] | null | undefined} valueTexts
 * @returns {Reading}
 */
export function readingOf(value, thresholds, valueTexts) {
  const named = value === null ? undefined : valueTexts?.find((one) => one.value === value);
  const severity = SEVERITIES.find((name) => name === named?.severity) ?? null;
  if (named && severity !== null) return { text: visibleText(named.text), severity, label: severity };
  const reached = reachedThreshold(value, thresholds);
  return { text: named ? visibleText(named.text) : null, severity: reached?.severity ?? null, label: reached?.label ?? '' };
}
