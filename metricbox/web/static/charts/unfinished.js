// The newest step is still filling, so it must not look like a fall or a rise: lines go on dashed and pale, filled shapes
// are washed out.
import uPlot from 'uplot';
import { seriesColor } from './series.js';

/** @typedef {uPlot} UPlot */
/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

const ALPHA = 0.6;

/** @param {ChartSpec} spec */
export function hasDashedTail(spec) {
  return spec.kind === 'line' && !spec.isStacked;
}

/**
 * @param {UPlot} u
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
  u.ctx.globalAlpha = ALPHA;
  if (hasDashedTail(spec)) drawTails(u, spec, divisor);
  else washOut(u, spec);
  u.ctx.restore();
}

/**
 * @param {UPlot} u
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
    ctx.globalAlpha = spec.focus !== null && spec.focus !== series.key ? ALPHA / 4 : ALPHA;
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
 * @param {UPlot} u
 * @param {ChartSpec} spec
 */
function washOut(u, spec) {
  const { frame } = spec;
  // A bar stands on its step, an area runs up to it from the one before.
  const row = spec.kind === 'bar' ? frame.tail : Math.max(0, frame.tail - 1);
  const from = u.valToPos(frame.times[row] ?? 0, 'x', true);
  u.ctx.globalAlpha = 1 - ALPHA;
  u.ctx.fillStyle = spec.palette.surface;
  u.ctx.fillRect(from, u.bbox.top, u.bbox.left + u.bbox.width - from, u.bbox.height);
}
