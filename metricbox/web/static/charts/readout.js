// What a chart says in words: the tooltip's rows, the spoken sample, the sentence that stands for the picture. Pure.
import { formatDuration } from '../lib/durations.js';
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
  return { time: `${formatDateTime(tsMs, spec.zone)} ${zoneName(spec.zone)}`, rows, notes: sourceNotes(spec, row, nearest) };
}

/**
 * Where the values of a row come from: table, the step with its ends, and how many samples are in it.
 * @param {ChartSpec} spec
 * @param {number} row
 * @param {number} nearest
 * @returns {string[]}
 */
export function sourceNotes(spec, row, nearest) {
  const { times, stepMs, series, tail } = spec.frame;
  const tsMs = times[row] ?? 0;
  const notes = [];
  const step = stepMs > 0 ? `step ${formatDuration(stepMs)}` : '';
  const source = [spec.table, step].filter((part) => part !== '').join(', ');
  if (source !== '') notes.push(source);
  const shown = series.filter((one) => !spec.hidden.has(one.key));
  const one = series[nearest];
  const counted = one ? [one] : shown;
  const counts = counted.flatMap((item) => (item.counts ? [item.counts[row] ?? 0] : []));
  if (counts.length > 0 && stepMs > 0) {
    const least = counts.reduce((low, count) => Math.min(low, count), Infinity);
    const most = counts.reduce((high, count) => Math.max(high, count), 0);
    const text = least === most ? `${most.toLocaleString()} ${most === 1 ? 'sample' : 'samples'}` : `${least.toLocaleString()} to ${most.toLocaleString()} samples`;
    const from = `from ${formatClock(tsMs, spec.zone)} to ${formatClock(tsMs + stepMs, spec.zone)}`;
    notes.push(`${text} ${counted.length > 1 ? 'each ' : ''}${from}`);
  }
  if (row >= tail) notes.push('this step is not over yet');
  else if (counted.some((item) => item.thin.includes(row))) notes.push('fewer samples than usual: part of this step is missing');
  return notes;
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
 * "CPU, 11 series, 1h to 10:40:00; highest web2 88 % at 10:31:00; lowest db1 2 % at 10:02:10."
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
  const { startMs, endMs } = spec.span;
  // As it was asked for: a range of an hour ends within a second of it.
  const lengthMs = Math.max(1000, Math.round((endMs - startMs) / 1000) * 1000);
  const start = `${spec.label}, ${spec.frame.series.length} series, ${formatDuration(lengthMs)} to ${formatClock(endMs, spec.zone)}`;
  if (high.text === '') return `${start}; no data.`;
  /** @param {{value: number, text: string, tsMs: number}} point */
  const say = (point) => `${point.text} ${formatValue(point.value, spec.unit, { decimals: spec.decimals })} at ${formatClock(point.tsMs, spec.zone)}`;
  return `${start}; highest ${say(high)}; lowest ${say(low)}.`;
}
