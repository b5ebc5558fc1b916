// A value between two limits, as an arc. Out of range is clamped and said.
import { h } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { formatParts, formatValue } from '../lib/format.js';
import { finishedValues } from '../lib/frames.js';
import { gaugeArc, gaugePoint, readGauge } from '../lib/shapes.js';
import { calculate, readThresholds } from '../lib/reading.js';
import { unitOf } from '../lib/units.js';
import { readingOf } from '../lib/value-reading.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */
/** @typedef {import('../lib/reading.js').Threshold} Threshold */

const GAUGES_MAX = 6;
const RADIUS = 80;
const TICK_RADIUS = 94;

/** @param {PanelProps} props */
export function GaugePanel({ panel, frame }) {
  const options = panel.options ?? {};
  const thresholds = readThresholds(options.thresholds);
  const shown = frame.series.slice(0, GAUGES_MAX);
  const rest = frame.series.length - shown.length;
  const isBadRange = readGauge(0, options.min, topOf(options)).isBadRange;
  return h('div', { class: 'gauges' },
    shown.map((series) => h(Gauge, {
      key: series.key,
      name: shown.length > 1 ? series.text : '',
      label: panel.title,
      value: calculate(finishedValues(frame, series), options.calculation),
      options,
      thresholds,
    })),
    rest > 0 ? h('div', { class: 'stat-rest' }, `+ ${rest}`) : null,
    isBadRange ? h('p', { class: 'gauge-hint' }, 'Its minimum is not below its maximum') : null);
}

/** @param {import('../../types/app').PanelOptions} options */
function topOf(options) {
  return options.max ?? (unitOf(options.unit).kind === 'ratio' ? 1 : 100);
}

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string} props.label
 * @param {number | null} props.value
 * @param {import('../../types/app').PanelOptions} props.options
 * @param {Threshold[]} props.thresholds
 */
function Gauge({ name, label, value, options, thresholds }) {
  const unit = options.unit ?? null;
  const format = { decimals: options.decimals ?? null };
  const reading = readGauge(value ?? 0, options.min, topOf(options));
  const { severity, label: reached, text: named } = readingOf(value, thresholds, options.valueTexts);
  const parts = named !== null ? { number: named, suffix: '' } : formatParts(value, unit, format);
  const text = value === null ? 'no data' : named ?? formatValue(value, unit, format);
  const hint = reading.outside ? `${reading.outside} the range` : '';
  return h('div', { class: `gauge${severity ? ` is-${severity}` : ''}` },
    h('div', {
      class: 'gauge-dial', role: 'meter', 'aria-label': name === '' ? label : name, 'aria-valuetext': hint === '' ? text : `${text}, ${hint}`,
      'aria-valuemin': reading.min, 'aria-valuemax': reading.max, 'aria-valuenow': value ?? reading.min,
    },
    h('svg', { class: 'gauge-arc', viewBox: '-106 -104 212 160', 'aria-hidden': 'true' },
      h('path', { class: 'gauge-track', d: gaugeArc(0, 1, RADIUS) }),
      value === null ? null : h('path', { class: 'gauge-fill', d: gaugeArc(0, reading.ratio, RADIUS) }),
      reading.isBadRange ? null : thresholds.map((threshold) => h(Tick, { key: threshold.value, threshold, reading }))),
    h('div', { class: 'gauge-value' },
      severity ? h(Icon, { name: severity === 'ok' ? 'check' : severity, label: reached, size: 16 }) : null,
      h('span', { class: 'gauge-number' }, parts.number),
      h('span', { class: 'gauge-unit' }, parts.suffix)),
    h('div', { class: 'gauge-ends' },
      h('span', null, formatValue(reading.min, unit, { decimals: 0 })),
      h('span', null, formatValue(reading.max, unit, { decimals: 0 })))),
    name === '' ? null : h('div', { class: 'stat-name', title: name }, name),
    hint === '' ? null : h('div', { class: 'gauge-hint' }, hint));
}

/** @param {{threshold: Threshold, reading: import('../lib/shapes.js').GaugeReading}} props */
function Tick({ threshold, reading }) {
  const ratio = (threshold.value - reading.min) / (reading.max - reading.min);
  if (ratio < 0 || ratio > 1) return null;
  const inner = gaugePoint(ratio, TICK_RADIUS);
  const outer = gaugePoint(ratio, TICK_RADIUS + 7);
  return h('path', { class: `gauge-tick is-${threshold.severity}`, d: `M${inner.x.toFixed(2)} ${inner.y.toFixed(2)}L${outer.x.toFixed(2)} ${outer.y.toFixed(2)}` });
}
