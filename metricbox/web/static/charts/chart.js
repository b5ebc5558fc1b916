// The life of one uPlot: made at the first real size, fed by setData, rebuilt when its shape changes, destroyed on unmount.
// No data shaping here.
import uPlot from 'uplot';
import { h, useLayoutEffect, useRef } from '../ui/html.js';
import { formatAxis } from '../lib/format.js';
import { drawColumns } from '../lib/frames.js';
import { buildOptions, divisorOf, shapeOf } from './options.js';
import { attachGestures } from './gestures.js';
import { chartSentence } from './readout.js';
import { drawThresholds } from './thresholds.js';
import { drawUnfinished, hasDashedTail } from './series.js';

/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */
/** @typedef {{update: (spec: ChartSpec) => void, destroy: () => void}} ChartHandle */

/**
 * @param {ChartSpec} spec
 * @param {number} divisor
 */
function columnsOf(spec, divisor) {
  return drawColumns(spec.frame, {
    isStacked: spec.isStacked,
    hasTail: hasDashedTail(spec),
    nulls: spec.nulls,
    isShown: spec.frame.series.map((series) => !spec.hidden.has(series.key)),
    divisor,
  });
}

/**
 * What is drawn over the series.
 * @param {() => ChartSpec} current
 * @param {() => number} divisor
 * @returns {uPlot.Plugin}
 */
function overlay(current, divisor) {
  return {
    hooks: {
      draw: (u) => {
        const spec = current();
        drawUnfinished(u, spec, divisor());
        drawThresholds(u, spec, divisor(), (value) => formatAxis([value], spec.unit)[0] ?? '');
      },
    },
  };
}

/**
 * @param {HTMLElement} host
 * @param {ChartSpec} first
 * @returns {ChartHandle}
 */
export function mountChart(host, first) {
  let spec = first;
  let divisor = 1;
  let shape = '';
  /** @type {uPlot | null} */
  let u = null;
  const size = { width: 0, height: 0 };

  const build = () => {
    u?.destroy();
    u = null;
    // A chart made at width 0 has a plot of negative width, and says nothing.
    if (size.width < 1 || size.height < 1) return;
    divisor = divisorOf(spec);
    shape = shapeOf(spec);
    const options = buildOptions(spec, () => spec, () => divisor, size);
    options.plugins = [overlay(() => spec, () => divisor), attachGestures(host, () => spec)];
    u = new uPlot(options, /** @type {uPlot.AlignedData} */ (columnsOf(spec, divisor)), host);
    applyFocus(u, spec);
  };

  const observer = new ResizeObserver((entries) => {
    const box = entries.at(-1)?.contentRect;
    if (!box) return;
    const width = Math.floor(box.width);
    const height = Math.floor(box.height);
    if (width === size.width && height === size.height) return;
    size.width = width;
    size.height = height;
    if (u && width > 0 && height > 0) u.setSize({ width, height });
    else build();
  });
  observer.observe(host);

  return {
    update(next) {
      const previous = spec;
      spec = next;
      if (!u) return;
      if (shapeOf(next) !== shape) {
        build();
        return;
      }
      divisor = divisorOf(next);
      refresh(u, previous, next, divisor);
    },
    destroy() {
      observer.disconnect();
      u?.destroy();
      u = null;
    },
  };
}

/**
 * New data into a chart of the same shape: one draw, in place.
 * @param {uPlot} u
 * @param {ChartSpec} previous
 * @param {ChartSpec} next
 * @param {number} divisor
 */
function refresh(u, previous, next, divisor) {
  const isSameData = previous.frame === next.frame && previous.span.startMs === next.span.startMs
    && previous.span.endMs === next.span.endMs && previous.hidden === next.hidden && previous.thresholds === next.thresholds
    && previous.min === next.min && previous.max === next.max;
  if (!isSameData) {
    u.batch(() => {
      next.frame.series.forEach((series, index) => {
        const isShown = !next.hidden.has(series.key);
        if (u.series[index + 1]?.show !== isShown) u.setSeries(index + 1, { show: isShown });
      });
      u.setData(/** @type {uPlot.AlignedData} */ (columnsOf(next, divisor)), true);
    });
  }
  if (previous.focus !== next.focus) applyFocus(u, next);
}

/**
 * @param {uPlot} u
 * @param {ChartSpec} spec
 */
function applyFocus(u, spec) {
  const index = spec.focus === null ? -1 : spec.frame.series.findIndex((series) => series.key === spec.focus);
  u.setSeries(index < 0 ? /** @type {any} */ (null) : index + 1, { focus: index >= 0 });
}

/**
 * @param {{spec: ChartSpec}} props
 */
export function Chart({ spec }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const handle = useRef(/** @type {ChartHandle | null} */ (null));
  useLayoutEffect(() => {
    if (!host.current) return undefined;
    const made = mountChart(host.current, spec);
    handle.current = made;
    return () => made.destroy();
    // Mounted once; later specs arrive through update below.
  }, []);
  useLayoutEffect(() => handle.current?.update(spec), [spec]);
  return h('div', {
    class: 'chart', ref: host, tabIndex: 0, role: 'group', 'aria-roledescription': 'chart', 'aria-label': chartSentence(spec),
  });
}
