// uPlot series and bands for the frame's series, and the unfinished step: the newest step is still filling, so it must not
// look like a fall or a rise. Lines go on dashed and pale, filled shapes are washed out.
import uPlot from 'uplot';
import { slotStyle, withAlpha } from '../lib/color.js';
import { loneRows } from '../lib/frames.js';

/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

const AREA_ALPHA = 0.12;
const STACK_ALPHA = 0.6;
const BAR_ALPHA = 0.85;
const BAR_MAX_PX = 64;
/** More bars than this are thinner than their gaps. */
export const BARS_MAX = 400;

/**
 * @param {ChartSpec} spec
 * @param {number} index
 * @returns {string} the series' colour in this theme
 */
export function seriesColor(spec, index) {
  const key = spec.frame.series[index]?.key ?? '';
  return spec.palette.series[slotStyle(spec.slots.get(key) ?? 0).color] ?? spec.palette.text;
}

/**
 * @param {ChartSpec} spec
 * @returns {uPlot.Series[]} with uPlot's own first entry for the time column
 */
export function buildSeries(spec) {
  const isBars = spec.kind === 'bar' && spec.frame.times.length <= BARS_MAX;
  const list = spec.frame.series.map((series, index) => {
    const color = seriesColor(spec, index);
    const style = slotStyle(spec.slots.get(series.key) ?? 0);
    return isBars ? barSeries(spec, color, series.key) : lineSeries(spec, color, style.dash, series.key, index);
  });
  return [{}, ...list];
}

// Few enough to afford more than the thinnest line.
const THICK_MAX = 4;

/**
 * Exactly 1 px draws four to six times faster than 1.5 px where the browser has no GPU: of a page with 20 charts of ten lines,
 * nearly all of the time of a refresh went into that half.
 * @param {number} count of the chart's series
 * @returns {number} px
 */
export function lineWidth(count) {
  return count > THICK_MAX ? 1 : 1.5;
}

/**
 * @param {ChartSpec} spec
 * @param {string} color
 * @param {number[]} dash
 * @param {string} key
 * @param {number} index
 * @returns {uPlot.Series}
 */
function lineSeries(spec, color, dash, key, index) {
  const isArea = spec.kind === 'area' || spec.kind === 'bar';
  const isStepped = spec.kind === 'bar';
  return {
    label: key,
    scale: 'y',
    show: !spec.hidden.has(key),
    stroke: color,
    width: lineWidth(spec.frame.series.length),
    ...(dash.length > 0 ? { dash } : {}),
    ...(isArea ? { fill: withAlpha(color, spec.isStacked ? STACK_ALPHA : AREA_ALPHA) } : {}),
    ...(isStepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
    spanGaps: spec.nulls === 'join',
    points: {
      size: 4,
      fill: color,
      width: 0,
      show: true,
      filter: (u, seriesIndex) => loneRows(/** @type {import('../lib/frames.js').Column} */ (u.data[seriesIndex] ?? spec.frame.series[index]?.values ?? [])),
    },
  };
}

/**
 * @param {ChartSpec} spec
 * @param {string} color
 * @param {string} key
 * @returns {uPlot.Series}
 */
function barSeries(spec, color, key) {
  return {
    label: key,
    scale: 'y',
    show: !spec.hidden.has(key),
    stroke: color,
    width: 0,
    fill: withAlpha(color, BAR_ALPHA),
    ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ align: 1, size: [0.8, BAR_MAX_PX], radius: 0.08 }) } : {}),
    points: { show: false },
  };
}

/**
 * Fill between a stacked series and the next shown one below it.
 * @param {ChartSpec} spec
 * @returns {uPlot.Band[]}
 */
export function buildBands(spec) {
  if (!spec.isStacked) return [];
  /** @type {uPlot.Band[]} */
  const bands = [];
  let below = -1;
  spec.frame.series.forEach((series, index) => {
    if (spec.hidden.has(series.key)) return;
    if (below >= 0) bands.push({ series: [index + 1, below + 1] });
    below = index;
  });
  return bands;
}

const UNFINISHED_ALPHA = 0.6;
// Rings around more thin values than this would be a pattern of their own.
const RINGS_MAX = 60;

/** @param {ChartSpec} spec */
export function hasDashedTail(spec) {
  return spec.kind === 'line' && !spec.isStacked;
}

/**
 * What is less sure than the rest: the unfinished step, and steps that hold far fewer samples than usual.
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
export function drawUncertain(u, spec, divisor) {
  const { frame } = spec;
  const hasThin = frame.series.some((series) => series.thin.length > 0);
  if (frame.tail >= frame.times.length && !hasThin) return;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  u.ctx.clip();
  if (hasDashedTail(spec)) drawPaleLines(u, spec, divisor);
  else washOut(u, spec);
  u.ctx.restore();
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
function drawPaleLines(u, spec, divisor) {
  const { frame } = spec;
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  frame.series.forEach((series, index) => {
    if (spec.hidden.has(series.key)) return;
    ctx.strokeStyle = seriesColor(spec, index);
    ctx.globalAlpha = spec.focus !== null && spec.focus !== series.key ? UNFINISHED_ALPHA / 4 : UNFINISHED_ALPHA;
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    strokeRows(u, spec, series, Math.max(0, frame.tail - 1), frame.times.length - 1, divisor);
    if (spec.nulls === 'join') return;
    ctx.lineWidth = 0.75 * ratio;
    ctx.setLineDash([]);
    for (const [first, last] of runsOf(series.thin)) strokeRows(u, spec, series, Math.max(0, first - 1), Math.min(last + 1, frame.tail - 1), divisor);
    if (series.thin.length <= RINGS_MAX) for (const row of series.thin) ring(u, spec, series, row, divisor);
  });
}

/**
 * @param {number[]} rows ascending
 * @returns {[number, number][]} first and last of each run
 */
function runsOf(rows) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const row of rows) {
    const open = runs.at(-1);
    if (open && open[1] === row - 1) open[1] = row;
    else runs.push([row, row]);
  }
  return runs;
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {import('../lib/frames.js').FrameSeries} series
 * @param {number} row
 * @param {number} divisor
 * @returns {{x: number, y: number} | null} null where nothing is drawn
 */
function placeOf(u, spec, series, row, divisor) {
  const value = series.values[row];
  if (typeof value !== 'number' || (spec.isLog && value <= 0)) return null;
  return { x: u.valToPos(spec.frame.times[row] ?? 0, 'x', true), y: u.valToPos(value / divisor, 'y', true) };
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {import('../lib/frames.js').FrameSeries} series
 * @param {number} first
 * @param {number} last
 * @param {number} divisor
 */
function strokeRows(u, spec, series, first, last, divisor) {
  u.ctx.beginPath();
  let isDown = false;
  for (let row = first; row <= last; row += 1) {
    const at = placeOf(u, spec, series, row, divisor);
    if (at === null) {
      if (series.values[row] !== undefined) isDown = false;
      continue;
    }
    if (isDown) u.ctx.lineTo(at.x, at.y);
    else u.ctx.moveTo(at.x, at.y);
    isDown = true;
  }
  u.ctx.stroke();
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {import('../lib/frames.js').FrameSeries} series
 * @param {number} row
 * @param {number} divisor
 */
function ring(u, spec, series, row, divisor) {
  const at = placeOf(u, spec, series, row, divisor);
  if (at === null) return;
  u.ctx.beginPath();
  u.ctx.arc(at.x, at.y, 2 * uPlot.pxRatio, 0, 2 * Math.PI);
  u.ctx.fillStyle = spec.palette.surface;
  u.ctx.fill();
  u.ctx.stroke();
}

/**
 * Filled shapes hide what is under them, so whole steps become pale: the unfinished one, and those that are thin in most series.
 * @param {uPlot} u
 * @param {ChartSpec} spec
 */
function washOut(u, spec) {
  const { times, tail, series } = spec.frame;
  u.ctx.globalAlpha = 1 - UNFINISHED_ALPHA;
  u.ctx.fillStyle = spec.palette.surface;
  /** @param {number} first @param {number} end a row, or the end of the chart */
  const wash = (first, end) => {
    const from = u.valToPos(times[first] ?? 0, 'x', true);
    const to = end < times.length ? u.valToPos(times[end] ?? 0, 'x', true) : u.bbox.left + u.bbox.width;
    u.ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
  };
  // A bar stands on its step, an area runs up to it from the one before.
  const back = spec.kind === 'bar' ? 0 : 1;
  const shown = series.filter((one) => !spec.hidden.has(one.key));
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const one of shown) for (const row of one.thin) counts.set(row, (counts.get(row) ?? 0) + 1);
  const rows = [...counts].filter(([, count]) => count * 2 >= shown.length).map(([row]) => row).sort((left, right) => left - right);
  for (const [first, last] of runsOf(rows)) wash(Math.max(0, first - back), last + 1);
  if (tail < times.length) wash(Math.max(0, tail - back), times.length);
}
