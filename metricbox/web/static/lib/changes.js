// Entries of the audit log in words, and what changed as rows of a table. Pure.
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').AuditEntry} AuditEntry */
/** @typedef {{name: string, before: string, after: string}} Change */

/** @type {Record<AuditEntry['resourceType'], string>} */
export const RESOURCES = {
  dashboard: 'dashboard', panel: 'panel', user: 'user', token: 'token', session: 'session', setting: 'setting', metric: 'metric',
};

/** @type {Record<AuditEntry['action'], string>} */
export const ACTIONS = {
  create: 'Created', change: 'Changed', delete: 'Deleted', sign_in: 'Signed in', sign_in_failed: 'Could not sign in', sign_out: 'Signed out',
};

/** @type {Record<AuditEntry['via'], string>} */
const VIAS = { session: '', token: 'with a token', nobody: 'not signed in', command: 'by the command line', settings: 'by the settings' };

const NONE = '–';

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
  return [entry.source === '' ? '' : `from ${visibleText(entry.source)}`, VIAS[entry.via]].filter((part) => part !== '').join(', ');
}

/**
 * "isPublic" -> "Is public", "timeRange.from" -> "Time range, from".
 * @param {string} path
 */
export function describeField(path) {
  const words = path.split('.').map((part) => part.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase()).join(', ');
  return visibleText(words.charAt(0).toUpperCase() + words.slice(1));
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
 * @returns {unknown}
 */
function byName(value) {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) return value;
  /** @type {Record<string, unknown>} */
  const named = {};
  value.forEach((item, index) => {
    const name = String(item.title || item.name || item.query || `no. ${index + 1}`).replaceAll('.', ' ');
    named[Object.hasOwn(named, name) ? `${name} (${index + 1})` : name] = item;
  });
  return named;
}

/**
 * One row for each field that differs; objects are taken apart, so that one number in them is one row.
 * @param {Record<string, unknown> | null | undefined} before null for what is new
 * @param {Record<string, unknown> | null | undefined} after null for what is gone
 * @returns {Change[]}
 */
export function listChanges(before, after) {
  /** @type {Change[]} */
  const changes = [];
  collect(before ?? {}, after ?? {}, '', changes);
  return changes;
}

/**
 * @param {Record<string, unknown>} before
 * @param {Record<string, unknown>} after
 * @param {string} path
 * @param {Change[]} changes
 */
function collect(before, after, path, changes) {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, fresh] = [byName(before[name]), byName(after[name])];
    const at = path === '' ? name : `${path}.${name}`;
    const canSplit = [old, fresh].every((value) => isObject(value) || value === null || value === undefined) && (isObject(old) || isObject(fresh));
    const [left, right] = [showValue(old), showValue(fresh)];
    if (canSplit) collect(isObject(old) ? old : {}, isObject(fresh) ? fresh : {}, at, changes);
    else if (left !== right) changes.push({ name: describeField(at), before: left, after: right });
  }
}
