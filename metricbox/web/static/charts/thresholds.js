// Threshold lines: dashed, with their label at the right edge. A limit outside the scale becomes an arrow at the edge, so
// that the data are not squashed to show it.
import uPlot from 'uplot';

/** @typedef {uPlot} UPlot */
/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

const FONT_PX = 10;

/**
 * Draws after the series, in uPlot's canvas pixels.
 * @param {UPlot} u
 * @param {ChartSpec} spec
 * @param {number} divisor
 * @param {(value: number) => string} format
 */
export function drawThresholds(u, spec, divisor, format) {
  if (spec.thresholds.length === 0) return;
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  const { left, top, width, height } = u.bbox;
  ctx.save();
  ctx.font = `${FONT_PX * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.lineWidth = Math.max(1, Math.round(ratio));
  // From the top down, so that a label that would stand on the one above goes under its own line.
  let lastY = -Infinity;
  for (const threshold of spec.thresholds.toReversed()) {
    const color = spec.palette[threshold.severity];
    // A log axis has no place for zero and less: below its lower end.
    const y = spec.isLog && threshold.value <= 0 ? Infinity : u.valToPos(threshold.value / divisor, 'y', true);
    const text = `${format(threshold.value)} ${threshold.label}`;
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    const isAbove = y < top;
    const isBelow = y > top + height;
    if (isAbove || isBelow) {
      ctx.textBaseline = isAbove ? 'top' : 'bottom';
      write(ctx, `${isAbove ? '↑' : '↓'} ${text}`, left + width - 4 * ratio, isAbove ? top + 2 * ratio : top + height - 2 * ratio, spec.palette.surface);
      continue;
    }
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, Math.round(y) + 0.5);
    ctx.lineTo(left + width, Math.round(y) + 0.5);
    ctx.stroke();
    const isUnder = y - Math.max(top, lastY) < (FONT_PX + 4) * ratio;
    ctx.textBaseline = isUnder ? 'top' : 'bottom';
    write(ctx, text, left + width - 4 * ratio, isUnder ? y + 3 * ratio : y - 2 * ratio, spec.palette.surface);
    lastY = isUnder ? y + (FONT_PX + 4) * ratio : y;
  }
  ctx.restore();
}

/**
 * With an edge in the panel's colour: series run behind it.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} edge
 */
function write(ctx, text, x, y, edge) {
  ctx.save();
  ctx.setLineDash([]);
  ctx.strokeStyle = edge;
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * uPlot.pxRatio;
  ctx.strokeText(text, x, y);
  ctx.restore();
  ctx.fillText(text, x, y);
}
