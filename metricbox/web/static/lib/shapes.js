// Geometry of what panels draw in SVG: the gauge's 240° arc, open at the bottom, and the sparkline's path. Pure.

export const SWEEP_DEGREES = 240;
const START_DEGREES = 150;

/**
 * @typedef {object} GaugeReading
 * @property {number} ratio 0-1, clamped
 * @property {number} min
 * @property {number} max
 * @property {'below' | 'above' | null} outside
 * @property {boolean} isBadRange min and max leave no room: the arc stays empty and the panel says so
 */

/**
 * @param {number} value
 * @param {number | null | undefined} min
 * @param {number | null | undefined} max
 * @returns {GaugeReading}
 */
export function readGauge(value, min, max) {
  const low = min ?? 0;
  const high = max ?? 100;
  if (!(high > low)) return { ratio: 0, min: low, max: high, outside: null, isBadRange: true };
  const ratio = (value - low) / (high - low);
  return {
    ratio: Math.min(1, Math.max(0, ratio)),
    min: low,
    max: high,
    outside: ratio < 0 ? 'below' : ratio > 1 ? 'above' : null,
    isBadRange: false,
  };
}

/**
 * @param {number} ratio 0-1 along the arc
 * @param {number} radius
 * @returns {{x: number, y: number}} around a centre at 0, 0
 */
export function gaugePoint(ratio, radius) {
  const angle = ((START_DEGREES + ratio * SWEEP_DEGREES) * Math.PI) / 180;
  return { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius };
}

/**
 * SVG path of the arc from one ratio to another; empty when it has no length.
 * @param {number} from
 * @param {number} to
 * @param {number} radius
 */
export function gaugeArc(from, to, radius) {
  if (to - from < 1e-4) return '';
  const start = gaugePoint(from, radius);
  const end = gaugePoint(to, radius);
  const isLarge = (to - from) * SWEEP_DEGREES > 180 ? 1 : 0;
  const text = [start.x, start.y, end.x, end.y].map((part) => part.toFixed(2));
  return `M ${text[0]} ${text[1]} A ${radius} ${radius} 0 ${isLarge} 1 ${text[2]} ${text[3]}`;
}

/**
 * Path through the values in a box of 100 by 100; nulls break it. Pure.
 * @param {readonly (number | null | undefined)[]} values
 * @param {{min: number, max: number} | null} [bounds] of the box; those of the values when null
 * @returns {{line: string, area: string}}
 */
export function sparkPath(values, bounds = null) {
  let min = bounds?.min ?? Infinity;
  let max = bounds?.max ?? -Infinity;
  for (const value of values) {
    if (typeof value !== 'number') continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max || values.length < 2 || !values.some((value) => typeof value === 'number')) return { line: '', area: '' };
  // A flat line stands in the middle; scaled by its own noise it would look like a mountain.
  const isFlat = max - min <= 1e-6 * Math.max(Math.abs(min), Math.abs(max));
  /** @param {number} value */
  const y = (value) => (isFlat ? 50 : 95 - ((value / 2 - min / 2) / (max / 2 - min / 2)) * 90).toFixed(1);
  /** @param {number} index */
  const x = (index) => ((index / (values.length - 1)) * 100).toFixed(2);
  let line = '';
  let area = '';
  let start = -1;
  values.forEach((value, index) => {
    if (typeof value === 'number') {
      line += `${start < 0 ? 'M' : 'L'}${x(index)} ${y(value)}`;
      area += start < 0 ? `M${x(index)} 100L${x(index)} ${y(value)}` : `L${x(index)} ${y(value)}`;
      if (start < 0) start = index;
    }
    const isEnd = value === null || index === values.length - 1;
    if (isEnd && start >= 0) {
      area += `L${x(typeof value === 'number' ? index : index - 1)} 100Z`;
      start = -1;
    }
  });
  return { line, area };
}
