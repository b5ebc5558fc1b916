// The life of one uPlot: made at the first real size, fed by setData, rebuilt when its shape changes, destroyed on unmount.
// No data shaping here.
import uPlot from 'uplot';
import { h, useId, useLate, useLayoutEffect, useMemo, useRef } from '../ui/html.js';
import { formatAxis } from '../lib/format.js';
import { drawColumns } from '../lib/frames.js';
import { buildOptions, divisorOf, shapeOf } from './options.js';
import { attachGestures } from './gestures.js';
import { drawThresholds } from './thresholds.js';
import { drawUncertain, hasDashedTail } from './series.js';

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
    isLog: spec.isLog,
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
        drawUncertain(u, spec, divisor());
        drawThresholds(u, spec, divisor(), (value) => formatAxis([value], spec.unit)[0] ?? '');
        spec.onDraw?.(u, divisor());
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
    && previous.min === next.min && previous.max === next.max && previous.onDraw === next.onDraw;
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

const loadLog = () => import('./log-scale.js');
// Words are for later: the picture comes first.
const loadSentence = async () => (await import('./readout.js')).chartSentence;

/**
 * @param {{spec: ChartSpec}} props
 */
export function Chart({ spec: wish }) {
  const { loaded: log } = useLate(wish.isLog ? loadLog : null);
  const spec = wish.isLog ? { ...wish, log } : wish;
  const isWaiting = wish.isLog && log === null;
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const handle = useRef(/** @type {ChartHandle | null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    if (!host.current || isWaiting) return undefined;
    const made = mountChart(host.current, spec);
    handle.current = made;
    return () => {
      made.destroy();
      handle.current = null;
    };
    // Mounted once; later specs arrive through update below.
  }, [isWaiting]);
  useLayoutEffect(() => handle.current?.update(spec), [wish, log]);
  const { loaded: sentenceOf } = useLate(loadSentence);
  const sentence = useMemo(() => sentenceOf?.(spec) ?? '', [sentenceOf, spec.frame, spec.hidden, spec.unit, spec.decimals, spec.zone, spec.label]);
  const dropped = useMemo(() => (spec.isLog ? countDropped(spec) : 0), [spec.isLog, spec.frame, spec.hidden]);
  return [
    h('div', {
      // The class is also gestures.js's: preact must not write it again.
      key: 'chart', class: 'chart', 'data-crosshair': spec.crosshair, ref: host, tabIndex: 0, role: 'group', 'aria-roledescription': 'chart',
      'aria-label': `${spec.label}, ${spec.frame.series.length} series`, 'aria-describedby': id,
    }),
    h('p', { key: 'sentence', id, class: 'only-spoken' }, sentence),
    dropped === 0 ? null : h('p', { key: 'note', class: 'chart-note' }, `${dropped === 1 ? 'One value' : `${dropped.toLocaleString()} values`} at or below 0 cannot be drawn on a log axis`),
  ];
}

/** @param {ChartSpec} spec */
function countDropped(spec) {
  let count = 0;
  for (const series of spec.frame.series) {
    if (spec.hidden.has(series.key)) continue;
    for (const value of series.values) if (typeof value === 'number' && value <= 0) count += 1;
  }
  return count;
}
