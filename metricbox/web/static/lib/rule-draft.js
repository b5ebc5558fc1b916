// A rule while it is edited: from what was saved or what a link says, to the request; and how it goes together with somebody
// else's change. Pure.
import { parseDuration } from './durations.js';
import { visibleText } from './labels.js';
import { emptyUrlState, formatUrlState } from './url-state.js';

/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../types/app').AlertRuleCreate} AlertRuleCreate */
/** @typedef {import('../../types/app').AlertRuleUpdate} AlertRuleUpdate */
/** @typedef {{name: string, value: string}} Label */

/**
 * @typedef {object} RuleDraft
 * @property {string} name
 * @property {string} query
 * @property {AlertRule['condition']} condition
 * @property {number | null} threshold
 * @property {number | null} recoveryThreshold
 * @property {string} duration as it is typed; "" for none
 * @property {string} keepFiringFor
 * @property {AlertRule['noData']} noData
 * @property {string} evaluationDelay
 * @property {string} unit of its values; "" for none
 * @property {AlertRule['severity']} severity
 * @property {boolean} enabled
 * @property {Label[]} labels
 * @property {string[]} channels ids
 * @property {string} repeatInterval
 * @property {string} message
 */

/** The fields of the form in words, by the names that the API gives them in its faults. @type {Readonly<Record<string, string>>} */
export const RULE_LABELS = {
  name: 'Name',
  query: 'Query',
  condition: 'Condition',
  threshold: 'Threshold',
  recoveryThreshold: 'Recovers at',
  duration: 'For',
  keepFiringFor: 'Keep firing for',
  noData: 'No data',
  evaluationDelay: 'Evaluation delay',
  unit: 'Unit',
  severity: 'Severity',
  enabled: 'Enabled',
  labels: 'Labels',
  'notification.channels': 'Channels',
  'notification.repeatInterval': 'Repeat every',
  'notification.message': 'Message',
};

export const DEFAULT_REPEAT = '4h';

/** @returns {RuleDraft} */
export function newRuleDraft() {
  return {
    name: '', query: '', condition: 'gt', threshold: 90, recoveryThreshold: null, duration: '5m', keepFiringFor: '0s', noData: 'ok', evaluationDelay: '0s',
    unit: '', severity: 'warning', enabled: true, labels: [], channels: [], repeatInterval: DEFAULT_REPEAT, message: '',
  };
}

/**
 * @param {AlertRule} rule
 * @returns {RuleDraft}
 */
export function draftOfRule(rule) {
  return {
    name: rule.name, query: rule.query, condition: rule.condition, threshold: rule.threshold, recoveryThreshold: rule.recoveryThreshold ?? null,
    duration: rule.duration, keepFiringFor: rule.keepFiringFor, noData: rule.noData, evaluationDelay: rule.evaluationDelay, unit: rule.unit, severity: rule.severity,
    enabled: rule.enabled, labels: Object.entries(rule.labels).map(([name, value]) => ({ name, value })), channels: rule.notification.channels ?? [],
    repeatInterval: rule.notification.repeatInterval ?? DEFAULT_REPEAT, message: rule.notification.message ?? '',
  };
}

/** @param {string} text */
const orNull = (text) => (text.trim() === '' ? null : text.trim());

/**
 * As it is sent. A threshold that is no number is left out, so that the check of the request says so.
 * @param {RuleDraft} draft
 * @returns {AlertRuleCreate}
 */
export function requestOf(draft) {
  const labels = draft.labels.filter(({ name, value }) => name.trim() !== '' || value !== '');
  return /** @type {AlertRuleCreate} */ ({
    name: draft.name.trim(), query: draft.query.trim(), condition: draft.condition, ...(draft.threshold === null ? {} : { threshold: draft.threshold }),
    duration: orNull(draft.duration), severity: draft.severity, enabled: draft.enabled,
    notification: { channels: draft.channels, repeatInterval: orNull(draft.repeatInterval), message: draft.message.trim() === '' ? null : draft.message },
    keepFiringFor: orNull(draft.keepFiringFor), noData: draft.noData, labels: Object.fromEntries(labels.map(({ name, value }) => [name.trim(), value])),
    recoveryThreshold: draft.recoveryThreshold, evaluationDelay: orNull(draft.evaluationDelay), unit: orNull(draft.unit),
  });
}

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * What no schema knows.
 * @param {RuleDraft} draft
 * @returns {Record<string, string>} by field
 */
export function draftFaults(draft) {
  /** @type {Record<string, string>} */
  const faults = {};
  if (draft.name.trim() === '') faults.name = 'A name is needed: it is what the message begins with.';
  if (draft.query.trim() === '') faults.query = 'Write a query first: a metric name is enough.';
  if (draft.threshold === null) faults.threshold = 'Threshold must be a number';
  const names = draft.labels.map(({ name }) => name.trim());
  const bad = draft.labels.find(({ name, value }) => (name.trim() !== '' || value !== '') && !LABEL_NAME.test(name.trim()));
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (bad) faults.labels = 'Labels have names of letters, digits, _, . and -, which begin with a letter or _';
  else if (twice !== undefined) faults.labels = `Label ${visibleText(twice)} is there twice`;
  return faults;
}

/**
 * Where a value that fires comes back: on the good side of the threshold.
 * @param {RuleDraft} draft
 * @returns {string} a note; "" when all is well
 */
export function recoveryNote({ condition, threshold, recoveryThreshold }) {
  if (threshold === null || recoveryThreshold === null) return '';
  const isHigh = condition === 'gt' || condition === 'gte';
  const isLow = condition === 'lt' || condition === 'lte';
  if (!isHigh && !isLow) return 'It is for conditions above and below; here it changes nothing.';
  if (isHigh ? recoveryThreshold > threshold : recoveryThreshold < threshold) return `It is ${isHigh ? 'above' : 'below'} the threshold, so it changes nothing.`;
  return '';
}

/**
 * Milliseconds of a field, 0 for what is none.
 * @param {string} text
 */
export function waitMs(text) {
  return parseDuration(text) ?? 0;
}

/** @param {RuleDraft} left @param {RuleDraft} right */
export function isSameRule(left, right) {
  return JSON.stringify(requestOf(left)) === JSON.stringify(requestOf(right));
}

/**
 * The fields that differ, as a request.
 * @param {RuleDraft} base as it was saved
 * @param {RuleDraft} draft
 * @returns {AlertRuleUpdate}
 */
export function ruleChanges(base, draft) {
  const before = new Map(Object.entries(requestOf(base)));
  return Object.fromEntries(Object.entries(requestOf(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before.get(name))));
}

/** @typedef {keyof RuleDraft} RuleField */
/** @typedef {{field: RuleField, mine: unknown, theirs: unknown}} RuleCollision a field that both have changed, each to something else */

/**
 * Both changes on top of what both began with. Where they collide the draft has mine.
 * @param {RuleDraft} base
 * @param {RuleDraft} mine
 * @param {RuleDraft} theirs
 * @returns {{draft: RuleDraft, collisions: RuleCollision[]}}
 */
export function mergeRules(base, mine, theirs) {
  /** @type {RuleCollision[]} */
  const collisions = [];
  const merged = /** @type {Record<string, unknown>} */ ({ ...mine });
  for (const field of /** @type {RuleField[]} */ (Object.keys(mine))) {
    const [was, wanted, found] = [base[field], mine[field], theirs[field]].map((value) => JSON.stringify(value));
    if (wanted === was) merged[field] = theirs[field];
    else if (found !== was && found !== wanted) collisions.push({ field, mine: mine[field], theirs: theirs[field] });
  }
  return { draft: /** @type {RuleDraft} */ (/** @type {unknown} */ (merged)), collisions };
}

/**
 * The draft with what the other has in some of the fields.
 * @param {{draft: RuleDraft, collisions: RuleCollision[]}} merged
 * @param {ReadonlySet<string>} fields
 * @returns {RuleDraft}
 */
export function takeTheirFields({ draft, collisions }, fields) {
  return { ...draft, ...Object.fromEntries(collisions.filter(({ field }) => fields.has(field)).map(({ field, theirs }) => [field, theirs])) };
}

/** @param {string} field */
export function labelOfRuleField(field) {
  return RULE_LABELS[field] ?? RULE_LABELS[`notification.${field}`] ?? field;
}

/** @param {unknown} value @returns {string} of a field, for somebody who compares two */
export function describeRuleField(value) {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map((item) => visibleText(typeof item === 'object' ? `${item.name} = ${item.value}` : String(item))).join('\n');
  return visibleText(String(value));
}

// ---- links to a new rule

/** @typedef {{query: string, name?: string, unit?: string | null, threshold?: import('../../types/app').Threshold | null}} RuleWish */

/**
 * The link to a new rule that is filled in, for other pages.
 * @param {RuleWish} wish
 */
export function newRuleHref({ query, name = '', unit = null, threshold = null }) {
  /** @type {Record<string, string[]>} */
  const own = { q: [query] };
  if (name !== '') own.name = [[...name].slice(0, 200).join('')];
  if (unit) own.unit = [unit];
  if (threshold) {
    own.threshold = [String(threshold.value)];
    if (threshold.severity) own.severity = [threshold.severity];
  }
  return `/alerts/rules/new${formatUrlState({ ...emptyUrlState(), own })}`;
}

/**
 * @param {Readonly<Record<string, string[]>>} own parameters of the link
 * @returns {RuleDraft}
 */
export function readRuleLink(own) {
  const one = (/** @type {string} */ name) => (Object.hasOwn(own, name) ? own[name]?.[0] ?? '' : '');
  const draft = newRuleDraft();
  draft.query = one('q');
  draft.name = [...one('name')].slice(0, 200).join('');
  const threshold = Number(one('threshold'));
  if (one('threshold').trim() !== '' && Number.isFinite(threshold)) draft.threshold = threshold;
  const severity = one('severity');
  if (severity === 'info' || severity === 'warning' || severity === 'critical') draft.severity = severity;
  draft.unit = [...one('unit').trim()].slice(0, 64).join('');
  return draft;
}

/**
 * How far an arrow key moves the line: a round number, about a hundredth of the axis.
 * @param {number} min
 * @param {number} max
 */
export function stepOf(min, max) {
  const raw = (max - min) / 100;
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const digit = raw / power;
  // Rounded up by a hair less, so that a hundredth that is round already stays.
  return tidy((digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10) * power);
}

/**
 * @param {number} value
 * @param {number} step
 */
export function snap(value, step) {
  return tidy(Math.round(value / step) * step);
}

/** Binary fractions must not show. @param {number} value */
function tidy(value) {
  return Number(value.toPrecision(12));
}
