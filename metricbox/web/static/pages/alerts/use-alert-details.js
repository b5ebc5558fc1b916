// What the drawer of an alert shows beside the alert itself: the chart of its series, when it fired before, and what was told.
import { useEffect, useMemo, useRef, useState } from '../../ui/html.js';
import { isAbort, messageOf, NetworkError, serverNowMs } from '../../api/client.js';
import { listDeliveries, listEvents } from '../../api/events.js';
import { Poller } from '../../api/poll.js';
import { runBatches } from '../../api/query.js';
import { isSeriesOf } from '../../lib/alerts.js';
import { assignSlots } from '../../lib/color.js';
import { buildFrame } from '../../lib/frames.js';
import { joinSpans } from '../../lib/rehearsal.js';
import { canExplore } from '../../state/session.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../../types/app').AlertRule} AlertRule */

/**
 * @typedef {object} AlertDetails
 * @property {import('../../lib/frames.js').Frame | null} frame
 * @property {import('../../lib/time.js').Span | null} span
 * @property {ReadonlyMap<string, number>} slots
 * @property {string} table
 * @property {import('../../lib/time.js').Span[]} spans when it fired
 * @property {string} fault why there is no chart
 * @property {boolean} isHidden viewers may not run queries on this server
 * @property {import('../../../types/app').Delivery[] | null} deliveries
 * @property {string} deliveriesFault
 * @property {() => void} retry
 */

const INTERVAL_MS = 30_000;
const HOUR_MS = 3_600_000;
const SERIES_MAX = 500;

/** @typedef {Pick<AlertDetails, 'frame' | 'span' | 'table' | 'spans' | 'fault' | 'deliveries' | 'deliveriesFault'>} Loaded */

/** @type {Loaded} */
const NOTHING = { frame: null, span: null, table: '', spans: [], fault: '', deliveries: null, deliveriesFault: '' };

/**
 * From well before it began, so that one sees how it came.
 * @param {number} beganMs
 * @param {number} nowMs
 */
function spanOf(beganMs, nowMs) {
  const before = Math.min(24 * HOUR_MS, Math.max(HOUR_MS, nowMs - beganMs));
  return { startMs: beganMs - before, endMs: nowMs };
}

/** @param {AlertEvent} event @param {AlertEvent} other */
function isSameSeries(event, other) {
  const key = (/** @type {AlertEvent} */ one) => JSON.stringify(Object.entries({ ...one.labels, severity: '' }).sort());
  return other.kind === event.kind && key(other) === key(event);
}

/**
 * @param {AlertEvent} event
 * @param {AlertRule} rule
 * @param {AbortSignal} signal
 * @returns {Promise<Partial<Loaded>>}
 */
async function loadChart(event, rule, signal) {
  const span = spanOf(Date.parse(event.triggeredAt), serverNowMs());
  /** @type {import('../../../types/app').QueryItem[]} */
  const items = [];
  const [events] = await Promise.all([
    listEvents({ ruleId: event.ruleId, from: span.startMs }, { signal }),
    runBatches([{ query: rule.query, start: span.startMs, end: span.endMs, maxSeries: SERIES_MAX }], (_, part) => items.push(.../** @type {import('../../../types/app').QueryItem[]} */ (part)), signal),
  ]);
  const [item] = items;
  const fired = events.list.filter((one) => isSameSeries(event, one)).map((one) => ({ startMs: Date.parse(one.triggeredAt), endMs: one.resolvedAt ? Date.parse(one.resolvedAt) : null }));
  const spans = joinSpans(fired, span.endMs);
  if (!item || !('data' in item)) return { span, spans, fault: item ? item.error : '' };
  const frame = buildFrame([{ ...item, template: null }], span.endMs);
  return { span, spans, fault: '', table: item.meta.table, frame: { ...frame, series: frame.series.filter((series) => isSeriesOf(series.tags, event.labels)) } };
}

/**
 * @param {AlertEvent} event
 * @param {AlertRule | null} rule
 * @returns {AlertDetails}
 */
export function useAlertDetails(event, rule) {
  const [loaded, setLoaded] = useState(NOTHING);
  const latest = useRef(event);
  latest.current = event;
  const poller = useRef(/** @type {Poller | null} */ (null));
  const hasChart = rule !== null && event.kind === 'condition' && canExplore();
  const query = rule?.query ?? '';
  useEffect(() => {
    const own = new Poller({
      intervalMs: INTERVAL_MS, onState: () => undefined,
      run: async (signal) => {
        // One that fails must not hide the other.
        const [chart, told] = await Promise.allSettled([hasChart && rule ? loadChart(latest.current, rule, signal) : {}, listDeliveries({ eventId: event.id }, { signal })]);
        if (signal.aborted) return;
        setLoaded((before) => ({
          ...before,
          ...(chart.status === 'fulfilled' ? chart.value : { fault: before.frame ? '' : messageOf(chart.reason) }),
          ...(told.status === 'fulfilled' ? { deliveries: told.value.list, deliveriesFault: '' } : { deliveriesFault: before.deliveries ? '' : messageOf(told.reason) }),
        }));
        const failed = [chart, told].find((one) => one.status === 'rejected' && (one.reason instanceof NetworkError || isAbort(one.reason)));
        if (failed?.status === 'rejected') throw failed.reason;
      },
    });
    poller.current = own;
    own.runNow();
    return () => own.stop();
  }, [event.id, query, hasChart]);
  const slots = useMemo(() => assignSlots(new Map(), (loaded.frame?.series ?? []).map((series) => series.key)), [loaded.frame]);
  return { ...loaded, slots, isHidden: !canExplore(), retry: () => { poller.current?.runNow(); } };
}
