// A panel while it is edited: what differs from what was saved, what is sent, and how it goes together with somebody else's
// change of the same panel. Pure.
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../types/app').PanelOptions} PanelOptions */
/** @typedef {import('../../types/app').PanelUpdate} PanelUpdate */
/** @typedef {Panel['type']} PanelType */
/** @typedef {{title: string, type: PanelType, queries: PanelQuery[], options: PanelOptions}} Draft */

/**
 * @typedef {object} Collision a field that both have changed, each to something else
 * @property {string} field such as title, queries, options.unit
 * @property {unknown} mine
 * @property {unknown} theirs
 */

/** They show no numbers, so they have no query. @type {ReadonlySet<string>} */
export const TYPES_WITHOUT_QUERY = new Set(['text', 'row']);

/** The fields of the form in words, by the names that the API gives them in its faults. @type {Readonly<Record<string, string>>} */
export const FIELD_LABELS = {
  title: 'Title',
  type: 'Type',
  query: 'Query',
  'options.unit': 'Unit',
  'options.decimals': 'Decimals',
  'options.min': 'Min',
  'options.max': 'Max',
  'options.scale': 'Scale',
  'options.axis': 'Axis',
  'options.calculation': 'Calculation',
  'options.stack': 'Stack',
  'options.nullHandling': 'Gaps',
  'options.color': 'Colour',
  'options.sparkline': 'Sparkline',
  'options.showLegend': 'Legend',
  'options.legendMode': 'Legend',
  'options.legendValues': 'Columns',
  'options.tableRows': 'Rows',
  'options.thresholds': 'Thresholds',
  'options.valueTexts': 'Value texts',
  'options.description': 'Description',
  'options.links': 'Links',
  'options.content': 'Content',
  'options.repeat': 'Repeat by',
  'options.repeatPerRow': 'Side by side',
};

/** @param {unknown} value @returns {unknown} the same with the keys of objects in one order, and without what is not there */
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, part]) => [key, ordered(part)]));
}

/**
 * Equal for the server: the order of keys does not count, and null is as good as absent.
 * @param {unknown} left
 * @param {unknown} right
 */
export function isSame(left, right) {
  return JSON.stringify(ordered(left ?? null)) === JSON.stringify(ordered(right ?? null));
}

/**
 * What is not set does not stand in the options: neither null nor an empty list or text.
 * @param {PanelOptions} options
 * @returns {PanelOptions}
 */
export function cleanOptions(options) {
  const kept = Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(kept);
}

/**
 * @param {Panel} panel
 * @returns {Draft}
 */
export function draftOf(panel) {
  const list = Array.isArray(panel.query) ? panel.query : panel.query === null ? [] : [{ query: panel.query }];
  return {
    title: panel.title, type: panel.type, queries: list.map((one) => ({ ...one, query: one.query ?? '' })), options: cleanOptions(panel.options ?? {}),
  };
}

/**
 * @param {PanelType} type
 * @returns {Draft}
 */
export function newDraft(type) {
  return { title: '', type, queries: [], options: {} };
}

/**
 * A query without what it does not set.
 * @param {PanelQuery} query
 * @returns {PanelQuery}
 */
function cleanQuery(query) {
  const kept = Object.entries(query).filter(([name, value]) => {
    if (value === null || value === undefined || value === '' || value === false) return false;
    return name !== 'tags' || Object.keys(value).length > 0;
  });
  return /** @type {PanelQuery} */ (Object.fromEntries(kept));
}

/** @param {PanelQuery} query */
function isWritten(query) {
  return query.query.trim() !== '';
}

/**
 * The queries as they are saved: those that are written.
 * @param {Draft} draft
 * @returns {PanelQuery[]}
 */
export function writtenQueries(draft) {
  return draft.queries.filter(isWritten).map(cleanQuery);
}

/**
 * Whether a query is asked: one may be switched off and stay.
 * @param {PanelQuery & {isHidden?: boolean | null}} query
 */
export function isAsked(query) {
  return isWritten(query) && !query.isHidden;
}

/**
 * @param {Draft} draft
 * @returns {PanelQuery[]}
 */
export function askedQueries(draft) {
  return draft.queries.filter(isAsked).map(cleanQuery);
}

/**
 * @param {Draft} draft
 * @returns {string | PanelQuery[] | null} one plain query is a text, as most panels have it
 */
export function queryOf(draft) {
  const list = writtenQueries(draft);
  const [only] = list;
  if (only === undefined) return null;
  return list.length === 1 && Object.keys(only).length === 1 ? only.query : list;
}

/**
 * As a panel, to be drawn.
 * @param {Draft} draft
 * @param {{id: string, dashboardId: string, position: import('../../types/app').Position}} where
 * @returns {Panel}
 */
export function panelOf(draft, { id, dashboardId, position }) {
  const query = TYPES_WITHOUT_QUERY.has(draft.type) ? null : writtenQueries(draft).map((one) => ({ ...one }));
  return { id, dashboardId, position, title: draft.title, type: draft.type, query, options: draft.options };
}

/**
 * @param {Draft} left
 * @param {Draft} right
 */
export function isSameDraft(left, right) {
  return left.title === right.title && left.type === right.type && isSame(cleanOptions(left.options), cleanOptions(right.options))
    && isSame(writtenQueries(left), writtenQueries(right));
}

/**
 * The fields that differ, as a request.
 * @param {Draft} base as it was saved
 * @param {Draft} draft
 * @returns {PanelUpdate}
 */
export function changesOf(base, draft) {
  /** @type {PanelUpdate} */
  const changes = {};
  if (draft.title !== base.title) changes.title = draft.title;
  if (draft.type !== base.type) changes.type = draft.type;
  const query = queryOf(draft);
  if (query !== null && !isSame(writtenQueries(base), writtenQueries(draft))) changes.query = query;
  const options = cleanOptions(draft.options);
  if (!isSame(cleanOptions(base.options), options)) changes.options = options;
  return changes;
}

/** @param {Draft} draft @returns {Map<string, unknown>} value by the name of the field */
function fieldsOf(draft) {
  const options = Object.entries(cleanOptions(draft.options)).map(([name, value]) => /** @type {[string, unknown]} */ ([`options.${name}`, value]));
  return new Map([['title', draft.title], ['type', draft.type], ['queries', writtenQueries(draft)], ...options]);
}

/**
 * @param {Map<string, unknown>} fields
 * @returns {Draft}
 */
function draftFrom(fields) {
  const options = [...fields].filter(([name, value]) => name.startsWith('options.') && value !== undefined).map(([name, value]) => [name.slice(8), value]);
  return {
    title: /** @type {string} */ (fields.get('title')),
    type: /** @type {PanelType} */ (fields.get('type')),
    queries: /** @type {PanelQuery[]} */ (fields.get('queries')),
    options: Object.fromEntries(options),
  };
}

/**
 * Both changes on top of what both began with. Where they collide the draft has mine.
 * @param {Draft} base
 * @param {Draft} mine
 * @param {Draft} theirs
 * @returns {{draft: Draft, collisions: Collision[]}}
 */
export function mergeDrafts(base, mine, theirs) {
  const [before, own, other] = [base, mine, theirs].map(fieldsOf);
  /** @type {Map<string, unknown>} */
  const merged = new Map();
  /** @type {Collision[]} */
  const collisions = [];
  for (const field of new Set([...before?.keys() ?? [], ...own?.keys() ?? [], ...other?.keys() ?? []])) {
    const [was, wanted, found] = [before?.get(field), own?.get(field), other?.get(field)];
    const isMine = !isSame(was, wanted);
    const isTheirs = !isSame(was, found);
    merged.set(field, isMine ? wanted : found);
    if (isMine && isTheirs && !isSame(wanted, found)) collisions.push({ field, mine: wanted, theirs: found });
  }
  return { draft: draftFrom(merged), collisions };
}

/**
 * The draft with theirs in some of the fields that collide.
 * @param {Draft} draft as mergeDrafts answered
 * @param {Collision[]} taken
 * @returns {Draft}
 */
export function takeTheirs(draft, taken) {
  const fields = fieldsOf(draft);
  for (const { field, theirs } of taken) fields.set(field, theirs);
  return draftFrom(fields);
}

/** @param {string} field of a collision */
export function labelOfField(field) {
  return FIELD_LABELS[field === 'queries' ? 'query' : field] ?? visibleText(field.replace(/^options\./, ''));
}

/** @param {unknown} value @returns {string} of a field, for somebody who compares two */
export function describeField(value) {
  if (value === undefined || value === null || value === '') return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(describeItem).join('\n');
  return visibleText(String(value));
}

/** @param {unknown} item */
function describeItem(item) {
  if (typeof item !== 'object' || item === null) return visibleText(String(item));
  const parts = Object.values(item).filter((part) => part !== null && part !== '');
  return parts.map((part) => visibleText(typeof part === 'object' ? JSON.stringify(part) : String(part))).join(' · ');
}
