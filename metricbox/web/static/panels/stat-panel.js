// One number, large; several series become small multiples.
import { h } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { Sparkline } from '../ui/sparkline.js';
import { slotStyle } from '../lib/color.js';
import { formatParts } from '../lib/format.js';
import { finishedValues } from '../lib/frames.js';
import { calculate, readThresholds } from '../lib/reading.js';
import { readingOf } from '../lib/value-reading.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */

const MULTIPLES_MAX = 12;

/** @param {PanelProps} props */
export function StatPanel({ panel, frame, slots, context }) {
  const options = panel.options ?? {};
  const thresholds = readThresholds(options.thresholds);
  const shown = frame.series.slice(0, MULTIPLES_MAX);
  const isSingle = shown.length === 1;
  const items = shown.map((series) => {
    const values = finishedValues(frame, series);
    const value = calculate(values, options.calculation);
    const reading = readingOf(value, thresholds, options.valueTexts);
    const parts = reading.text !== null ? { number: reading.text, suffix: '' } : formatParts(value, options.unit, { decimals: options.decimals ?? null, zone: context.zone });
    return { series, values, parts, reading };
  });
  // One size for all multiples, by the longest of them.
  const chars = items.reduce((most, item) => Math.max(most, item.parts.number.length + (item.parts.suffix.length + 1) * 0.55 + (item.reading.severity ? 1.4 : 0)), 1);
  const rest = frame.series.length - shown.length;
  return h('div', { class: `stat${isSingle ? '' : ' is-many'}${options.sparkline === false ? ' is-plain' : ''}`, style: { '--chars': Math.max(3, chars).toFixed(1) } },
    items.map((item) => h('div', {
      key: item.series.key, class: `stat-item${item.reading.severity ? ` is-${item.reading.severity}` : ''}`,
    },
    isSingle ? null : h('div', { class: 'stat-name', title: item.series.text }, item.series.text),
    h('div', { class: 'stat-value' },
      item.reading.severity ? h(Icon, { name: item.reading.severity === 'ok' ? 'check' : item.reading.severity, label: item.reading.label, size: 18 }) : null,
      h('span', { class: 'stat-number' }, item.parts.number),
      item.parts.suffix === '' ? null : h('span', { class: 'stat-unit' }, item.parts.suffix)),
    options.sparkline === false ? null : h(Sparkline, { values: item.values, className: `is-slot-${slotStyle(slots.get(item.series.key) ?? 0).color + 1}` }))),
    rest > 0 ? h('div', { class: 'stat-rest' }, `+ ${rest}`) : null);
}
