// Line, area and bar panels: a chart with its legend.
import { h, useLate, useMedia, useMemo, useState } from '../ui/html.js';
import { Chart } from '../charts/chart.js';
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
  const isLog = options.scale === 'log';
  const thresholds = useMemo(() => readThresholds(options.thresholds), [options.thresholds]);
  const { marks } = context;
  const onDraw = useMemo(() => (marks ? (/** @type {import('uplot')} */ u) => marks(u, frame) : null), [marks, frame]);
  /** @type {ChartSpec} */
  const spec = {
    kind: kindOf(panel.type),
    frame,
    slots,
    hidden,
    focus,
    // Sums of logarithms would be products.
    isStacked: !isLog && isStacked(panel, keys.length),
    isLog,
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
    table: meta?.table ?? '',
    crosshair: context.crosshair ?? 'line',
    syncKey: context.syncKey,
    onZoom: context.onZoom,
    onZoomBack: context.onZoomBack,
    onSpeak: context.onSpeak,
    ...(onDraw ? { onDraw } : {}),
  };
  const hasLegend = options.showLegend ?? true;
  const isTable = hasLegend && options.legendMode === 'table';
  const { loaded: LegendTable } = useLate(isTable ? loadLegendTable : null);
  const legend = {
    frame, slots, hidden, unit: spec.unit, decimals: spec.decimals, onFocus: setFocus,
    onHide: (/** @type {Set<string>} */ next) => context.onHide(withHidden(panel.id, keys, next, context.hide)),
  };
  const shownLegend = !hasLegend ? null : !isTable ? h(Legend, legend)
    : LegendTable ? h(LegendTable, { ...legend, panelId: panel.id, calculations: options.legendValues ?? null }) : h('div', { class: 'legend', 'aria-busy': 'true' });
  // A phone has room for the lines or for their names.
  const isFolded = useMedia('(max-width: 767px)') && keys.length > 1;
  return h('div', { class: isTable ? 'timeseries has-table' : 'timeseries' },
    h(Chart, { spec }),
    shownLegend && isFolded ? h('details', { class: 'legend-fold' }, h('summary', null, `${keys.length} series`), shownLegend) : shownLegend);
}

const loadLegendTable = async () => (await import('./legend-table.js')).LegendTable;
