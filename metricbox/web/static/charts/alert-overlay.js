// What a chart of a rule has over its series: the times of firing as bands, and where its plot stands, for the line that is dragged.
import uPlot from 'uplot';
import { withAlpha } from '../lib/color.js';

/**
 * @typedef {object} Plot the plot in the chart, in CSS pixels, and the values at its lower and upper edge
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} min
 * @property {number} max
 */

const BAND_ALPHA = 0.16;
const EDGE_PX = 3;
// A firing of a minute in a chart of a month would not be seen.
const LEAST_PX = 2;

/**
 * @param {object} wish
 * @param {readonly import('../lib/time.js').Span[]} wish.spans
 * @param {string} wish.color
 * @param {(plot: Plot) => void} [wish.onPlace]
 * @returns {(u: uPlot, divisor: number) => void}
 */
export function makeAlertOverlay({ spans, color, onPlace }) {
  return (u, divisor) => {
    const { left, top, width, height } = u.bbox;
    const ratio = uPlot.pxRatio;
    u.ctx.save();
    for (const span of spans) {
      const from = Math.max(left, u.valToPos(span.startMs, 'x', true));
      const to = Math.min(left + width, u.valToPos(span.endMs, 'x', true));
      if (to < left || from > left + width) continue;
      const wide = Math.max(LEAST_PX * ratio, to - from);
      u.ctx.fillStyle = withAlpha(color, BAND_ALPHA);
      u.ctx.fillRect(from, top, wide, height);
      // By a bar at the top as well as by the tint.
      u.ctx.fillStyle = color;
      u.ctx.fillRect(from, top, wide, EDGE_PX * ratio);
    }
    u.ctx.restore();
    const { min, max } = u.scales.y ?? {};
    if (typeof min === 'number' && typeof max === 'number') {
      onPlace?.({ left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio, min: min * divisor, max: max * divisor });
    }
  };
}
