// One number out of a series, for stat and gauge panels and for legends.

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
