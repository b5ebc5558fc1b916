// What fired and what was told of it: texts, the strip of hours, tables for files. Pure.
import { describeLabels, SEVERITIES, shortName } from './alerts.js';
import { formatAge } from './durations.js';
import { formatValue } from './format.js';
import { visibleText } from './labels.js';
import { formatClock, formatDate, formatDateTime } from './time.js';

/** @typedef {import('../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../types/app').Delivery} Delivery */
/** @typedef {import('./time.js').Span} Span */
/** @typedef {AlertEvent['severity']} Severity */

const HOUR_MS = 3_600_000;
/** Widths of a cell, in hours, and the most cells of a strip: more would be thinner than a finger sees. */
const CELL_HOURS = [1, 2, 3, 6, 12, 24, 48, 168, 720];
const CELLS_MAX = 168;

/** @type {Readonly<Record<Delivery['state'], {label: string, icon: string, kind: string}>>} */
export const DELIVERY_STATES = {
  queued: { label: 'under way', icon: 'clock', kind: 'info' },
  delivered: { label: 'delivered', icon: 'check', kind: 'ok' },
  given_up: { label: 'given up', icon: 'critical', kind: 'critical' },
  dropped: { label: 'dropped', icon: 'stop', kind: 'no-data' },
};

/** @type {Readonly<Record<AlertEvent['kind'], string>>} */
export const KINDS = { condition: '', no_data: 'no data', error: 'query failed' };

/**
 * "10:02–10:43", with the day where it is not that of the other end; "since 10:02" while it goes on.
 * @param {{triggeredAt: string, resolvedAt?: string | null | undefined}} event
 * @param {string} zone
 */
export function periodText({ triggeredAt, resolvedAt }, zone) {
  const startMs = Date.parse(triggeredAt);
  const start = formatClock(startMs, zone).slice(0, 5);
  if (!resolvedAt) return `since ${start}`;
  const endMs = Date.parse(resolvedAt);
  const end = formatClock(endMs, zone).slice(0, 5);
  const isSameDay = formatDate(startMs, zone) === formatDate(endMs, zone);
  return `${start}–${isSameDay ? end : `${formatDate(endMs, zone).slice(5)} ${end}`}`;
}

/**
 * How long it fired; of one that still does, until now.
 * @param {{triggeredAt: string, resolvedAt?: string | null | undefined}} event
 * @param {number} nowMs
 */
export function lengthMs({ triggeredAt, resolvedAt }, nowMs) {
  return Math.max(0, (resolvedAt ? Date.parse(resolvedAt) : nowMs) - Date.parse(triggeredAt));
}

/**
 * "41 min", "2 h 5 min", "3 d 4 h": two units at most.
 * @param {number} ms
 */
export function lengthText(ms) {
  const minutes = Math.round(ms / 60_000);
  if (ms < 60_000) return formatAge(ms);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** @param {number | null | undefined} value @param {string} unit of the rule when it fired; "" for none */
export function valueText(value, unit) {
  return unit === '' ? formatValue(value, 'none', { decimals: null, significant: 4 }) : formatValue(value, unit);
}

/**
 * One line that tells all of it, for a mark on a chart and for who listens.
 * @param {AlertEvent} event
 * @param {number} nowMs
 * @param {string} zone
 */
export function eventText(event, nowMs, zone) {
  const parts = [
    `${event.severity}: ${visibleText(event.ruleName)}`, describeLabels(event.labels), KINDS[event.kind],
    `${formatDate(Date.parse(event.triggeredAt), zone)} ${periodText(event, zone)} (${lengthText(lengthMs(event, nowMs))})`,
    event.peak === null || event.peak === undefined ? '' : `peak ${valueText(event.peak, event.unit)}`,
    event.acknowledgedBy ? `seen by ${visibleText(event.acknowledgedBy)}` : '', event.silenced ? 'silenced' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/**
 * Enough to know which one it is.
 * @param {AlertEvent} event
 * @param {string} zone
 */
export function briefText(event, zone) {
  return [`${event.severity}: ${visibleText(event.ruleName)}`, shortName(event.labels), periodText(event, zone)].filter((part) => part !== '').join(', ');
}

/**
 * @typedef {object} HourCell
 * @property {number} startMs
 * @property {number} endMs
 * @property {number} fired how many began in it
 * @property {number} open how many fired at some time in it
 * @property {Severity | null} worst
 */

/**
 * Cells of whole hours over a span. A span that is too long for one an hour has wider ones.
 * @param {readonly AlertEvent[]} events
 * @param {Span} span
 * @param {number} nowMs
 * @returns {{hours: number, cells: HourCell[]}}
 */
export function hourCells(events, span, nowMs) {
  const spanHours = (span.endMs - span.startMs) / HOUR_MS;
  const hours = CELL_HOURS.find((size) => spanHours / size <= CELLS_MAX) ?? Math.ceil(spanHours / CELLS_MAX);
  const cellMs = hours * HOUR_MS;
  const firstMs = Math.floor(span.startMs / cellMs) * cellMs;
  /** @type {HourCell[]} */
  const cells = [];
  for (let startMs = firstMs; startMs < span.endMs; startMs += cellMs) cells.push({ startMs, endMs: startMs + cellMs, fired: 0, open: 0, worst: null });
  for (const event of events) {
    const startMs = Date.parse(event.triggeredAt);
    const endMs = event.resolvedAt ? Date.parse(event.resolvedAt) : nowMs;
    const from = Math.max(0, Math.floor((startMs - firstMs) / cellMs));
    const to = Math.min(cells.length - 1, Math.floor((endMs - firstMs) / cellMs));
    for (let at = from; at <= to; at += 1) {
      const cell = cells[at];
      if (!cell) continue;
      cell.open += 1;
      if (startMs >= cell.startMs && startMs < cell.endMs) cell.fired += 1;
      if (cell.worst === null || SEVERITIES[event.severity].rank < SEVERITIES[cell.worst].rank) cell.worst = event.severity;
    }
  }
  return { hours, cells };
}

/**
 * @param {HourCell} cell
 * @param {string} zone
 */
export function cellText(cell, zone) {
  const when = `${formatDateTime(cell.startMs, zone).slice(0, 16)} to ${formatDateTime(cell.endMs, zone).slice(11, 16)}`;
  if (cell.worst === null) return `${when}: nothing fired`;
  const began = cell.fired === 0 ? '' : `, ${cell.fired} began`;
  return `${when}: ${cell.open} firing${began}, worst ${cell.worst}`;
}

/**
 * "try 1 at 10:02:10 refused, try 2 at 10:02:40 accepted"
 * @param {Delivery} delivery
 * @param {string} zone
 */
export function attemptsText({ attempts }, zone) {
  return attempts.map((attempt, index) => `try ${index + 1} at ${formatClock(Date.parse(attempt.at), zone)} ${attempt.delivered ? 'accepted' : 'refused'}`).join(', ');
}

const EVENT_COLUMNS = [
  'triggered at', 'resolved at', 'seconds', 'status', 'severity', 'rule', 'labels', 'about', 'value', 'peak', 'silenced', 'acknowledged by', 'acknowledged at', 'comment', 'event id', 'rule id',
];

/**
 * @param {readonly AlertEvent[]} events
 * @param {number} nowMs
 * @returns {{columns: string[], rows: (string | number | null)[][]}}
 */
export function eventTable(events, nowMs) {
  return {
    columns: EVENT_COLUMNS,
    rows: events.map((event) => [
      event.triggeredAt, event.resolvedAt ?? '', Math.round(lengthMs(event, nowMs) / 1000), event.status, event.severity, event.ruleName, JSON.stringify(event.labels), event.kind,
      event.value ?? null, event.peak ?? null, event.silenced ? 'yes' : 'no', event.acknowledgedBy ?? '', event.acknowledgedAt ?? '', event.comment, event.id, event.ruleId,
    ]),
  };
}

const DELIVERY_COLUMNS = [
  'decided at', 'finished at', 'channel', 'rule', 'tells', 'state', 'title', 'tries', 'answer', 'next try at', 'alerts', 'attempts', 'delivery id', 'channel id', 'rule id',
];

/**
 * @param {readonly Delivery[]} deliveries
 * @returns {{columns: string[], rows: (string | number | null)[][]}}
 */
export function deliveryTable(deliveries) {
  return {
    columns: DELIVERY_COLUMNS,
    rows: deliveries.map((one) => [
      one.createdAt, one.finishedAt ?? '', one.channelName, one.ruleName, one.status, one.state, one.title, one.attempts.length, one.answer, one.nextAttemptAt ?? '', one.eventIds.length,
      one.attempts.map((attempt) => `${attempt.at} ${attempt.delivered ? 'accepted' : 'refused'}: ${attempt.answer}`).join('\n'), one.id, one.channelId, one.ruleId,
    ]),
  };
}
