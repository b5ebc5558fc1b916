// What a link to the explore page carries beside the time, as a pure pair: parseExplore(formatExplore(x)) equals x. Absent means
// the default, and whatever a hand-written link has that is nothing of this is left out.
import { emptyUrlState, formatUrlState } from './url-state.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {'line' | 'area' | 'bar' | 'table'} ExploreType */
/** @typedef {'range' | 'instant'} ExploreMode */
/** @typedef {'' | '1d' | '1w'} Comparison what the chart is compared with */

/**
 * @typedef {object} ExploreState
 * @property {PanelQuery[]} queries
 * @property {ExploreType} type
 * @property {ExploreMode} mode
 * @property {Comparison} compare
 * @property {number} limit most series of a query
 * @property {'query' | 'sql'} tab
 * @property {string} sql
 */

export const QUERIES_MAX = 6;
/** Few enough to be told apart; and as many as a chart draws without a pause. */
export const LIMITS = { usual: 50, most: 500 };
// Servers and proxies refuse longer addresses.
const LINK_MAX = 6000;

const TYPES = /** @type {const} */ (['line', 'area', 'bar', 'table']);
const AGGREGATIONS = ['avg', 'min', 'max', 'sum', 'count', 'last', 'p50', 'p90', 'p95', 'p99', 'rate', 'increase'];

/** @returns {ExploreState} */
export function emptyExplore() {
  return { queries: [], type: 'line', mode: 'range', compare: '', limit: LIMITS.usual, tab: 'query', sql: '' };
}

/** @param {unknown} value @returns {value is string[]} */
function isTexts(value) {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** @param {unknown} value @returns {value is Record<string, string | string[]>} */
function isTags(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    && Object.values(value).every((item) => typeof item === 'string' || isTexts(item));
}

/**
 * @param {string} text
 * @returns {PanelQuery | null} null for what is no query with more than its text
 */
function readObject(text) {
  if (!text.startsWith('{"query":')) return null;
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof raw?.query !== 'string') return null;
  /** @type {PanelQuery} */
  const query = { query: raw.query };
  if (typeof raw.legend === 'string' && raw.legend !== '') query.legend = raw.legend;
  if (AGGREGATIONS.includes(raw.aggregation)) query.aggregation = raw.aggregation;
  if (isTags(raw.tags) && Object.keys(raw.tags).length > 0) query.tags = raw.tags;
  if (isTexts(raw.groupBy)) query.groupBy = raw.groupBy;
  if (raw.isHidden === true) query.isHidden = true;
  return query;
}

/** @param {PanelQuery} query */
function writeQuery({ query, legend, aggregation, tags, groupBy, isHidden }) {
  const more = {
    ...(legend ? { legend } : {}), ...(aggregation ? { aggregation } : {}), ...(tags && Object.keys(tags).length > 0 ? { tags } : {}),
    ...(groupBy ? { groupBy } : {}), ...(isHidden ? { isHidden } : {}),
  };
  const isPlain = Object.keys(more).length === 0 && readObject(query) === null;
  return isPlain ? query : JSON.stringify({ query, ...more });
}

/**
 * @param {Readonly<Record<string, string[]>>} own the page's own parameters
 * @returns {ExploreState}
 */
export function parseExplore(own) {
  const state = emptyExplore();
  /** @param {string} name */
  const one = (name) => (Object.hasOwn(own, name) ? own[name]?.[0] ?? '' : '');
  state.queries = (Object.hasOwn(own, 'q') ? own.q ?? [] : []).slice(0, QUERIES_MAX).map((text) => readObject(text) ?? { query: text });
  state.type = TYPES.find((type) => type === one('type')) ?? 'line';
  if (one('mode') === 'instant') state.mode = 'instant';
  const compare = one('compare');
  if (compare === '1d' || compare === '1w') state.compare = compare;
  if (one('limit') === String(LIMITS.most)) state.limit = LIMITS.most;
  if (one('tab') === 'sql') state.tab = 'sql';
  state.sql = one('sql');
  return state;
}

/**
 * @param {ExploreState} state
 * @returns {Record<string, string[]>}
 */
export function formatExplore(state) {
  /** @type {Record<string, string[]>} */
  const own = {};
  if (state.queries.length > 0) own.q = state.queries.map(writeQuery);
  if (state.type !== 'line') own.type = [state.type];
  if (state.mode !== 'range') own.mode = [state.mode];
  if (state.compare !== '') own.compare = [state.compare];
  if (state.limit !== LIMITS.usual) own.limit = [String(state.limit)];
  if (state.tab !== 'query') own.tab = [state.tab];
  if (state.sql !== '') own.sql = [state.sql];
  return own;
}

/**
 * @param {Readonly<Record<string, string[]>>} own
 * @returns {boolean} whether it goes into an address
 */
export function fitsLink(own) {
  return new URLSearchParams(Object.entries(own).flatMap(([name, values]) => values.map((value) => [name, value]))).toString().length <= LINK_MAX;
}

/**
 * The link to queries, for other pages.
 * @param {PanelQuery[]} queries
 * @param {Pick<import('./url-state.js').UrlState, 'from' | 'to' | 'tz'>} time goes along
 */
export function exploreHref(queries, { from, to, tz }) {
  const own = formatExplore({ ...emptyExplore(), queries: queries.slice(0, QUERIES_MAX) });
  return `/explore${formatUrlState({ ...emptyUrlState(), from, to, tz, own })}`;
}
