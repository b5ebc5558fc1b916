// What fires and what is about to, as the pages show it: order, words, and the silence that mutes one alert. Pure.
import { formatAge } from './durations.js';
import { formatAxis, formatValue } from './format.js';
import { visibleText } from './labels.js';
import { formatClock, formatDate } from './time.js';
import { wallDate, wallToInstant } from './zone.js';

/** @typedef {import('../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../types/app').PendingAlert} PendingAlert */
/** @typedef {AlertRule['severity']} Severity */
/** @typedef {AlertRule['condition']} Condition */

/**
 * @typedef {object} ActiveAlert
 * @property {string} key
 * @property {'firing' | 'pending'} state
 * @property {string} ruleId
 * @property {string} ruleName
 * @property {Severity} severity
 * @property {Record<string, string>} labels
 * @property {'condition' | 'no_data' | 'error'} kind what it is about
 * @property {number | null} value
 * @property {number} sinceMs
 * @property {number | null} firesMs of a pending one
 * @property {AlertEvent | null} event of a firing one
 */

/** @type {Readonly<Record<Severity, {label: string, icon: string, rank: number}>>} */
export const SEVERITIES = {
  critical: { label: 'Critical', icon: 'critical', rank: 0 },
  warning: { label: 'Warning', icon: 'warning', rank: 1 },
  info: { label: 'Info', icon: 'info', rank: 2 },
};

/** @type {Readonly<Record<Condition, {sign: string, words: string}>>} */
export const CONDITIONS = {
  gt: { sign: '>', words: 'is above' },
  gte: { sign: '≥', words: 'is at or above' },
  lt: { sign: '<', words: 'is below' },
  lte: { sign: '≤', words: 'is at or below' },
  eq: { sign: '=', words: 'equals' },
  ne: { sign: '≠', words: 'differs from' },
};

/**
 * @param {Condition} condition
 * @param {number} value
 * @param {number} threshold
 */
export function holds(condition, value, threshold) {
  switch (condition) {
    case 'gt': return value > threshold;
    case 'gte': return value >= threshold;
    case 'lt': return value < threshold;
    case 'lte': return value <= threshold;
    case 'eq': return value === threshold;
    default: return value !== threshold;
  }
}

/**
 * Firing before pending, critical before warning before info, the newest first; of the pending ones what fires next.
 * @param {AlertEvent[]} events that fire
 * @param {PendingAlert[]} pending
 * @returns {ActiveAlert[]}
 */
export function activeAlerts(events, pending) {
  const firing = events.map((event) => /** @type {ActiveAlert} */ ({
    key: event.id, state: 'firing', ruleId: event.ruleId, ruleName: event.ruleName, severity: event.severity, labels: event.labels, kind: event.kind, value: event.value ?? null,
    sinceMs: Date.parse(event.triggeredAt), firesMs: null, event,
  }));
  const waiting = pending.map((one) => /** @type {ActiveAlert} */ ({
    key: `${one.ruleId} ${one.kind} ${JSON.stringify(Object.entries(one.labels).sort())}`, state: 'pending', ruleId: one.ruleId, ruleName: one.ruleName, severity: one.severity,
    labels: one.labels, kind: one.kind, value: one.value ?? null, sinceMs: Date.parse(one.since), firesMs: Date.parse(one.firesAt), event: null,
  }));
  const bySeverity = (/** @type {ActiveAlert} */ left, /** @type {ActiveAlert} */ right) => SEVERITIES[left.severity].rank - SEVERITIES[right.severity].rank;
  return [
    ...firing.sort((left, right) => bySeverity(left, right) || right.sinceMs - left.sinceMs || (left.key < right.key ? -1 : 1)),
    ...waiting.sort((left, right) => (left.firesMs ?? 0) - (right.firesMs ?? 0) || bySeverity(left, right) || (left.key < right.key ? -1 : 1)),
  ];
}

// They are the alert's name and severity, which stand beside it anyway.
const OWN = new Set(['alertname', 'severity']);

/**
 * @param {Record<string, string>} labels of an alert
 * @returns {[string, string][]} those that tell it from others of its rule, the host first
 */
export function shownLabels(labels) {
  const rank = (/** @type {string} */ name) => (name === 'host' ? 0 : name === 'instance' ? 1 : 2);
  return Object.entries(labels).filter(([name]) => !OWN.has(name)).sort(([left], [right]) => rank(left) - rank(right) || (left < right ? -1 : 1));
}

/** @param {Record<string, string>} labels */
export function describeLabels(labels) {
  return shownLabels(labels).map(([name, value]) => `${visibleText(name)}=${visibleText(value)}`).join(' ');
}

/** @param {Record<string, string>} labels @returns {string} the one that a person calls the series by */
export function shortName(labels) {
  return visibleText(shownLabels(labels)[0]?.[1] ?? '');
}

/**
 * The value of an alert, or why it has none.
 * @param {Pick<ActiveAlert, 'kind' | 'value'>} alert
 * @param {string | null} unit
 */
export function describeValue({ kind, value }, unit) {
  if (kind === 'error') return 'query fails';
  if (kind === 'no_data') return 'no data';
  return value === null ? 'no data' : formatValue(value, unit);
}

/**
 * A threshold has the digits that somebody gave it.
 * @param {number} value
 * @param {string | null} unit
 */
export function formatLimit(value, unit) {
  return formatAxis([value], unit)[0] ?? '';
}

/**
 * "10:02", with the day in front when it is not today.
 * @param {number} tsMs
 * @param {number} nowMs
 * @param {string} zone
 */
export function formatMoment(tsMs, nowMs, zone) {
  const clock = formatClock(tsMs, zone).slice(0, 5);
  return formatDate(tsMs, zone) === formatDate(nowMs, zone) ? clock : `${formatDate(tsMs, zone)} ${clock}`;
}

/**
 * "since 10:02 (39 min)", "fires in 2 min".
 * @param {Pick<ActiveAlert, 'state' | 'sinceMs' | 'firesMs'>} alert
 * @param {number} nowMs
 * @param {string} zone
 */
export function describeSince({ state, sinceMs, firesMs }, nowMs, zone) {
  if (state === 'firing') return `since ${formatMoment(sinceMs, nowMs, zone)} (${formatAge(Math.max(0, nowMs - sinceMs))})`;
  const leftMs = (firesMs ?? nowMs) - nowMs;
  return leftMs <= 0 ? 'fires any moment' : `fires in ${formatAge(Math.max(1000, leftMs))}`;
}

// A tick has to run and its answer to arrive; and the server's clock is known here to a second.
const STOPPED_SLACK_MS = 5000;

/**
 * When the newest evaluation was, and whether three of them are missing since.
 * @param {AlertRule[]} rules
 * @param {{intervalMs: number, nowMs: number, watchedSinceMs: number}} how watchedSinceMs: since when somebody looks; a server that has
 *   just started has not evaluated yet
 * @returns {{lastMs: number | null, hasStopped: boolean}}
 */
export function readEvaluation(rules, { intervalMs, nowMs, watchedSinceMs }) {
  const enabled = rules.filter((rule) => rule.enabled);
  const times = enabled.flatMap((rule) => (rule.evaluatedAt ? [Date.parse(rule.evaluatedAt)] : []));
  const lastMs = times.length > 0 ? Math.max(...times) : null;
  const limitMs = 3 * intervalMs + STOPPED_SLACK_MS;
  return { lastMs, hasStopped: enabled.length > 0 && nowMs - (lastMs ?? watchedSinceMs) > limitMs };
}

/**
 * @param {number} nowMs
 * @param {string} zone
 * @returns {{label: string, endsMs: number}[]}
 */
export function quickSilences(nowMs, zone) {
  const wall = wallDate(nowMs, zone);
  const tomorrow = wallToInstant(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + 1, 8), zone);
  return [
    { label: 'For 1 hour', endsMs: nowMs + 3_600_000 },
    { label: 'For 4 hours', endsMs: nowMs + 4 * 3_600_000 },
    { label: 'Until tomorrow 8:00', endsMs: tomorrow },
  ];
}

// The most that a silence takes.
const MATCHERS_MAX = 32;

/**
 * What mutes one alert and no other: its name and the labels of its series. Not the severity, which may change.
 * @param {Record<string, string>} labels
 * @returns {import('../../types/app').SilenceMatcher[]}
 */
export function matchersOf(labels) {
  const names = Object.keys(labels).filter((name) => name !== 'severity').sort((left, right) => Number(right === 'alertname') - Number(left === 'alertname') || (left < right ? -1 : 1));
  return names.slice(0, MATCHERS_MAX).map((name) => ({ name, op: '=', value: labels[name] ?? '' }));
}

/**
 * Whether a series of a chart is the one of an alert, which has labels of its rule besides.
 * @param {Record<string, string>} tags
 * @param {Record<string, string>} labels
 */
export function isSeriesOf(tags, labels) {
  return Object.entries(tags).every(([name, value]) => OWN.has(name) || labels[name] === value);
}

/** @typedef {'firing' | 'pending' | 'error' | 'ok' | 'off'} RuleState */

/** @type {Readonly<Record<RuleState, {label: string, icon: string, rank: number}>>} */
export const RULE_STATES = {
  firing: { label: 'Firing', icon: 'critical', rank: 0 },
  error: { label: 'Query fails', icon: 'warning', rank: 1 },
  pending: { label: 'Pending', icon: 'clock', rank: 2 },
  ok: { label: 'OK', icon: 'check', rank: 3 },
  off: { label: 'Off', icon: 'stop', rank: 4 },
};

/** @param {AlertRule} rule @returns {RuleState} */
export function stateOfRule(rule) {
  if (!rule.enabled) return 'off';
  if (rule.state === 'firing') return 'firing';
  if (rule.error) return 'error';
  return rule.state === 'pending' ? 'pending' : 'ok';
}

/**
 * What needs somebody first, then by name.
 * @param {AlertRule[]} rules
 * @param {string} search
 */
export function chooseRules(rules, search) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found = rules.filter((rule) => {
    const text = `${rule.name} ${rule.query} ${rule.severity} ${Object.values(rule.labels).join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const rank = (/** @type {AlertRule} */ rule) => RULE_STATES[stateOfRule(rule)].rank;
  return found.sort((left, right) => rank(left) - rank(right) || left.name.localeCompare(right.name));
}
