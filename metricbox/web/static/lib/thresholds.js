// Thresholds of a panel: limits with a severity, from which a value gets its status.

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
