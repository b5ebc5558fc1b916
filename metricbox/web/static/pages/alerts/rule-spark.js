// What a rule has seen, small: the worst of its series, and the threshold across it.
import { h } from '../../ui/html.js';
import { Sparkline } from '../../ui/sparkline.js';

/**
 * @typedef {object} RuleSparkProps
 * @property {import('../../../types/app').AlertRule} rule
 * @property {import('./use-rule-sparks.js').Spark | null} spark null while it is not known
 */

/** @param {RuleSparkProps} props */
export function RuleSpark({ rule, spark }) {
  if (spark === null || spark.values.length === 0) return h('span', { class: 'rule-spark is-empty' }, spark === null ? '' : 'no data');
  let min = rule.threshold;
  let max = rule.threshold;
  for (const value of spark.values) {
    if (typeof value !== 'number') continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // The sparkline's own place of a value, see sparkPath.
  const y = max - min <= 1e-6 * Math.max(Math.abs(min), Math.abs(max)) ? 50 : 95 - ((rule.threshold / 2 - min / 2) / (max / 2 - min / 2)) * 90;
  return h('span', { class: `rule-spark is-${rule.severity}` },
    h(Sparkline, { values: spark.values, className: 'rule-line', bounds: { min, max } }),
    h('svg', { class: 'rule-limit', viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      h('path', { d: `M0 ${y.toFixed(1)}H100`, 'vector-effect': 'non-scaling-stroke', fill: 'none' })));
}
