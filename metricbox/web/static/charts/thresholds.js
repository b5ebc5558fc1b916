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
  for (const threshold of spec.thresholds) {
    const color = spec.palette[threshold.severity];
    const y = u.valToPos(threshold.value / divisor, 'y', true);
    const text = `${format(threshold.value)} ${threshold.label}`;
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    const isAbove = y < top;
    const isBelow = y > top + height;
    if (isAbove || isBelow) {
      ctx.textBaseline = isAbove ? 'top' : 'bottom';
      ctx.fillText(`${isAbove ? '↑' : '↓'} ${text}`, left + width - 4 * ratio, isAbove ? top + 2 * ratio : top + height - 2 * ratio);
      continue;
    }
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, Math.round(y) + 0.5);
    ctx.lineTo(left + width, Math.round(y) + 0.5);
    ctx.stroke();
    const isNearTop = y - top < (FONT_PX + 4) * ratio;
    ctx.textBaseline = isNearTop ? 'top' : 'bottom';
    ctx.fillText(text, left + width - 4 * ratio, isNearTop ? y + 3 * ratio : y - 2 * ratio);
  }
  ctx.restore();
}
