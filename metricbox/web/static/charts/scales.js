// The range guard. Every scale of every chart gets its limits from here, x and fixed ones as well, because uPlot's axis
// splitter never ends when the limits are so near to each other that adding an increment changes nothing. Pure.

/** @typedef {[number, number]} Limits */

/**
 * @typedef {object} RangeWish
 * @property {number | null} [min] fixed by the panel
 * @property {number | null} [max]
 * @property {boolean} [isZeroBased] zero belongs to the axis
 * @property {number | null} [softMax] the axis reaches at least this far
 * @property {boolean} [isTight] no padding: the time axis
 */

// Beyond this, differences and paddings overflow to infinity.
const CLAMP = 1e290;
// Closer than this part of their size, the limits count as one value.
// Subnormal numbers have too few bits left for a part of them to mean anything.
const TINY = 1e-290;
const FLAT_RATIO = 1e-6;
// Instants are whole milliseconds around 2e12, where five minutes are already less than FLAT_RATIO; doubles are exact there
// to a quarter of a microsecond, so a millisecond can still be told apart and added.
const FLAT_TIME_RATIO = 1e-13;
const PAD_RATIO = 0.08;
const FLAT_PAD_RATIO = 0.1;

/** @param {number} value */
function clamp(value) {
  return Math.min(CLAMP, Math.max(-CLAMP, value));
}

/**
 * @param {number} min
 * @param {number} max
 * @param {number} [ratio]
 */
function isFlat(min, max, ratio = FLAT_RATIO) {
  return max - min <= Math.max(TINY, ratio * Math.max(Math.abs(min), Math.abs(max)));
}

/**
 * Centre and 10 % to both sides; around zero one to both sides.
 * @param {number} min
 * @param {number} max
 * @returns {Limits}
 */
function widen(min, max) {
  const centre = min / 2 + max / 2;
  const half = Math.abs(centre) < TINY ? 1 : Math.abs(centre) * FLAT_PAD_RATIO;
  return [clamp(centre - half), clamp(centre + half)];
}

/**
 * Limits that are safe to give to uPlot, whatever the data are.
 * @param {number | null | undefined} dataMin
 * @param {number | null | undefined} dataMax
 * @param {RangeWish} [wish]
 * @returns {Limits}
 */
export function guardRange(dataMin, dataMax, wish = {}) {
  const hasData = isNumber(dataMin) && isNumber(dataMax) && dataMin <= dataMax;
  const fixedMin = isNumber(wish.min) ? clamp(wish.min) : null;
  const fixedMax = isNumber(wish.max) ? clamp(wish.max) : null;
  let min = hasData ? clamp(dataMin) : fixedMin ?? (fixedMax === null ? 0 : Math.min(0, fixedMax - 1));
  let max = hasData ? clamp(dataMax) : fixedMax ?? Math.max(1, min + 1);
  if (wish.isTight) return isFlat(min, max, FLAT_TIME_RATIO) ? widen(min, max) : [min, max];
  const isNonNegative = min >= 0;
  const isNonPositive = max <= 0;
  if (wish.isZeroBased) {
    min = Math.min(0, min);
    max = Math.max(0, max);
  }
  if (isNumber(wish.softMax)) max = Math.max(max, clamp(wish.softMax));
  const isZeroFloor = Boolean(wish.isZeroBased) && min === 0;
  const isZeroCeiling = Boolean(wish.isZeroBased) && max === 0 && isNonPositive && min < 0;
  const isSoftTop = isNumber(wish.softMax) && max === clamp(wish.softMax);
  if (isFlat(min, max)) {
    [min, max] = widen(min, max);
  } else {
    // Of what will be seen: above a fixed zero, the room is a part of the whole height.
    const pad = Math.abs((fixedMax ?? max) - (fixedMin ?? min)) * PAD_RATIO;
    if (!isZeroFloor) min = clamp(min - pad);
    if (!isZeroCeiling && !isSoftTop) max = clamp(max + pad);
  }
  if (isNonNegative) min = Math.max(0, min);
  return applyFixed(min, max, fixedMin, fixedMax);
}

/**
 * @param {number} min
 * @param {number} max
 * @param {number | null} fixedMin
 * @param {number | null} fixedMax
 * @returns {Limits}
 */
function applyFixed(min, max, fixedMin, fixedMax) {
  let low = fixedMin ?? min;
  let high = fixedMax ?? max;
  // One fixed end beyond the data, or both in the wrong order: the fixed one holds and the other makes room.
  if (low > high && fixedMin !== null && fixedMax !== null) [low, high] = [high, low];
  if (low > high && fixedMin !== null) high = low + Math.max(1, Math.abs(low) * FLAT_PAD_RATIO);
  if (low > high) low = high - Math.max(1, Math.abs(high) * FLAT_PAD_RATIO);
  low = clamp(low);
  high = clamp(high);
  return isFlat(low, high) ? widen(low, high) : [low, high];
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

/**
 * What values are divided by for display, so that an axis of 1e-30 has ticks: uPlot's increments end at 1e-16, and its
 * splitter compares with that precision. 1 for all usual data.
 * @param {number} min
 * @param {number} max
 */
export function displayDivisor(min, max) {
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (largest === 0 || !Number.isFinite(largest)) return 1;
  if (largest >= 1e-9 && largest < 1e18) return 1;
  return 10 ** Math.max(-290, Math.min(290, Math.floor(Math.log10(largest))));
}

/**
 * Smallest and largest value of some columns. Nulls are skipped; starting from ±Infinity also serves data that are all
 * negative or all zero.
 * @param {readonly (readonly (number | null | undefined)[])[]} columns
 * @param {boolean} [isAboveZero] the others are not drawn
 * @returns {{min: number | null, max: number | null}}
 */
export function extent(columns, isAboveZero = false) {
  let min = Infinity;
  let max = -Infinity;
  for (const column of columns) {
    for (const value of column) {
      if (value === null || value === undefined || !Number.isFinite(value) || (isAboveZero && value <= 0)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { min, max } : { min: null, max: null };
}
