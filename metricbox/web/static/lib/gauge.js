// Geometry of the gauge: a 240° arc, open at the bottom. Pure; the panel turns it into SVG.

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
