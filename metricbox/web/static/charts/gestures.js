// Pointer, touch and keys on a chart: tooltip, zoom by drag, pin, walking the samples. A uPlot plugin around one host.
import { seriesColor } from './series.js';
import { spokenSample, tooltipContent, valueAt } from './readout.js';
import { createTooltip } from './tooltip.js';

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('uplot').Plugin} Plugin */
/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

const NEAR_PX = 24;
const SPEAK_EVERY_MS = 500;

/**
 * @param {HTMLElement} host
 * @param {() => ChartSpec} current
 * @returns {Plugin}
 */
export function attachGestures(host, current) {
  const tooltip = createTooltip();
  const abort = new AbortController();
  let isCancelled = false;

  /** @param {UPlot} u */
  const ready = (u) => {
    const options = { signal: abort.signal };
    u.over.addEventListener('pointerenter', () => host.classList.add('is-source'), options);
    u.over.addEventListener('pointerleave', () => {
      host.classList.remove('is-source');
      tooltip.hide();
    }, options);
    u.over.addEventListener('pointerdown', () => { isCancelled = false; }, options);
    u.over.addEventListener('click', () => {
      if (u.select.width === 0) tooltip.pin();
    }, options);
    u.over.addEventListener('dblclick', () => {
      tooltip.destroy();
      current().onZoomBack();
    }, options);
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || u.select.width === 0) return;
      isCancelled = true;
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }, options);
    attachTouch(u, options);
    attachKeys(u, host, current, options);
  };

  return {
    hooks: {
      ready,
      setSelect: (u) => {
        const { left, width } = u.select;
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        if (isCancelled || width < 5) return;
        tooltip.destroy();
        const startMs = u.posToVal(left, 'x');
        const endMs = u.posToVal(left + width, 'x');
        if (endMs - startMs >= 1000) current().onZoom({ startMs: Math.round(startMs), endMs: Math.round(endMs) });
      },
      setCursor: (u) => showTooltip(u, host, current(), tooltip),
      destroy: () => {
        abort.abort();
        tooltip.destroy();
        host.classList.remove('is-source');
      },
    },
  };
}

/**
 * @param {UPlot} u
 * @param {HTMLElement} host
 * @param {ChartSpec} spec
 * @param {ReturnType<typeof createTooltip>} tooltip
 */
function showTooltip(u, host, spec, tooltip) {
  const row = u.cursor.idx;
  const { left = -1, top = -1 } = u.cursor;
  if (row === null || row === undefined || left < 0 || !host.classList.contains('is-source')) {
    tooltip.hide();
    return;
  }
  const box = u.over.getBoundingClientRect();
  const content = tooltipContent(spec, row, nearestSeries(u, spec, row, top), (index) => seriesColor(spec, index));
  tooltip.show(content, { x: box.left + left, y: box.top + top });
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
    // The drawn column, since stacked ones stand higher than their value; the unfinished row is only in the frame.
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
 * @param {{signal: AbortSignal}} options
 */
function attachTouch(u, options) {
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (event.pointerType === 'mouse') return;
    const box = u.over.getBoundingClientRect();
    u.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  };
  u.over.addEventListener('pointerdown', move, options);
  u.over.addEventListener('pointermove', move, options);
}

/**
 * Left and right walk the samples, up and down the series.
 * @param {UPlot} u
 * @param {HTMLElement} host
 * @param {() => ChartSpec} current
 * @param {{signal: AbortSignal}} options
 */
function attachKeys(u, host, current, options) {
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
    else return;
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
  }, options);
  host.addEventListener('blur', () => {
    row = -1;
    host.classList.remove('is-source');
    u.setCursor({ left: -10, top: -10 });
  }, options);
}
