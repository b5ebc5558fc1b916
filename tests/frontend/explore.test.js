import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFavourites, readRecent, RECENT_MAX, withRecent } from '../../metricbox/web/static/lib/explore-lists.js';
import { filtersOf, isSelection, metricOf, queryOfMetric, toggleFilter } from '../../metricbox/web/static/lib/explore-query.js';
import { emptyExplore, exploreHref, fitsLink, formatExplore, LIMITS, parseExplore, QUERIES_MAX } from '../../metricbox/web/static/lib/explore-url.js';
import { emptyUrlState, formatUrlState, parseUrlState } from '../../metricbox/web/static/lib/url-state.js';
import { asksFor, outcomeOf } from '../../metricbox/web/static/state/explore-data.js';
import { INITIAL_PANEL } from '../../metricbox/web/static/state/panel-data.js';

/** @typedef {import('../../metricbox/web/static/lib/explore-url.js').ExploreState} ExploreState */
/** @typedef {import('../../metricbox/web/types/app').PanelQuery} PanelQuery */

// ---- the link

/** A small generator with a fixed seed: a failure can be repeated. @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const TEXTS = ['up', 'rate(a_total{host=~"a|b"}[5m])', '{"query":"x"}', '{"query":"x","legend":"y"}', '{"a-b"}', '{__name__="x"}', '"><svg onload=x>', '\u202e', 'a&b=c#d?e+f%', '😀', '__proto__', '{', 'null'];

test('parse(format(x)) is x, also by way of the address', () => {
  const next = numbers(5);
  /** @template T @param {readonly T[]} list @returns {T} */
  const pick = (list) => /** @type {T} */ (list[Math.floor(next() * list.length)]);
  for (let round = 0; round < 500; round += 1) {
    const state = emptyExplore();
    for (let count = Math.floor(next() * (QUERIES_MAX + 1)); count > 0; count -= 1) {
      /** @type {PanelQuery} */
      const query = { query: pick(TEXTS) };
      if (next() < 0.3) query.legend = pick(TEXTS);
      if (next() < 0.3) query.aggregation = 'p95';
      if (next() < 0.3) query.tags = { [pick(['host', 'a.b'])]: pick(TEXTS), dc: ['x', pick(TEXTS)] };
      if (next() < 0.3) query.groupBy = next() < 0.5 ? [] : ['host'];
      if (next() < 0.3) query.isHidden = true;
      state.queries.push(query);
    }
    state.type = pick(['line', 'area', 'bar', 'table']);
    state.mode = pick(['range', 'instant']);
    state.compare = pick(['', '1d', '1w']);
    state.limit = pick([LIMITS.usual, LIMITS.most]);
    state.tab = pick(['query', 'sql']);
    state.sql = next() < 0.5 ? '' : pick(TEXTS);
    const own = formatExplore(state);
    assert.deepEqual(parseExplore(own), state);
    assert.deepEqual(parseExplore(parseUrlState(formatUrlState({ ...emptyUrlState(), own })).own), state);
  }
});

test('defaults are left out of the link', () => {
  assert.deepEqual(formatExplore(emptyExplore()), {});
});

test('what a hand-written link has that is nothing is left out', () => {
  const search = '?q=up&q={"query":"b","aggregation":"evil","tags":[1],"groupBy":"x","isHidden":"yes","extra":1}&q={"query":1}&type=pie&mode=x&compare=9y&limit=1e9&tab=x&own=1&__proto__=x';
  const state = parseExplore(parseUrlState(search).own);
  assert.deepEqual(state, { ...emptyExplore(), queries: [{ query: 'up' }, { query: 'b' }, { query: '{"query":1}' }] });
  const many = parseExplore({ q: new Array(100).fill('up') });
  assert.equal(many.queries.length, QUERIES_MAX);
});

test('what is too long for an address is told', () => {
  assert.ok(fitsLink({ q: ['up'] }));
  assert.ok(!fitsLink({ sql: ['x'.repeat(7000)] }));
  assert.ok(!fitsLink({ sql: ['é'.repeat(2000)] }), 'as it is written in the address');
});

test('another page links to queries with the time that it shows', () => {
  const href = exploreHref([{ query: 'up' }], { from: 'now-2d', to: 'now', tz: null });
  assert.equal(href, '/explore?from=now-2d&to=now&q=up');
});

// ---- what a click changes in a query

test('a counter is drawn by its rate, a name that is no word in quotes', () => {
  assert.deepEqual(queryOfMetric({ name: 'a_total', type: 'counter' }), { query: 'a_total', aggregation: 'rate' });
  assert.deepEqual(queryOfMetric({ name: 'a.b', type: 'gauge' }), { query: 'a.b' });
  assert.deepEqual(queryOfMetric({ name: 'a-b', type: 'unknown' }), { query: '{"a-b"}' });
  assert.match(queryOfMetric({ name: 'a_bucket', type: 'histogram' }).query, /^histogram_quantile\(0\.95, sum by \(le\)/);
});

test('the metric of a query is found in any text', () => {
  for (const [text, name] of [['up', 'up'], ['sum by (host) (rate(x[5m]))', 'x'], ['{"a-b"}', 'a-b'], ['up / on (host) down', 'up'], ['', ''], ['1 + 1', ''], ['}{', '']]) {
    assert.equal(metricOf(/** @type {string} */ (text)), name);
  }
});

test('a click on a value asks for it, another one for both, a third one takes it back', () => {
  const one = toggleFilter('sum(rate(x[5m]))', 'x', 'host', 'a');
  assert.equal(one, 'sum(rate(x{host="a"}[5m]))');
  const two = toggleFilter(one, 'x', 'host', 'b.c');
  assert.deepEqual(filtersOf(two), new Map([['host', new Set(['a', 'b.c'])]]));
  assert.equal(toggleFilter(toggleFilter(two, 'x', 'host', 'b.c'), 'x', 'host', 'a'), 'sum(rate(x[5m]))');
});

test('text that is more than the builder can say keeps all of it', () => {
  assert.equal(toggleFilter('up / on(host) down', 'down', 'host', 'a'), 'up / on(host) down{host="a"}');
  assert.equal(toggleFilter('up / down{x="1"} # why', 'down', 'k.e-y', 'v"}\n'), 'up / down{"k.e-y"="v\\"}\\n", x="1"} # why');
  assert.equal(toggleFilter('up / down{}', 'down', 'h', 'v'), 'up / down{h="v"}');
  assert.equal(toggleFilter('up /', 'other', 'h', 'v'), 'up /');
});

test('only a selection is asked for its newest sample', () => {
  assert.ok(isSelection('up') && isSelection('up{host="a"}') && isSelection('{"a-b"}'));
  assert.ok(!isSelection('sum(up)') && !isSelection('rate(up[5m])') && !isSelection('up + up') && !isSelection('a-b'));
});

// ---- lists of the browser

test('lists are read from whatever lies in the browser', () => {
  for (const raw of [null, 1, 'x', {}, [1], [[1]], [[]], [[null]], [new Array(9).fill('x')], [{ length: 1 }]]) {
    assert.deepEqual(readRecent(raw), []);
  }
  assert.deepEqual(readFavourites(['a', 1]), []);
  assert.deepEqual(readFavourites(['a', 'a', 'b']), ['a', 'b']);
  assert.equal(readRecent(new Array(500).fill(['up'])).length, RECENT_MAX);
});

test('the newest query is first, each once, and what was on the way to it makes way', () => {
  let list = withRecent([], ['node']);
  list = withRecent(list, ['node_load1']);
  assert.deepEqual(list, [['node_load1']]);
  list = withRecent(withRecent(list, ['up']), ['node_load1']);
  assert.deepEqual(list, [['node_load1'], ['up']]);
  for (let number = 0; number < 70; number += 1) list = withRecent(list, [`m${String(number).padStart(2, '0')}`]);
  assert.equal(list.length, RECENT_MAX);
  assert.equal(withRecent(list, []), list);
});

// ---- what is asked, and what comes of it

const DAY_MS = 86_400_000;
const SPAN = { startMs: 10 * DAY_MS, endMs: 10 * DAY_MS + 60_000 };
const TIME = { wanted: { start: 'now-1m', end: 'now' }, span: SPAN, timezone: 'UTC' };

/** @param {Partial<ExploreState>} more @returns {ExploreState} */
function explore(more) {
  return { ...emptyExplore(), queries: [{ query: 'a' }, { query: '' }, { query: 'b', isHidden: true }, { query: 'sum(c)' }], ...more };
}

/** @param {number} startMs @param {string[]} hosts @param {object} [more] @returns {any} */
function answer(startMs, hosts, more) {
  const series = hosts.map((host, index) => ({ name: 'a', tags: { host }, values: [index, index + 1] }));
  const meta = { table: 'metrics_raw', resolution: 'raw', stepMs: 15_000, cached: false, tookMs: 2, samplesRead: 4, seriesTotal: hosts.length, truncated: false, warnings: [], ...more };
  return { data: { times: [startMs, startMs + 15_000], series }, meta };
}

test('only written and shown queries are asked, each once more for the time that it is compared with', () => {
  const plain = asksFor(explore({}), TIME);
  assert.deepEqual(plain.map((ask) => [ask.place, ask.params.query, ask.params.start, ask.params.maxSeries]), [[0, 'a', 'now-1m', 50], [3, 'sum(c)', 'now-1m', 50]]);
  const compared = asksFor(explore({ compare: '1w', limit: 500 }), TIME);
  assert.deepEqual(compared.slice(2).map((ask) => [ask.place, ask.params.start, ask.params.end]), [[0, 3 * DAY_MS, 3 * DAY_MS + 60_000], [3, 3 * DAY_MS, 3 * DAY_MS + 60_000]]);
});

test('an instant is the end of the range: of an expression one step, of a selection the newest sample', () => {
  const [selection, expression] = asksFor(explore({ mode: 'instant', compare: '1w' }), TIME).map((ask) => ask.params);
  assert.deepEqual([selection?.aggregation, selection?.start, selection?.end], ['last', SPAN.endMs - 300_000, SPAN.endMs]);
  assert.deepEqual([expression?.aggregation, expression?.step, expression?.start], [undefined, '1s', SPAN.endMs - 1000]);
});

test('a ghost is drawn at the time of its series, named, in its colour and dashed', () => {
  const state = explore({ queries: [{ query: 'a' }], compare: '1d' });
  const asks = asksFor(state, TIME);
  const { state: drawn, letters } = outcomeOf(INITIAL_PANEL, state, asks, [answer(SPAN.startMs, ['x', 'y']), answer(SPAN.startMs - DAY_MS, ['x', 'z'])], { span: SPAN, clockMs: SPAN.endMs });
  assert.deepEqual(drawn.frame?.times, [SPAN.startMs, SPAN.startMs + 15_000]);
  assert.deepEqual(drawn.frame?.series.map((series) => series.text), ['x', 'y', 'x · 1 day before', 'z · 1 day before']);
  const slots = drawn.frame?.series.map((series) => drawn.slots.get(series.key));
  assert.deepEqual(slots?.slice(0, 3), [0, 1, 10]);
  assert.ok((slots?.[3] ?? 0) >= 10, 'one without a series of today is dashed as well');
  assert.deepEqual([...letters.values()], ['A', 'A', 'A', 'A']);
});

test('what is cut or failed is told, and the rest is drawn', () => {
  const state = explore({});
  const asks = asksFor(state, TIME);
  const cut = answer(SPAN.startMs, ['x'], { truncated: true, seriesTotal: 1204, warnings: ['1 of 1204 series are shown; narrow them', 'slow'] });
  const { state: drawn, answers } = outcomeOf(INITIAL_PANEL, state, asks, [cut, { error: 'bad text', code: 'VALIDATION_ERROR', details: [{ field: 'query', message: 'bad' }] }], { span: SPAN, clockMs: SPAN.endMs });
  assert.equal(drawn.frame?.series.length, 1);
  assert.equal(drawn.notes.length, 3);
  assert.match(drawn.notes.join('\n'), /^slow\n1 of 1,204 series of query A are shown\..*sum by.*\nOne query failed: bad text$/);
  assert.deepEqual(answers.map((one) => (one === null ? null : 'error' in one ? 'error' : 'data')), ['data', null, null, 'error']);
});

test('when all fail nothing of the queries before stays', () => {
  const state = explore({ queries: [{ query: 'a' }] });
  const asks = asksFor(state, TIME);
  const before = outcomeOf(INITIAL_PANEL, state, asks, [answer(SPAN.startMs, ['x'])], { span: SPAN, clockMs: SPAN.endMs }).state;
  const { state: failed } = outcomeOf(before, state, asks, [{ error: 'no', code: 'VALIDATION_ERROR' }], { span: SPAN, clockMs: SPAN.endMs });
  assert.equal(failed.frame, null);
  assert.equal(failed.error?.message, 'no');
});
