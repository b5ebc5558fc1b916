// Marks on the charts of a page for when alerts fired: asked for once a round, for who is signed in and has not switched them off.
// Comes after the first drawing.
import { effect, untracked } from '../ui/html.js';
import { loadStyle } from '../ui/style-sheet.js';
import { serverNowMs } from '../api/client.js';
import { listEvents } from '../api/events.js';
import { briefText, eventText } from '../lib/alert-history.js';
import { requestRange } from '../lib/time.js';
import { annotate } from '../panels/chart-marks.js';
import { hasAlertMarks } from '../state/browser-settings.js';
import { chartMarks } from '../state/crosshair.js';
import { user } from '../state/session.js';
import { range, zone } from '../state/time-range.js';

/** @typedef {import('../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../lib/alert-marks.js').AlertMark} AlertMark */

const TYPES = ['line', 'area', 'bar'];

/** @param {{type: string}} panel */
export function isChart({ type }) {
  return TYPES.includes(type);
}

/**
 * @param {object} page
 * @param {{value: boolean}} page.isRefreshing a round is under way
 * @param {() => boolean} page.hasCharts
 * @returns {() => void} stops
 */
export function startAlertMarks({ isRefreshing, hasCharts }) {
  /** @type {AbortController | null} */
  let asking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = '[]';
  let wasOn = false;
  /** @param {AlertMark[]} marks */
  const show = (marks) => {
    const text = JSON.stringify(marks);
    if (text === shown) return;
    shown = text;
    // A new function redraws all charts.
    chartMarks.value = annotate(marks);
  };
  const load = async () => {
    timer = undefined;
    asking?.abort();
    const own = new AbortController();
    asking = own;
    try {
      const marks = await readMarks(own.signal);
      if (asking === own) show(marks);
    } catch {
      // The page's own polling tells when nobody answers; older marks stay.
    }
  };
  const stop = effect(() => {
    const isOn = hasAlertMarks.value && user.value !== null && hasCharts();
    const isDue = isRefreshing.value || !wasOn;
    // Another range or zone begins a round of its own: the timer makes one of both.
    range.value;
    zone.value;
    wasOn = isOn;
    if (!isOn) {
      clearTimeout(timer);
      timer = undefined;
      asking?.abort();
      asking = null;
      untracked(() => show([]));
    // One that waits is not put off: a round may end before its time comes, and nothing would ask again.
    } else if (isDue && timer === undefined) timer = setTimeout(load, 0);
  });
  return () => {
    stop();
    clearTimeout(timer);
    asking?.abort();
    asking = null;
    chartMarks.value = null;
  };
}

/** @param {AbortSignal} signal @returns {Promise<AlertMark[]>} by start */
async function readMarks(signal) {
  const shownZone = zone.peek();
  const asked = requestRange(range.peek(), serverNowMs(), shownZone);
  if (asked === null) return [];
  const [{ list }] = await Promise.all([listEvents({ from: asked.start, to: asked.end }, { signal }), loadStyle('/static/styles/annotations.css')]);
  return list.map((event) => markOf(event, shownZone)).sort((left, right) => left.startMs - right.startMs);
}

/** @param {AlertEvent} event @param {string} shownZone @returns {AlertMark} */
function markOf(event, shownZone) {
  const startMs = Date.parse(event.triggeredAt);
  const { alertname, severity, ...labels } = event.labels;
  // To the minute: a text that changes each second would redraw all charts each second.
  const minuteMs = Math.ceil(serverNowMs() / 60_000) * 60_000;
  const params = new URLSearchParams({ rule: event.ruleId, from: new Date(startMs - 1800_000).toISOString(), to: new Date(startMs + 1800_000).toISOString() });
  return {
    id: event.id, startMs, endMs: event.resolvedAt ? Date.parse(event.resolvedAt) : null, severity: event.severity, text: eventText(event, minuteMs, shownZone),
    brief: briefText(event, shownZone), labels, href: `/alerts/history?${params}`,
  };
}
