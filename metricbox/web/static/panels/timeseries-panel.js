// Line, area and bar panels: a chart with its legend.
import { h, useMemo, useState } from '../ui/html.js';
import { Chart } from '../charts/chart.js';
import { formatDuration } from '../lib/durations.js';
import { readThresholds } from '../lib/reading.js';
import { hiddenKeys, withHidden } from './legend-model.js';
import { Legend } from './legend.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */
/** @typedef {import('../charts/chart-types.js').ChartSpec} ChartSpec */

/** @type {ReadonlySet<string>} */
const NONE = new Set();

/** @param {string} type @returns {ChartSpec['kind']} */
function kindOf(type) {
  return type === 'area' || type === 'bar' ? type : 'line';
}

/**
 * Bars of several series would stand behind each other, so they are stacked unless the panel says no.
 * @param {import('../../types/app').Panel} panel
 * @param {number} count
 */
function isStacked(panel, count) {
  return panel.options?.stack ?? (panel.type === 'bar' && count > 1);
}

/** @param {PanelProps} props */
export function TimeseriesPanel({ panel, frame, meta, slots, context }) {
  const [focus, setFocus] = useState(/** @type {string | null} */ (null));
  const options = panel.options ?? {};
  const keys = frame.series.map((series) => series.key);
  const shape = keys.join('\n');
  const hideText = context.hide.join(' ');
  const hidden = useMemo(() => {
    const found = hiddenKeys(panel.id, keys, context.hide);
    return found.size === 0 ? NONE : found;
  }, [panel.id, shape, hideText]);
  const thresholds = useMemo(() => readThresholds(options.thresholds), [options.thresholds]);
  /** @type {ChartSpec} */
  const spec = {
    kind: kindOf(panel.type),
    frame,
    slots,
    hidden,
    focus,
    isStacked: isStacked(panel, keys.length),
    nulls: options.nullHandling === 'join' || options.nullHandling === 'zero' ? options.nullHandling : 'gap',
    unit: options.unit ?? null,
    decimals: options.decimals ?? null,
    min: options.min ?? null,
    max: options.max ?? null,
    side: options.axis === 'right' ? 'right' : 'left',
    thresholds,
    span: context.span,
    zone: context.zone,
    palette: context.palette,
    label: panel.title,
    footnote: meta ? `${meta.table} · step ${formatDuration(meta.stepMs)}` : '',
    syncKey: context.syncKey,
    onZoom: context.onZoom,
    onZoomBack: context.onZoomBack,
    onSpeak: context.onSpeak,
  };
  const hasLegend = options.showLegend ?? true;
  return h('div', { class: 'timeseries' },
    h(Chart, { spec }),
    hasLegend ? h(Legend, {
      frame, slots, hidden, unit: spec.unit, decimals: spec.decimals, onFocus: setFocus,
      onHide: (/** @type {Set<string>} */ next) => context.onHide(withHidden(panel.id, keys, next, context.hide)),
    }) : null);
}
