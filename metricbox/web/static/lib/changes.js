// Entries of the audit log in words, and what changed as rows of a table. Pure.
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').AuditEntry} AuditEntry */
/** @typedef {{name: string, before: string, after: string}} Change */

/** @type {Record<AuditEntry['resourceType'], string>} */
export const RESOURCES = {
  dashboard: 'dashboard', panel: 'panel', user: 'user', token: 'token', session: 'session', setting: 'setting', metric: 'metric',
  alert_rule: 'alert rule', alert: 'alert', channel: 'channel', silence: 'silence',
};

/** @type {Record<AuditEntry['action'], string>} */
export const ACTIONS = {
  create: 'Created', change: 'Changed', delete: 'Deleted', sign_in: 'Signed in', sign_in_failed: 'Could not sign in', sign_out: 'Signed out',
};

/** @type {Record<AuditEntry['via'], string>} */
const VIAS = { session: '', token: 'with a token', nobody: 'not signed in', command: 'by the command line', settings: 'by the settings' };

const NONE = '–';
const IN_LINE_MAX = 6;

/**
 * "Changed dashboard Web servers".
 * @param {AuditEntry} entry
 */
export function describeEntry(entry) {
  const name = visibleText(entry.resourceName);
  if (entry.action === 'sign_in_failed') return name === '' ? 'Could not sign in' : `Could not sign in as ${name}`;
  // Whose session it is stands beside it already.
  if (entry.action === 'sign_in' || entry.action === 'sign_out') return ACTIONS[entry.action];
  return `${ACTIONS[entry.action]} ${RESOURCES[entry.resourceType]} ${name === '' ? entry.resourceId : name}`;
}

/** @param {AuditEntry} entry */
export function describeAuthor(entry) {
  return entry.author === '' ? (entry.via === 'settings' || entry.via === 'command' ? 'metricbox' : 'somebody') : visibleText(entry.author);
}

/**
 * "from 10.0.0.7, with a token"; empty when it says nothing.
 * @param {AuditEntry} entry
 */
export function describeSource(entry) {
  // Who signs in is not signed in before.
  const via = entry.action === 'sign_in' || entry.action === 'sign_in_failed' ? '' : VIAS[entry.via];
  return [entry.source === '' ? '' : `from ${visibleText(entry.source)}`, via].filter((part) => part !== '').join(', ');
}

/** @param {string} name of a field, as the API writes it */
export function wordsOf(name) {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();
}

// Names alone; what else a version says has words around them.
const ONLY_FIELDS = /^[a-z][A-Za-z]*(?:, [a-z][A-Za-z]*)*$/;

/**
 * What the history says of a version, "panel CPU: query" or "name, timeRange", as a heading.
 * @param {string} change
 */
export function describeVersion(change) {
  if (ONLY_FIELDS.test(change) && change !== 'created') return `Changed ${change.split(', ').map(wordsOf).join(', ')}`;
  // Fields of the API by name: a panel may be called anything.
  const text = visibleText(change).replace(/\b(timeRange|refreshInterval|isPublic)\b/g, wordsOf);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function showValue(value) {
  if (value === null || value === undefined || value === '') return NONE;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === '***') return 'a secret';
  if (Array.isArray(value) && value.length === 0) return 'none';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number')) return visibleText(value.join(', '));
  // Line breaks are the reader's, so each line is made visible by itself.
  return typeof value === 'object' ? JSON.stringify(value, null, 1).split('\n').map(visibleText).join('\n') : visibleText(String(value));
}

/**
 * A list of things as an object of them, by their names, so that the ones that stayed as they were are not told.
 * @param {unknown} value
 * @returns {Map<string, unknown> | null} null when it is no such list
 */
function byName(value) {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) return null;
  /** @type {Map<string, unknown>} */
  const named = new Map();
  value.forEach((item, index) => {
    const name = String(item.title || item.name || `number ${index + 1}`);
    named.set(named.has(name) ? `${name} (${index + 1})` : name, item);
  });
  return named;
}

/**
 * What a value is made of, by the words for each part; null when it is shown as a whole.
 * @param {unknown} value
 * @returns {Map<string, unknown> | null}
 */
function partsOf(value) {
  if (!isObject(value)) return byName(value);
  return new Map(Object.entries(value).map(([name, part]) => [wordsOf(name), part]));
}

/**
 * "from now-6h, to now": a few plain values as one text.
 * @param {Map<string, unknown>} parts
 * @returns {string | null} null when they are too many, or not plain
 */
function showInLine(parts) {
  if (parts.size > IN_LINE_MAX || [...parts.values()].some((part) => typeof part === 'object' && part !== null)) return null;
  if (parts.size === 0) return 'none';
  return [...parts].map(([name, part]) => `${visibleText(name)} ${showValue(part)}`).join(', ');
}

/**
 * One row for each field that differs; what is in objects and lists is taken apart, so that one number in them is one row.
 * @param {Record<string, unknown> | null | undefined} before null for what is new
 * @param {Record<string, unknown> | null | undefined} after null for what is gone
 * @returns {Change[]}
 */
export function listChanges(before, after) {
  /** @type {Change[]} */
  const changes = [];
  collect(partsOf(before ?? {}), partsOf(after ?? {}), [], changes);
  return changes;
}

/**
 * @param {Map<string, unknown> | null} before null for what was not there
 * @param {Map<string, unknown> | null} after
 * @param {string[]} path
 * @param {Change[]} changes
 */
function collect(before, after, path, changes) {
  for (const name of new Set([...before?.keys() ?? [], ...after?.keys() ?? []])) {
    const sides = [before?.get(name), after?.get(name)];
    const parts = sides.map(partsOf);
    const at = [...path, name];
    const isSplit = sides.every((side, index) => parts[index] || side === null || side === undefined) && parts.some((part) => part !== null);
    // Nothing to compare with: short things are told in one line.
    const texts = sides.map((side, index) => {
      const part = parts[index];
      return (part ? showInLine(part) : null) ?? showValue(side);
    });
    const isShort = parts.filter((part) => part !== null).length === 1 && parts.some((part) => part !== null && showInLine(part) !== null);
    if (isSplit && !isShort) collect(parts[0] ?? null, parts[1] ?? null, at, changes);
    else if (texts[0] !== texts[1]) changes.push({ name: nameOf(at), before: texts[0] ?? NONE, after: texts[1] ?? NONE });
  }
}

/** @param {string[]} path */
function nameOf(path) {
  const text = path.map(visibleText).join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
