// Axes for uPlot: fonts, ticks and widths. Text comes from lib/format.js and lib/time.js.
import { formatAxis } from '../lib/format.js';
import { formatTicks } from '../lib/time.js';
import { unitOf } from '../lib/units.js';
import { zoneOffsetMs } from '../lib/zone.js';

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('uplot').Axis} Axis */
/** @typedef {import('./chart-types.js').Palette} Palette */

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
const LABEL_GAP_PX = 8;
const TICKS_MAX = 200;

/**
 * uPlot places day ticks by the local getters of a Date; in another zone it needs one that is moved to read like it.
 * @param {string} zone
 * @returns {(tsMs: number) => Date}
 */
export function zonedDate(zone) {
  if (zone === '') return (tsMs) => new Date(tsMs);
  return (tsMs) => {
    const wall = tsMs + zoneOffsetMs(tsMs, zone);
    return new Date(wall + new Date(wall).getTimezoneOffset() * 60_000);
  };
}

/**
 * @param {Palette} palette
 * @param {string} zone
 * @returns {Axis}
 */
export function timeAxis(palette, zone) {
  return {
    font: FONT,
    stroke: palette.muted,
    size: 26,
    gap: 6,
    space: 76,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
    values: (_, splits, __, ___, increment) => formatTicks(splits, increment, zone),
  };
}

/** Powers of two times powers of 1024, so that an axis of bytes reads 256 MiB and not 244 MiB. */
const BINARY_INCREMENTS = Array.from({ length: 61 }, (_, power) => 2 ** power);
/** Steps that people use on a clock, then whole days. */
const SECOND_INCREMENTS = [
  ...[-9, -8, -7, -6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].map((days) => days * 86_400),
];

/** @param {string | null | undefined} unitKey */
function increments(unitKey) {
  const unit = unitOf(unitKey);
  if (unit.kind === 'iec') return BINARY_INCREMENTS;
  if (unit.kind === 'time') return SECOND_INCREMENTS.map((seconds) => seconds / (unit.toSeconds ?? 1));
  return undefined;
}

/**
 * @param {object} wish
 * @param {Palette} wish.palette
 * @param {string | null | undefined} wish.unit
 * @param {number | null | undefined} wish.decimals
 * @param {'left' | 'right'} wish.side
 * @param {import('./chart-types.js').ChartSpec['log']} wish.log
 * @param {() => number} wish.divisor what the drawn values were divided by
 * @returns {Axis}
 */
export function valueAxis({ palette, unit, decimals, side, log, divisor }) {
  const incrs = increments(unit);
  return {
    scale: 'y',
    side: side === 'right' ? 1 : 3,
    font: FONT,
    stroke: palette.muted,
    gap: 6,
    space: 34,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
    ...(incrs ? { incrs } : {}),
    // A chart of 200 ticks is a fault of the scale; none at all shows it and draws the rest.
    filter: (_, splits) => (splits.length > TICKS_MAX ? [] : splits),
    ...(log ? { splits: (/** @type {UPlot} */ _, /** @type {number} */ __, /** @type {number} */ min, /** @type {number} */ max) => log.logTicks(min, max) } : {}),
    // Ticks that are powers apart have a prefix each.
    values: (_, splits) => (log ? splits.flatMap((split) => axisTexts([split], unit, decimals, divisor())) : axisTexts(splits, unit, decimals, divisor())),
    size: (u, values) => axisWidth(u, values),
  };
}

/**
 * @param {(number | null)[]} splits
 * @param {string | null | undefined} unit
 * @param {number | null | undefined} decimals
 * @param {number} divisor
 */
function axisTexts(splits, unit, decimals, divisor) {
  const ticks = splits.map((split) => (split ?? 0) * divisor);
  return formatAxis(ticks, unit, { decimals });
}

/** @type {Map<string, number>} */
const widths = new Map();
const WIDTHS_MAX = 2000;

/**
 * Kept: all charts have one font and many of the same texts, and measuring is a tenth of a redraw.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 */
function textWidth(ctx, text) {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size >= WIDTHS_MAX) widths.clear();
    ctx.save();
    ctx.font = FONT;
    width = ctx.measureText(text).width;
    ctx.restore();
    widths.set(text, width);
  }
  return width;
}

/**
 * As wide as its widest text, in whole steps of 8 px: an axis that changes by one pixel at each refresh makes the whole
 * chart tremble.
 * @param {UPlot} u
 * @param {string[] | null} values
 */
function axisWidth(u, values) {
  if (!values || values.length === 0) return 40;
  let widest = 0;
  for (const text of values) widest = Math.max(widest, textWidth(u.ctx, text ?? ''));
  return Math.max(32, Math.ceil((widest + LABEL_GAP_PX + 6) / 8) * 8);
}
