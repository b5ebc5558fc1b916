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
    // Exactly 1 px draws four times faster than 1.5 px where the browser has no GPU; few lines can afford more.
    width: spec.frame.series.length > 10 ? 1 : 1.5,
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

/** @param {ChartSpec} spec */
export function hasDashedTail(spec) {
  return spec.kind === 'line' && !spec.isStacked;
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
export function drawUnfinished(u, spec, divisor) {
  const { frame } = spec;
  if (frame.tail >= frame.times.length) return;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  u.ctx.clip();
  u.ctx.globalAlpha = UNFINISHED_ALPHA;
  if (hasDashedTail(spec)) drawTails(u, spec, divisor);
  else washOut(u, spec);
  u.ctx.restore();
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
function drawTails(u, spec, divisor) {
  const { frame } = spec;
  const { ctx } = u;
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.setLineDash([3 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  frame.series.forEach((series, index) => {
    if (spec.hidden.has(series.key)) return;
    ctx.strokeStyle = seriesColor(spec, index);
    ctx.globalAlpha = spec.focus !== null && spec.focus !== series.key ? UNFINISHED_ALPHA / 4 : UNFINISHED_ALPHA;
    ctx.beginPath();
    let isDown = false;
    for (let row = Math.max(0, frame.tail - 1); row < frame.times.length; row += 1) {
      const value = series.values[row];
      if (typeof value !== 'number') {
        if (value === null) isDown = false;
        continue;
      }
      const x = u.valToPos(frame.times[row] ?? 0, 'x', true);
      const y = u.valToPos(value / divisor, 'y', true);
      if (isDown) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
      isDown = true;
    }
    ctx.stroke();
  });
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 */
function washOut(u, spec) {
  const { frame } = spec;
  // A bar stands on its step, an area runs up to it from the one before.
  const row = spec.kind === 'bar' ? frame.tail : Math.max(0, frame.tail - 1);
  const from = u.valToPos(frame.times[row] ?? 0, 'x', true);
  u.ctx.globalAlpha = 1 - UNFINISHED_ALPHA;
  u.ctx.fillStyle = spec.palette.surface;
  u.ctx.fillRect(from, u.bbox.top, u.bbox.left + u.bbox.width - from, u.bbox.height);
}
