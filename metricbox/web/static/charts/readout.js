// What a chart says in words: the tooltip's rows, the spoken sample, the sentence that stands for the picture. Pure.
import { formatExact, formatValue } from '../lib/format.js';
import { formatClock, formatDateTime } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';

/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

/**
 * The newest row at or before this one in which the series has a place; a series of a coarser query has none in most.
 * @param {(number | null | undefined)[]} values
 * @param {number} row
 */
export function valueAt(values, row) {
  for (let at = row; at >= 0 && at > row - 200; at -= 1) {
    if (values[at] !== undefined) return values[at] ?? null;
  }
  return null;
}

/**
 * @param {ChartSpec} spec
 * @param {number} row
 * @param {number} nearest index of the series under the pointer, -1 for none
 * @param {(index: number) => string} color
 * @returns {import('./tooltip.js').TooltipContent}
 */
export function tooltipContent(spec, row, nearest, color) {
  const tsMs = spec.frame.times[row] ?? 0;
  /** @type {import('./tooltip.js').TooltipRow[]} */
  const rows = [];
  spec.frame.series.forEach((series, index) => {
    if (spec.hidden.has(series.key)) return;
    const value = valueAt(series.values, row);
    rows.push({
      text: series.text,
      value: value === null ? 'no data' : formatExact(value, spec.unit, { decimals: spec.decimals, zone: spec.zone }),
      order: value ?? -Infinity,
      color: color(index),
      isNearest: index === nearest,
    });
  });
  const isUnfinished = row >= spec.frame.tail;
  const foot = [spec.footnote, isUnfinished ? 'step not over yet' : ''].filter((part) => part !== '').join(' · ');
  return { time: `${formatDateTime(tsMs, spec.zone)} ${zoneName(spec.zone)}`, rows, footnote: foot };
}

/**
 * One sample for the screen reader.
 * @param {ChartSpec} spec
 * @param {number} index
 * @param {number} row
 */
export function spokenSample(spec, index, row) {
  const series = spec.frame.series[index];
  if (!series) return '';
  const value = valueAt(series.values, row);
  const text = value === null ? 'no data' : formatValue(value, spec.unit, { decimals: spec.decimals });
  return `${series.text}, ${formatClock(spec.frame.times[row] ?? 0, spec.zone)}, ${text}`;
}

/**
 * "CPU, 11 series; highest web2 88 % at 10:31:00; lowest db1 2 % at 10:02:10."
 * @param {ChartSpec} spec
 */
export function chartSentence(spec) {
  let high = { value: -Infinity, text: '', tsMs: 0 };
  let low = { value: Infinity, text: '', tsMs: 0 };
  for (const series of spec.frame.series) {
    series.values.forEach((value, row) => {
      if (typeof value !== 'number') return;
      const tsMs = spec.frame.times[row] ?? 0;
      if (value > high.value) high = { value, text: series.text, tsMs };
      if (value < low.value) low = { value, text: series.text, tsMs };
    });
  }
  const count = spec.frame.series.length;
  const start = `${spec.label}, ${count} ${count === 1 ? 'line' : 'lines'}`;
  if (high.text === '') return `${start}; no data.`;
  /** @param {{value: number, text: string, tsMs: number}} point */
  const say = (point) => `${point.text} ${formatValue(point.value, spec.unit, { decimals: spec.decimals })} at ${formatClock(point.tsMs, spec.zone)}`;
  return `${start}; highest ${say(high)}; lowest ${say(low)}.`;
}
