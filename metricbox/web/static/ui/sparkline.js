// A line without axes, in SVG: for stat panels, where a canvas would be more work than the picture.
import { h } from './html.js';

/**
 * Path through the values in a box of 100 by 100; nulls break it. Pure.
 * @param {readonly (number | null | undefined)[]} values
 * @returns {{line: string, area: string}}
 */
export function sparkPath(values) {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (typeof value !== 'number') continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max || values.length < 2) return { line: '', area: '' };
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

/** @param {{values: readonly (number | null | undefined)[], className: string}} props */
export function Sparkline({ values, className }) {
  const { line, area } = sparkPath(values);
  return h('svg', { class: `sparkline ${className}`, viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    h('path', { class: 'spark-area', d: area }),
    h('path', { class: 'spark-line', d: line, 'vector-effect': 'non-scaling-stroke', fill: 'none' }));
}
