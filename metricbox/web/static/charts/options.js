// uPlot's options out of a chart's spec. No life cycle here, see chart.js.
import { extent, displayDivisor, guardRange } from './scales.js';
import { stackColumns } from '../lib/frames.js';
import { timeAxis, valueAxis, zonedDate } from './axes.js';
import { buildBands, buildSeries } from './series.js';
import { cursorOptions } from './cursor-sync.js';
import { unitOf } from '../lib/units.js';

/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */
/** @typedef {import('uplot').Options} Options */

/**
 * Smallest and largest value that will be drawn, unfinished step included: uPlot sees the columns without it.
 * @param {ChartSpec} spec
 */
export function drawnExtent(spec) {
  const shown = spec.frame.series.filter((series) => !spec.hidden.has(series.key)).map((series) => series.values);
  const columns = spec.isStacked ? stackColumns(shown, shown.map(() => true)) : shown;
  const range = extent(columns, spec.isLog);
  if (spec.isLog) return range;
  // A gap drawn as zero is part of the picture.
  return spec.nulls === 'zero' && range.min !== null ? { min: Math.min(0, range.min), max: Math.max(0, range.max ?? 0) } : range;
}

/** @param {ChartSpec} spec */
export function divisorOf(spec) {
  const { min, max } = drawnExtent(spec);
  return min === null || max === null ? 1 : displayDivisor(min, max);
}

/**
 * Limits of the value axis in drawn units.
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
export function valueLimits(spec, divisor) {
  const { min, max } = drawnExtent(spec);
  if (spec.log) return spec.log.logRange(scaleBy(min, divisor), scaleBy(max, divisor), { min: scaleBy(spec.min, divisor), max: scaleBy(spec.max, divisor) });
  const unit = unitOf(spec.unit);
  const softMax = unit.kind === 'percent' && (max ?? 0) <= 100 ? 100 : unit.kind === 'ratio' && (max ?? 0) <= 1 ? 1 : null;
  return guardRange(scaleBy(min, divisor), scaleBy(max, divisor), {
    min: scaleBy(spec.min, divisor),
    max: scaleBy(spec.max, divisor),
    isZeroBased: spec.min === null && (Boolean(unit.isZeroBased) || spec.kind !== 'line' || spec.isStacked),
    softMax: spec.max === null ? scaleBy(softMax, divisor) : null,
  });
}

/**
 * @param {number | null} value
 * @param {number} divisor
 */
function scaleBy(value, divisor) {
  return value === null ? null : value / divisor;
}

/**
 * What a change of makes setData impossible, as one text.
 * @param {ChartSpec} spec
 */
export function shapeOf(spec) {
  const isStackShape = spec.isStacked ? [...spec.hidden] : [];
  const series = spec.frame.series.map((item) => [item.key, spec.slots.get(item.key)]);
  const isManyBars = spec.kind === 'bar' && spec.frame.times.length > 400;
  return JSON.stringify([
    spec.kind, spec.isStacked, spec.isLog, spec.nulls, spec.unit, spec.decimals, spec.side, spec.zone, spec.palette.name, spec.syncKey,
    isManyBars, isStackShape, series,
  ]);
}

/**
 * @param {ChartSpec} first
 * @param {() => ChartSpec} current the newest spec: ranges and texts follow it without a rebuild
 * @param {() => number} divisor
 * @param {{width: number, height: number}} size
 * @returns {Options}
 */
export function buildOptions(first, current, divisor, size) {
  return {
    width: size.width,
    height: size.height,
    ms: 1,
    tzDate: zonedDate(first.zone),
    padding: [8, first.side === 'right' ? 0 : 12, 0, first.side === 'right' ? 12 : 0],
    legend: { show: false },
    focus: { alpha: 0.25 },
    cursor: cursorOptions(first.syncKey, first.palette.surface),
    scales: {
      x: {
        time: true,
        range: () => guardRange(current().span.startMs, current().span.endMs, { isTight: true }),
      },
      y: { ...(first.isLog ? { distr: /** @type {const} */ (3), log: /** @type {const} */ (10) } : {}), range: () => valueLimits(current(), divisor()) },
    },
    axes: [
      timeAxis(first.palette, first.zone),
      valueAxis({ palette: first.palette, unit: first.unit, decimals: first.decimals, side: first.side, log: first.log ?? null, divisor }),
    ],
    series: buildSeries(first),
    bands: buildBands(first),
  };
}
