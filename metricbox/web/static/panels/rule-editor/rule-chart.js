// The chart of a rule: its series, its threshold as a line, and the times of firing shaded. With onThreshold the line is a slider.
import { h, useMemo, useRef, useState } from '../../ui/html.js';
import { makeAlertOverlay } from '../../charts/alert-overlay.js';
import { Chart } from '../../charts/chart.js';
import { extent, guardRange } from '../../charts/scales.js';
import { unitOf } from '../../lib/units.js';
import { Legend } from '../legend.js';
import { ThresholdLine } from './threshold-line.js';

/** @typedef {import('../../lib/frames.js').Frame} Frame */
/** @typedef {import('../../lib/time.js').Span} Span */
/** @typedef {import('../../charts/alert-overlay.js').Plot} Plot */

/**
 * @typedef {object} RuleChartProps
 * @property {string} label
 * @property {Frame} frame
 * @property {ReadonlyMap<string, number>} slots
 * @property {Span} span
 * @property {string | null} unit
 * @property {string} table
 * @property {number | null} threshold
 * @property {number | null} recoveryThreshold
 * @property {import('../../lib/reading.js').Severity} severity
 * @property {readonly Span[]} spans when anything fired
 * @property {Pick<import('../../../types/app').PanelContext, 'zone' | 'palette' | 'onSpeak'>} context
 * @property {(value: number, isOver: boolean) => void} [onThreshold] isOver: false while it is dragged
 */

/** @type {ReadonlySet<string>} */
const NONE = new Set();

/**
 * An axis that holds the data and the lines.
 * @param {Frame} frame
 * @param {string | null} unitKey
 * @param {(number | null)[]} lines
 */
function boundsOf(frame, unitKey, lines) {
  const data = extent(frame.series.map((series) => series.values));
  const given = [data.min, data.max, ...lines].filter((value) => typeof value === 'number');
  if (given.length === 0) return { min: 0, max: 1 };
  const [low, high] = [Math.min(...given), Math.max(...given)];
  const unit = unitOf(unitKey);
  const softMax = unit.kind === 'percent' && high <= 100 ? 100 : unit.kind === 'ratio' && high <= 1 ? 1 : null;
  const [min, max] = guardRange(low, high, { isZeroBased: Boolean(unit.isZeroBased), softMax });
  return { min, max };
}

/** @param {RuleChartProps} props */
export function RuleChart(props) {
  const { label, frame, slots, span, unit, table, threshold, recoveryThreshold, severity, spans, context, onThreshold } = props;
  const [hidden, setHidden] = useState(NONE);
  const [focus, setFocus] = useState(/** @type {string | null} */ (null));
  const [plot, setPlot] = useState(/** @type {Plot | null} */ (null));
  const [isDragging, setDragging] = useState(false);
  const held = useRef({ min: 0, max: 1 });
  const wanted = useMemo(() => boundsOf(frame, unit, [threshold, recoveryThreshold]), [frame, unit, threshold, recoveryThreshold]);
  // The axis stands still under the hand.
  if (!isDragging) held.current = wanted;
  const { min, max } = held.current;
  const latest = useRef(plot);
  latest.current = plot;
  const color = context.palette[severity];
  const onDraw = useMemo(() => makeAlertOverlay({
    spans, color,
    onPlace: (next) => {
      if (JSON.stringify(next) !== JSON.stringify(latest.current)) setPlot(next);
    },
  }), [spans, color]);
  const thresholds = useMemo(() => {
    /** @type {import('../../lib/reading.js').Threshold[]} */
    const list = [];
    if (threshold !== null && !onThreshold) list.push({ value: threshold, severity, label: severity });
    if (recoveryThreshold !== null && recoveryThreshold !== threshold) list.push({ value: recoveryThreshold, severity: 'info', label: 'recovers' });
    return list.sort((left, right) => left.value - right.value);
  }, [onThreshold ? null : threshold, recoveryThreshold, severity, Boolean(onThreshold)]);
  const spec = useMemo(() => ({
    kind: /** @type {const} */ ('line'), frame, slots, hidden, focus, isStacked: false, isLog: false, nulls: /** @type {const} */ ('gap'), unit, decimals: null, min, max,
    side: /** @type {const} */ ('left'), thresholds, span, zone: context.zone, palette: context.palette, label, table, crosshair: /** @type {const} */ ('line'), syncKey: 'rule',
    onZoom: ignore, onZoomBack: ignore, onSpeak: context.onSpeak, onDraw,
  }), [frame, slots, hidden, focus, unit, min, max, thresholds, span, context, label, table, onDraw]);
  return h('div', { class: 'rule-chart' },
    h('div', { class: 'rule-chart-box' },
      h(Chart, { spec }),
      onThreshold && threshold !== null && plot ? h(ThresholdLine, {
        plot, value: threshold, severity, unit,
        onChange: (value, how) => {
          setDragging(how === 'drag');
          onThreshold(value, how !== 'drag');
        },
      }) : null),
    frame.series.length > 1 ? h(Legend, { frame, slots, hidden, unit, decimals: null, onHide: setHidden, onFocus: setFocus }) : null);
}

/** The range of a rehearsal is chosen beside it. */
function ignore() {}
