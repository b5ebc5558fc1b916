// From a panel's queries to request parameters, and from their answers to the panel's state. Pure.
import { assignSlots, slotOfOption } from '../lib/color.js';
import { buildFrame } from '../lib/frames.js';
import { variablesOf } from '../lib/variables.js';

/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('../../types/app').PanelQueryShown} PanelQuery */
/** @typedef {import('../../types/app').QueryParams} QueryParams */
/** @typedef {import('../../types/app').QueryMeta} QueryMeta */
/** @typedef {import('../../types/app').BatchItem} BatchItem */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('../../types/app').ErrorBody} ErrorBody */
/** @typedef {import('../lib/frames.js').Frame} Frame */
/** @typedef {import('../lib/time.js').Span} Span */

/** @typedef {{message: string, code: string, status: number | null, requestId: string | null, retryAfterS: number | null,
 *   details: import('../../types/app').ErrorDetail[]}} PanelError */

/**
 * @typedef {object} PanelState
 * @property {Frame | null} frame null before the first good answer
 * @property {QueryMeta | null} meta
 * @property {ReadonlyMap<string, number>} slots
 * @property {Span | null} span
 * @property {PanelError | null} error of the last round; earlier data stay beside it
 * @property {string[]} notes what is not whole about the data: cut lists, warnings, failed queries
 * @property {number} loadedAtMs browser's clock at the last good answer
 * @property {number} askedAtMs
 * @property {string} askedFor
 * @property {boolean} isRefreshing
 * @property {boolean} isUnreached the last round met no server
 */

/** @type {PanelState} */
export const INITIAL_PANEL = {
  frame: null, meta: null, slots: new Map(), span: null, error: null, notes: [], loadedAtMs: 0, askedAtMs: 0, askedFor: '',
  isRefreshing: false, isUnreached: false,
};

/**
 * @param {Panel} panel
 * @returns {PanelQuery[]} without the ones that are hidden or not written yet; one whose text is not for this viewer is there
 */
export function queriesOf(panel) {
  if (panel.type === 'row' || panel.type === 'text') return [];
  const list = Array.isArray(panel.query) ? panel.query : [{ query: panel.query }];
  return list.filter((item) => !isHidden(item) && (item.query === null || (typeof item.query === 'string' && item.query.trim() !== '')));
}

/** @param {{isHidden?: boolean | null} | {query: string | null}} query */
function isHidden(query) {
  return 'isHidden' in query && Boolean(query.isHidden);
}

// Charts say how many samples are behind a point, and draw those thin that have few. Always asked for: 20 series of 360 points grow
// from 275 to 305 KB, packed from 131 to 132 KB, in the same time.
const COUNTED = new Set(['line', 'area', 'bar']);

/**
 * What to ask for a panel: each of its queries, or by its id all at once when their texts are not for this viewer, or hold
 * variables.
 * @param {Panel} panel
 * @param {{start: string | number, end: string | number}} wanted
 * @param {string} timezone
 * @param {Record<string, string[]>} variables what is chosen
 * @param {string | null} dashboardId of one whose queries the server does not know yet
 * @returns {QueryParams[]}
 */
export function asksOf(panel, wanted, timezone, variables = {}, dashboardId = null) {
  const queries = queriesOf(panel);
  const names = variablesOf(panel);
  const more = COUNTED.has(panel.type) ? { withCounts: true } : {};
  if (dashboardId && names?.length) return queries.map((query) => ({ ...toParams(query, wanted, timezone), ...more, dashboardId, variables }));
  if (queries.length > 0 && (names === null || names.length > 0)) {
    return [{ panelId: panel.savedId ?? panel.id, start: wanted.start, end: wanted.end, timezone, ...more, ...(Object.keys(variables).length > 0 ? { variables } : {}) }];
  }
  return queries.map((query) => ({ ...toParams(query, wanted, timezone), ...more }));
}

/**
 * Absent is not the same as null for the server's "unknown field" and "may not go with PromQL" rules, so empty ones stay out.
 * @param {PanelQuery} query
 * @param {{start: string | number, end: string | number}} wanted
 * @param {string} timezone
 * @returns {QueryParams}
 */
export function toParams(query, wanted, timezone) {
  /** @type {QueryParams} */
  const params = { query: query.query, start: wanted.start, end: wanted.end, timezone };
  if (query.aggregation) params.aggregation = query.aggregation;
  if (query.tags && Object.keys(query.tags).length > 0) params.tags = query.tags;
  if (query.groupBy) params.groupBy = query.groupBy;
  return params;
}

/**
 * The answers of single queries in one item of a batch: a panel asked for by its id has all of its own in one.
 * @param {BatchItem} item
 * @returns {QueryItem[]}
 */
export function splitItem(item) {
  if (!('data' in item)) return [item];
  if (!Array.isArray(item.data)) return [/** @type {QueryItem} */ (item)];
  return item.data.map(({ meta, ...data }) => ({ data, meta }));
}

/**
 * @param {QueryItem} item
 * @returns {item is {data: import('../../types/app').QueryResult, meta: QueryMeta}}
 */
function isGood(item) {
  return 'data' in item;
}

/**
 * @param {PanelState} previous
 * @param {Panel} panel
 * @param {QueryItem[]} items in the order of queriesOf, or one that failed for all
 * @param {{span: Span, clockMs: number, askedFor: string}} asked
 * @returns {PanelState}
 */
export function readyState(previous, panel, items, { span, clockMs, askedFor }) {
  const queries = queriesOf(panel);
  const good = items.flatMap((item, position) => (isGood(item) ? [{ ...item, template: queries[position]?.legend }] : []));
  const bad = items.flatMap((item) => (isGood(item) ? [] : [item]));
  const [firstBad] = bad;
  if (good.length === 0 && firstBad) {
    return { ...previous, error: errorOf(firstBad), isRefreshing: false, isUnreached: false };
  }
  const total = good.reduce((sum, answer) => sum + answer.data.series.length, 0);
  const frame = buildFrame(total > DRAWN_MAX ? firstSeries(good, DRAWN_MAX) : good, clockMs);
  const meta = mergeMeta(good.map((answer) => (total > DRAWN_MAX ? { ...answer.meta, truncated: true, seriesTotal: Math.max(answer.meta.seriesTotal, answer.data.series.length) } : answer.meta)));
  return {
    frame,
    meta,
    slots: assignSlots(previous.slots, frame.series.map((series) => series.key), slotOfOption(panel.options?.color)),
    span,
    error: null,
    notes: notesOf(meta, frame, bad),
    loadedAtMs: Date.now(),
    askedAtMs: previous.askedAtMs,
    askedFor,
    isRefreshing: false,
    isUnreached: false,
  };
}

// Nobody tells more lines apart, and the browser takes minutes to draw thousands of them.
const DRAWN_MAX = 500;

/**
 * @template {{data: import('../../types/app').QueryResult}} Answer
 * @param {Answer[]} answers
 * @param {number} most series of all of them together
 * @returns {Answer[]}
 */
function firstSeries(answers, most) {
  let left = most;
  return answers.map((answer) => {
    const series = answer.data.series.slice(0, Math.max(0, left));
    left -= series.length;
    return { ...answer, data: { ...answer.data, series } };
  });
}

/**
 * @param {PanelState} previous
 * @param {import('../api/client.js').ApiError | null} error
 * @returns {PanelState}
 */
export function failedState(previous, error) {
  return {
    ...previous,
    isRefreshing: false,
    isUnreached: false,
    error: {
      message: error?.message ?? 'The panel could not be loaded.', code: error?.code ?? 'UNKNOWN', status: error?.status ?? null,
      requestId: error?.requestId ?? null, retryAfterS: error?.retryAfterS ?? null, details: error?.details ?? [],
    },
  };
}

/**
 * @param {ErrorBody} body
 * @returns {PanelError}
 */
function errorOf(body) {
  return { message: body.error, code: body.code, status: null, requestId: null, retryAfterS: null, details: body.details ?? [] };
}

/**
 * @param {QueryMeta[]} list
 * @returns {QueryMeta | null}
 */
export function mergeMeta(list) {
  const [first] = list;
  if (!first) return null;
  return {
    ...first,
    table: [...new Set(list.map((meta) => meta.table))].join(', '),
    stepMs: Math.min(...list.map((meta) => meta.stepMs)),
    cached: list.every((meta) => meta.cached),
    tookMs: Math.max(...list.map((meta) => meta.tookMs)),
    samplesRead: list.reduce((sum, meta) => sum + (meta.samplesRead ?? 0), 0),
    seriesTotal: list.reduce((sum, meta) => sum + (meta.seriesTotal ?? 0), 0),
    truncated: list.some((meta) => meta.truncated),
    warnings: [...new Set(list.flatMap((meta) => meta.warnings ?? []))],
  };
}

/**
 * @param {QueryMeta | null} meta
 * @param {Frame} frame
 * @param {ErrorBody[]} bad
 */
function notesOf(meta, frame, bad) {
  const notes = [];
  if (meta?.truncated) {
    const total = Math.max(meta.seriesTotal, frame.series.length);
    notes.push(`${frame.series.length} of ${total} series are shown. Tags or a grouping in the query narrow them.`);
  }
  notes.push(...(meta?.warnings ?? []));
  for (const body of bad) notes.push(`One query failed: ${body.error}`);
  return notes;
}

/** Answers by panel until a panel has all of its own: a batch may end between the queries of one panel. */
export class Gathered {
  /** @param {Panel[]} asked the panel of each ask */
  constructor(asked) {
    /** @type {Map<Panel, {missing: number, items: QueryItem[]}>} */
    this.open = new Map();
    for (const panel of asked) this.open.set(panel, { missing: (this.open.get(panel)?.missing ?? 0) + 1, items: [] });
  }

  /**
   * @param {Panel | undefined} panel
   * @param {BatchItem} item
   */
  add(panel, item) {
    const entry = panel && this.open.get(panel);
    if (!entry) return;
    entry.missing -= 1;
    entry.items.push(...splitItem(item));
  }

  /** @returns {[Panel, QueryItem[]][]} */
  takeComplete() {
    const complete = [...this.open].filter(([, entry]) => entry.missing === 0);
    for (const [panel] of complete) this.open.delete(panel);
    return complete.map(([panel, entry]) => [panel, entry.items]);
  }
}
