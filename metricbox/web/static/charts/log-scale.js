// The logarithmic value axis: limits and ticks of our own, since uPlot's go on for ever where a step is lost to rounding.
// Pure. Few panels have one, so chart.js fetches it for those.

/**
 * Limits of a logarithmic axis: whole powers of ten around the data, fixed ends as they are.
 * @param {number | null | undefined} dataMin of those above zero
 * @param {number | null | undefined} dataMax
 * @param {{min?: number | null, max?: number | null}} [wish]
 * @returns {[number, number]}
 */
export function logRange(dataMin, dataMax, wish = {}) {
  const fixedMin = typeof wish.min === 'number' && wish.min > 0 ? wish.min : null;
  const fixedMax = typeof wish.max === 'number' && wish.max > 0 ? wish.max : null;
  const min = typeof dataMin === 'number' && dataMin > 0 ? dataMin : 1;
  const max = typeof dataMax === 'number' && dataMax >= min ? dataMax : min;
  const low = fixedMin ?? powerOfTen(Math.floor(Math.log10(min)));
  const high = fixedMax ?? powerOfTen(Math.ceil(Math.log10(max)));
  // A fixed end beyond the data holds, and the other makes room.
  if (high > low * (1 + 1e-6)) return [low, high];
  return fixedMin === null && fixedMax !== null ? [high / 10, high] : [low, low * 10];
}

/** @param {number} exponent */
function powerOfTen(exponent) {
  return Number(`1e${Math.max(-289, Math.min(289, exponent))}`);
}

const LOG_TICKS_MAX = 9;

/**
 * Ticks of a logarithmic axis: 1, 2, 5 in each decade of few, the powers of ten of some, every second or tenth of many.
 * @param {number} min above zero
 * @param {number} max
 * @returns {number[]}
 */
export function logTicks(min, max) {
  const first = Math.ceil(Math.log10(min) - 1e-9);
  const last = Math.floor(Math.log10(max) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / LOG_TICKS_MAX));
  const digits = last - first < 3 ? [1, 2, 5] : [1];
  /** @type {number[]} */
  const ticks = [];
  for (let exponent = first - 1; exponent <= last; exponent += 1) {
    if ((exponent - first) % stride !== 0) continue;
    for (const digit of digits) {
      const tick = Number(`${digit}e${exponent}`);
      if (tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
