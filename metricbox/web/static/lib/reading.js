// One number out of a series, and what it means: calculations and thresholds. Pure.

/** @typedef {'last' | 'mean' | 'min' | 'max' | 'sum' | 'count' | 'delta'} Calculation */

/** @type {Calculation[]} */
export const CALCULATIONS = ['last', 'mean', 'min', 'max', 'sum', 'count', 'delta'];

/**
 * Nulls are skipped, never counted as zero. Plain loops: a spread over many samples would overflow the stack.
 * @param {readonly (number | null | undefined)[]} values
 * @param {string | null | undefined} calculation "last" unless known
 * @returns {number | null} null when there is no value at all
 */
export function calculate(values, calculation) {
  let count = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  let first = null;
  let last = null;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    count += 1;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    if (first === null) first = value;
    last = value;
  }
  if (calculation === 'count') return count;
  if (count === 0 || first === null || last === null) return null;
  switch (calculation) {
    case 'mean': return sum / count;
    case 'min': return min;
    case 'max': return max;
    case 'sum': return sum;
    case 'delta': return last - first;
    default: return last;
  }
}

/** @typedef {'info' | 'warning' | 'critical'} Severity */
/** @typedef {{value: number, severity: Severity, label: string}} Threshold */

/** More lines than this hide the data that they are to judge. */
const THRESHOLDS_MAX = 4;
/** @type {Severity[]} */
const SEVERITIES = ['info', 'warning', 'critical'];

/**
 * Takes what a dashboard holds, also from an import: bad entries are left out, the rest is ordered by value.
 * @param {unknown} raw
 * @returns {Threshold[]}
 */
export function readThresholds(raw) {
  if (!Array.isArray(raw)) return [];
  const list = [];
  for (const item of raw) {
    const value = typeof item === 'number' ? item : item?.value;
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const named = item?.severity ?? item?.level ?? item?.state;
    const severity = SEVERITIES.find((name) => name === named) ?? 'warning';
    list.push({ value, severity, label: typeof item?.label === 'string' && item.label !== '' ? item.label : severity });
  }
  return list.sort((left, right) => left.value - right.value).slice(0, THRESHOLDS_MAX);
}

/**
 * The highest threshold that the value has reached.
 * @param {number | null} value
 * @param {Threshold[]} thresholds ordered by value
 * @returns {Threshold | null}
 */
export function reachedThreshold(value, thresholds) {
  if (value === null) return null;
  return thresholds.findLast((threshold) => value >= threshold.value) ?? null;
}
