// What the explore page asks, and what the answers make of its chart. Pure.
//
//   queries   A          B
//   asked     A now      B now      A a week before   B a week before     the ghosts: times moved on by a week when they are drawn
//   instant   A and B at the end of the range alone
import { assignSlots, SLOT_COUNT } from '../lib/color.js';
import { isSelection } from '../lib/explore-query.js';
import { buildFrame } from '../lib/frames.js';
import { isAsked } from '../lib/panel-draft.js';
import { INITIAL_PANEL, mergeMeta, toParams } from './panel-data.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../types/app').QueryParams} QueryParams */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('../../types/app').QueryResult} QueryResult */
/** @typedef {import('../../types/app').QueryMeta} QueryMeta */
/** @typedef {import('../lib/explore-url.js').ExploreState} ExploreState */
/** @typedef {import('../lib/frames.js').Frame} Frame */
/** @typedef {import('../lib/time.js').Span} Span */
/** @typedef {import('../panels/panel-editor/query-editor.js').QueryAnswer} QueryAnswer */
/** @typedef {{place: number, query: PanelQuery, shiftMs: number, params: QueryParams}} Ask place: of its query among all rows */

/**
 * @typedef {object} Outcome
 * @property {import('./panel-data.js').PanelState} state
 * @property {QueryAnswer[]} answers by row
 * @property {ReadonlyMap<string, string>} letters of the query that each series comes from, by its key
 */

const DAY_MS = 86_400_000;
/** @type {Record<import('../lib/explore-url.js').Comparison, {label: string, shiftMs: number}>} */
export const COMPARISONS = {
  '': { label: 'nothing', shiftMs: 0 },
  '1d': { label: '1 day before', shiftMs: DAY_MS },
  '1w': { label: '1 week before', shiftMs: 7 * DAY_MS },
};

/** How far back the newest sample of an instant may lie, as in Prometheus. */
const LOOKBACK_MS = 300_000;
const INSTANT_MS = 1000;

/**
 * @param {ExploreState} explore
 * @param {{wanted: {start: string | number, end: string | number}, span: Span, timezone: string}} time
 * @returns {Ask[]}
 */
export function asksFor(explore, { wanted, span, timezone }) {
  const rows = explore.queries.map((query, place) => ({ place, query })).filter(({ query }) => isAsked(query));
  const isInstant = explore.mode === 'instant';
  /** @param {{place: number, query: PanelQuery}} row @param {number} shiftMs @param {typeof wanted} range @returns {Ask} */
  const ask = (row, shiftMs, range) => ({ ...row, shiftMs, params: { ...toParams(row.query, range, timezone), maxSeries: explore.limit } });
  if (isInstant) return rows.map((row) => ({ ...row, shiftMs: 0, params: { ...toInstant(row.query, span.endMs, timezone), maxSeries: explore.limit } }));
  const { shiftMs } = COMPARISONS[explore.compare];
  const asks = rows.map((row) => ask(row, 0, wanted));
  if (shiftMs === 0) return asks;
  return [...asks, ...rows.map((row) => ask(row, shiftMs, { start: span.startMs - shiftMs, end: span.endMs - shiftMs }))];
}

/**
 * An expression is worked out at one step; of a selection the newest sample is wanted, however long ago it came.
 * @param {PanelQuery} query
 * @param {number} endMs
 * @param {string} timezone
 * @returns {QueryParams}
 */
function toInstant(query, endMs, timezone) {
  const params = toParams(query, { start: endMs, end: endMs }, timezone);
  if (!isSelection(query.query)) return { ...params, start: endMs - INSTANT_MS, step: '1s' };
  return { aggregation: 'last', ...params, start: endMs - LOOKBACK_MS, step: '5m' };
}

/**
 * @param {QueryItem} item
 * @returns {item is {data: QueryResult, meta: QueryMeta}}
 */
function isGood(item) {
  return 'data' in item;
}

/**
 * @param {import('./panel-data.js').PanelState} previous
 * @param {ExploreState} explore
 * @param {Ask[]} asks
 * @param {QueryItem[]} items in the order of the asks
 * @param {{span: Span, clockMs: number}} time
 * @returns {Outcome}
 */
export function outcomeOf(previous, explore, asks, items, { span, clockMs }) {
  const answers = rowAnswers(explore, asks, items, clockMs);
  const good = items.flatMap((item, index) => {
    const ask = asks[index];
    return ask && isGood(item) ? [{ ask, data: moved(item.data, ask.shiftMs), meta: item.meta, template: ask.query.legend }] : [];
  });
  const bad = items.flatMap((item) => (isGood(item) ? [] : [item]));
  const done = { isRefreshing: false, isUnreached: false };
  const [firstBad] = bad;
  if (good.length === 0 && firstBad) {
    const error = { message: firstBad.error, code: firstBad.code, status: null, requestId: null, retryAfterS: null, details: firstBad.details ?? [] };
    // The old drawing is of other queries.
    return { answers, letters: new Map(), state: { ...INITIAL_PANEL, slots: previous.slots, askedAtMs: previous.askedAtMs, ...done, error } };
  }
  const { label } = COMPARISONS[explore.compare];
  const { frame, ghosts } = drawn(buildFrame(good, clockMs), good.map(({ ask }) => ask), label);
  if (explore.mode === 'instant') frame.tail = frame.times.length;
  return {
    answers,
    letters: new Map(frame.series.map(({ key }) => [key, letterOf(good[Number(key.split(':')[0])]?.ask.place ?? 0)])),
    state: {
      ...INITIAL_PANEL,
      frame,
      meta: mergeMeta(good.map(({ meta }) => meta)),
      slots: slotsOf(previous.slots, frame, ghosts),
      span,
      notes: [...new Set([...good.flatMap(({ ask, data, meta }) => notesOf(ask, data, meta, label)), ...bad.map((body) => `One query failed: ${body.error}`)])],
      loadedAtMs: Date.now(),
      askedAtMs: previous.askedAtMs,
      ...done,
    },
  };
}

/**
 * @param {ExploreState} explore
 * @param {Ask[]} asks
 * @param {QueryItem[]} items
 * @param {number} clockMs
 * @returns {QueryAnswer[]}
 */
function rowAnswers(explore, asks, items, clockMs) {
  return explore.queries.map((_, place) => {
    const index = asks.findIndex((ask) => ask.place === place && ask.shiftMs === 0);
    const item = items[index];
    if (!item) return null;
    if (!isGood(item)) return { error: { message: item.error, details: item.details ?? [] } };
    return { frame: buildFrame([{ ...item, template: asks[index]?.query.legend }], clockMs), meta: item.meta };
  });
}

/**
 * @param {QueryResult} data
 * @param {number} shiftMs
 * @returns {QueryResult}
 */
function moved(data, shiftMs) {
  return shiftMs === 0 ? data : { ...data, times: data.times.map((tsMs) => tsMs + shiftMs) };
}

/**
 * The frame with the ghosts named as such, and which of its series each of them belongs to.
 * @param {Frame} frame
 * @param {Ask[]} asks of the good answers, in their order: a key begins with the place in it
 * @param {string} label
 */
function drawn(frame, asks, label) {
  /** @type {Map<string, string>} */
  const ghosts = new Map();
  const series = frame.series.map((one) => {
    const [position = '', ...rest] = one.key.split(':');
    const ask = asks[Number(position)];
    if (!ask || ask.shiftMs === 0) return one;
    const own = asks.findIndex((other) => other.place === ask.place && other.shiftMs === 0);
    ghosts.set(one.key, `${own}:${rest.join(':')}`);
    return { ...one, text: `${one.text} · ${label}`, hasTemplate: true };
  });
  return { frame: { ...frame, series }, ghosts };
}

/**
 * A ghost has the colour of its series, dashed; where that is dashed itself, dotted.
 * @param {ReadonlyMap<string, number>} previous
 * @param {Frame} frame
 * @param {ReadonlyMap<string, string>} ghosts
 */
function slotsOf(previous, frame, ghosts) {
  const slots = assignSlots(previous, frame.series.map((series) => series.key).filter((key) => !ghosts.has(key)));
  let free = slots.size;
  for (const [key, own] of ghosts) {
    const slot = slots.get(own);
    slots.set(key, slot === undefined ? SLOT_COUNT + (free % SLOT_COUNT) : (slot % SLOT_COUNT) + (slot % (3 * SLOT_COUNT) < SLOT_COUNT ? 1 : 2) * SLOT_COUNT);
    if (slot === undefined) free += 1;
  }
  return slots;
}

/** As the query editor names its rows. @param {number} place */
function letterOf(place) {
  return String.fromCharCode(65 + place);
}

/**
 * @param {Ask} ask
 * @param {QueryResult} data
 * @param {QueryMeta} meta
 * @param {string} label
 */
function notesOf(ask, data, meta, label) {
  // What the server says of a cut names its own field; here there is a button.
  const notes = meta.warnings.filter((text) => !(meta.truncated && text.includes('series are shown')));
  if (meta.truncated) {
    const shown = data.series.length.toLocaleString();
    const total = Math.max(meta.seriesTotal, data.series.length).toLocaleString();
    notes.push(`${shown} of ${total} series of query ${letterOf(ask.place)}${ask.shiftMs > 0 ? `, ${label},` : ''} are shown. A filter by tag or a grouping, such as sum by (…), narrows them.`);
  }
  return notes;
}
