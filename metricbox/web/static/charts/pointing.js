// What a pointer, a finger or keys on a chart show: the tooltip and its pin, and the samples one by one.
import { seriesColor } from './series.js';
import { spokenSample, tooltipContent, valueAt } from './readout.js';
import { createTooltip } from './tooltip.js';

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */
/** @typedef {ReturnType<typeof createTooltip>} Tooltip */

/**
 * @typedef {object} Pointing
 * @property {() => void} follow the crosshair has moved
 * @property {() => void} free takes the tooltip away, pinned or not
 */

const NEAR_PX = 24;
const SPEAK_EVERY_MS = 500;
/** Where the tooltip stands in the charts that only follow. */
const FOLLOWER_TOP_PX = 8;

/**
 * @param {UPlot} u
 * @param {HTMLElement} host
 * @param {() => ChartSpec} current
 * @param {AbortSignal} signal ends the listening
 * @returns {Pointing}
 */
export function attachPointing(u, host, current, signal) {
  const tooltip = createTooltip();
  u.over.addEventListener('pointerleave', () => tooltip.hide(), { signal });
  u.over.addEventListener('click', () => {
    if (u.select.width === 0) tooltip.pin();
  }, { signal });
  attachTouch(u, signal);
  attachKeys(u, host, current, tooltip, signal);
  const follow = () => showTooltip(u, host, current(), tooltip);
  // The pointer may have been waiting for this code.
  follow();
  return { follow, free: () => tooltip.destroy() };
}

/**
 * @param {UPlot} u
 * @param {HTMLElement} host
 * @param {ChartSpec} spec
 * @param {Tooltip} tooltip
 */
function showTooltip(u, host, spec, tooltip) {
  const row = u.cursor.idx;
  const { left = -1, top = -1 } = u.cursor;
  const isSource = host.classList.contains('is-source');
  if (row === null || row === undefined || left < 0 || !(isSource || spec.crosshair === 'tooltips')) {
    tooltip.hide();
    return;
  }
  const box = u.over.getBoundingClientRect();
  // Out of sight, and so would be its place.
  if (!isSource && (box.bottom < 0 || box.top > window.innerHeight)) {
    tooltip.hide();
    return;
  }
  const nearest = isSource ? nearestSeries(u, spec, row, top) : -1;
  tooltip.show(tooltipContent(spec, row, nearest, (index) => seriesColor(spec, index)), { x: box.left + left, y: box.top + (isSource ? top : FOLLOWER_TOP_PX) });
}

/**
 * @param {UPlot} u
 * @param {ChartSpec} spec
 * @param {number} row
 * @param {number} top pointer's height in the plot
 */
function nearestSeries(u, spec, row, top) {
  let nearest = -1;
  let best = NEAR_PX;
  spec.frame.series.forEach((series, index) => {
    if (spec.hidden.has(series.key)) return;
    // The drawn column, since stacked ones stand higher than their value; rows that are drawn pale are only in the frame.
    const drawn = u.data[index + 1]?.[row] ?? valueAt(series.values, row);
    if (typeof drawn !== 'number') return;
    const distance = Math.abs(u.valToPos(drawn, 'y') - top);
    if (distance < best) {
      best = distance;
      nearest = index;
    }
  });
  return nearest;
}

/**
 * A tap shows the tooltip, a sideways drag moves the crosshair; up and down stays the page's scrolling (touch-action).
 * @param {UPlot} u
 * @param {AbortSignal} signal
 */
function attachTouch(u, signal) {
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (event.pointerType === 'mouse') return;
    const box = u.over.getBoundingClientRect();
    u.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  };
  u.over.addEventListener('pointerdown', move, { signal });
  u.over.addEventListener('pointermove', move, { signal });
}

/**
 * Left and right walk the samples, up and down the series, Enter pins the tooltip.
 * @param {UPlot} u
 * @param {HTMLElement} host
 * @param {() => ChartSpec} current
 * @param {Tooltip} tooltip
 * @param {AbortSignal} signal
 */
function attachKeys(u, host, current, tooltip, signal) {
  let row = -1;
  let index = 0;
  let spokenAtMs = 0;
  /** @param {number} step */
  const walkSeries = (step) => {
    const { frame, hidden } = current();
    for (let tries = 0; tries < frame.series.length; tries += 1) {
      index = (index + step + frame.series.length) % frame.series.length;
      if (!hidden.has(frame.series[index]?.key ?? '')) return;
    }
  };
  host.addEventListener('keydown', (event) => {
    const spec = current();
    const last = spec.frame.times.length - 1;
    if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowLeft') row = row < 0 ? last : Math.max(0, row - 1);
    else if (event.key === 'ArrowRight') row = row < 0 ? last : Math.min(last, row + 1);
    else if (event.key === 'Home') row = 0;
    else if (event.key === 'End') row = last;
    else if (event.key === 'ArrowUp') walkSeries(-1);
    else if (event.key === 'ArrowDown') walkSeries(1);
    else if (event.key === 'Enter') {
      tooltip.pin();
      return;
    } else return;
    event.preventDefault();
    row = Math.min(last, row < 0 ? last : row);
    const value = valueAt(spec.frame.series[index]?.values ?? [], row);
    const top = value === null ? u.over.clientHeight / 2 : u.valToPos(u.data[index + 1]?.[row] ?? value, 'y');
    host.classList.add('is-source');
    u.setCursor({ left: u.valToPos(spec.frame.times[row] ?? 0, 'x'), top });
    // Held keys repeat faster than anybody can listen.
    const nowMs = performance.now();
    if (event.repeat && nowMs - spokenAtMs < SPEAK_EVERY_MS) return;
    spokenAtMs = nowMs;
    spec.onSpeak(spokenSample(spec, index, row));
  }, { signal });
  host.addEventListener('blur', () => {
    row = -1;
    // A press into the pinned tooltip takes the focus as well.
    if (tooltip.isPinned()) return;
    host.classList.remove('is-source');
    u.setCursor({ left: -10, top: -10 });
  }, { signal });
}
