// A line without axes, in SVG: for stat panels, where a canvas would be more work than the picture.
import { h } from './html.js';
import { sparkPath } from '../lib/shapes.js';

/** @param {{values: readonly (number | null | undefined)[], className: string, bounds?: {min: number, max: number} | null}} props bounds: as in sparkPath */
export function Sparkline({ values, className, bounds = null }) {
  const { line, area } = sparkPath(values, bounds);
  return h('svg', { class: `sparkline ${className}`, viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    h('path', { class: 'spark-area', d: area }),
    h('path', { class: 'spark-line', d: line, 'vector-effect': 'non-scaling-stroke', fill: 'none' }));
}
