import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDelay } from '../../metricbox/web/static/api/poll.js';
import { calculate } from '../../metricbox/web/static/lib/reading.js';
import { gaugeArc, readGauge } from '../../metricbox/web/static/lib/shapes.js';
import { sparkPath } from '../../metricbox/web/static/lib/shapes.js';
import { reachedThreshold, readThresholds } from '../../metricbox/web/static/lib/reading.js';
import { hiddenKeys, isolate, showRun, toggle, withHidden } from '../../metricbox/web/static/panels/legend-model.js';
import { panelStatus } from '../../metricbox/web/static/panels/panel-status.js';
import { asksOf, INITIAL_PANEL, mergeMeta, queriesOf, readyState, splitItem, toParams } from '../../metricbox/web/static/state/panel-data.js';

const KEYS = ['a', 'b', 'c', 'd'];

test('a click isolates, again restores all', () => {
  const alone = isolate(KEYS, new Set(), 'b');
  assert.deepEqual([...alone], ['a', 'c', 'd']);
  assert.equal(isolate(KEYS, alone, 'b').size, 0);
  assert.deepEqual([...isolate(KEYS, alone, 'c')], ['a', 'b', 'd']);
});

test('Ctrl+click toggles one, and never hides the last', () => {
  assert.deepEqual([...toggle(KEYS, new Set(), 'b')], ['b']);
  assert.equal(toggle(KEYS, new Set(['b']), 'b').size, 0);
  assert.equal(toggle(['a', 'b'], new Set(['a']), 'b').size, 0);
});

test('Shift+click shows a run', () => {
  assert.deepEqual([...showRun(KEYS, 'c', 'b')], ['a', 'd']);
});

test('the link says what is hidden and nothing of other panels is lost', () => {
  for (const hidden of [new Set(['b']), new Set(['a', 'c', 'd']), new Set(['a', 'b']), new Set()]) {
    const marks = withHidden('panel-1', KEYS, /** @type {Set<string>} */ (hidden), ['other.mark']);
    assert.ok(marks.includes('other.mark'));
    assert.deepEqual([...hiddenKeys('panel-1', KEYS, marks)].sort(), [...hidden].sort());
    assert.equal(hiddenKeys('panel-2', KEYS, marks).size, 0);
  }
  assert.equal(withHidden('p', KEYS, new Set(['a', 'c', 'd']), []).length, 1);
});

test('a series that the link isolates but that is gone hides nothing', () => {
  const marks = withHidden('p', KEYS, new Set(['a', 'c', 'd']), []);
  assert.equal(hiddenKeys('p', ['x', 'y'], marks).size, 0);
});

test('calculations skip nulls and know when there is nothing', () => {
  const values = [null, 4, undefined, 1, 7, null];
  assert.equal(calculate(values, 'last'), 7);
  assert.equal(calculate(values, 'mean'), 4);
  assert.equal(calculate(values, 'min'), 1);
  assert.equal(calculate(values, 'max'), 7);
  assert.equal(calculate(values, 'sum'), 12);
  assert.equal(calculate(values, 'count'), 3);
  assert.equal(calculate(values, 'delta'), 3);
  assert.equal(calculate(values, null), 7);
  assert.equal(calculate([null], 'mean'), null);
  assert.equal(calculate([], 'count'), 0);
});

test('a gauge with no room between its ends shows 0 and a hint (B142)', () => {
  for (const [min, max] of [[0, 0], [10, 5]]) {
    const reading = readGauge(0, min, max);
    assert.equal(reading.ratio, 0);
    assert.equal(reading.isBadRange, true);
  }
  assert.deepEqual(readGauge(150, 0, 100), { ratio: 1, min: 0, max: 100, outside: 'above', isBadRange: false });
  assert.deepEqual(readGauge(-1, null, null), { ratio: 0, min: 0, max: 100, outside: 'below', isBadRange: false });
  assert.equal(gaugeArc(0, 0, 80), '');
  assert.match(gaugeArc(0, 1, 80), /^M \S+ \S+ A 80 80 0 1 1 \S+ \S+$/);
});

test('thresholds of any origin are read or left out', () => {
  assert.deepEqual(readThresholds(undefined), []);
  assert.deepEqual(readThresholds([{ value: 95, severity: 'critical' }, { value: 'x' }, null, { value: 80 }, { value: Infinity }]),
    [{ value: 80, severity: 'warning', label: 'warning' }, { value: 95, severity: 'critical', label: 'critical' }]);
  assert.equal(readThresholds(Array.from({ length: 9 }, (_, value) => ({ value }))).length, 4);
  const list = readThresholds([{ value: 80 }, { value: 95, severity: 'critical' }]);
  assert.equal(reachedThreshold(79, list), null);
  assert.equal(reachedThreshold(80, list)?.severity, 'warning');
  assert.equal(reachedThreshold(99, list)?.severity, 'critical');
  assert.equal(reachedThreshold(null, list), null);
});

test('a sparkline breaks at gaps and does not blow up noise', () => {
  assert.deepEqual(sparkPath([]), { line: '', area: '' });
  assert.deepEqual(sparkPath([5]), { line: '', area: '' });
  assert.equal(sparkPath([1, 1.0000000001]).line, 'M0.00 50.0L100.00 50.0');
  assert.equal(sparkPath([0, 1, null, 1, 0]).line.match(/M/g)?.length, 2);
  assert.ok(!sparkPath([-1.7e308, 1.7e308]).line.includes('NaN'));
});

test('polling slows down while nobody answers, and obeys Retry-After', () => {
  assert.deepEqual([0, 1, 2, 3, 6, 20].map((failures) => nextDelay(10_000, failures, null)), [10_000, 1000, 2000, 4000, 30_000, 30_000]);
  assert.equal(nextDelay(0, 0, null), null);
  assert.equal(nextDelay(0, 1, null), 1000);
  assert.equal(nextDelay(10_000, 0, 30), 30_000);
  assert.equal(nextDelay(10_000, 0, 1), 10_000);
});

const META = { table: 'metrics_raw', resolution: 'raw', step: '10ms', stepMs: 10, cached: true, tookMs: 3, samplesRead: 5, seriesTotal: 2, truncated: false, warnings: ['w'] };
/** @type {import('../../metricbox/web/types/app').Panel} */
const PANEL = {
  id: 'p', dashboardId: 'd', title: 'P', type: 'line', query: [{ query: 'm', legend: '{{host}}' }, { query: ' ' }, { query: 'n', groupBy: [] }],
  options: {}, position: { x: 0, y: 0, w: 6, h: 4 },
};
const ASKED = { span: { startMs: 0, endMs: 30 }, clockMs: 1000, askedFor: '' };

test('queries that are not written yet are not asked; empty parts are not sent', () => {
  assert.deepEqual(queriesOf(PANEL).map((query) => query.query), ['m', 'n']);
  assert.deepEqual(queriesOf({ ...PANEL, query: 'up' }), [{ query: 'up' }]);
  const wanted = { start: 'now-1h', end: 'now' };
  assert.deepEqual(toParams({ query: 'm', aggregation: null, tags: {} }, wanted, 'UTC'), { query: 'm', start: 'now-1h', end: 'now', timezone: 'UTC' });
  assert.deepEqual(toParams({ query: 'm', aggregation: 'max', tags: { a: 'b' }, groupBy: [] }, wanted, 'UTC'),
    { query: 'm', start: 'now-1h', end: 'now', timezone: 'UTC', aggregation: 'max', tags: { a: 'b' }, groupBy: [] });
});

test('one failed query leaves the rest and a note', () => {
  const good = { data: { times: [0, 10], series: [{ name: 'm', tags: { host: 'a' }, values: [1, 2] }] }, meta: META };
  const state = readyState(INITIAL_PANEL, PANEL, [good, { error: 'No such function', code: 'VALIDATION_ERROR' }], ASKED);
  assert.equal(state.frame?.series.length, 1);
  assert.equal(state.error, null);
  assert.deepEqual(state.notes, ['w', 'One query failed: No such function']);
});

test('when all fail, earlier data stay beside the error', () => {
  const good = { data: { times: [0], series: [{ name: 'm', tags: {}, values: [1] }] }, meta: META };
  const before = readyState(INITIAL_PANEL, PANEL, [good, good], ASKED);
  const after = readyState(before, PANEL, [{ error: 'Busy', code: 'UNAVAILABLE' }, { error: 'Busy', code: 'UNAVAILABLE' }], ASKED);
  assert.equal(after.frame, before.frame);
  assert.equal(after.error?.message, 'Busy');
});

test('a cut answer says so', () => {
  const cut = { data: { times: [0], series: [{ name: 'm', tags: {}, values: [1] }] }, meta: { ...META, truncated: true, seriesTotal: 1204, warnings: [] } };
  const state = readyState(INITIAL_PANEL, { ...PANEL, query: 'm' }, [cut], ASKED);
  assert.match(state.notes[0] ?? '', /^1 of 1204 series are shown/);
});

test('facts of several queries are put together', () => {
  assert.equal(mergeMeta([]), null);
  const merged = mergeMeta([META, { ...META, table: 'metrics_1min', stepMs: 60, cached: false, tookMs: 9 }]);
  assert.deepEqual([merged?.table, merged?.stepMs, merged?.cached, merged?.tookMs, merged?.samplesRead], ['metrics_raw, metrics_1min', 10, false, 9, 10]);
});

test('the states of a panel', () => {
  const around = { hasQuery: true, refreshMs: 10_000, isOffline: false, nowMs: 100_000 };
  const good = { data: { times: [0], series: [{ name: 'm', tags: {}, values: [1] }] }, meta: META };
  const ready = { ...readyState(INITIAL_PANEL, { ...PANEL, query: 'm' }, [good], ASKED), loadedAtMs: 95_000 };
  assert.equal(panelStatus(INITIAL_PANEL, { ...around, hasQuery: false }).body, 'empty');
  assert.equal(panelStatus(INITIAL_PANEL, around).body, 'loading');
  assert.deepEqual(panelStatus(ready, around), { body: 'data', stale: '', error: '' });
  assert.equal(panelStatus({ ...ready, isRefreshing: true }, around).body, 'data', 'no loading state at a refresh');
  assert.equal(panelStatus({ ...ready, loadedAtMs: 60_000 }, around).stale, 'Data are 40 s old');
  assert.equal(panelStatus({ ...ready, loadedAtMs: 60_000 }, { ...around, refreshMs: 0 }).stale, '', 'without refresh nothing is late');
  assert.equal(panelStatus({ ...ready, isUnreached: true }, { ...around, isOffline: true }).stale, 'Data are 5 s old');
  assert.equal(panelStatus({ ...ready, isUnreached: true }, around).stale, '', 'one lost request is no news');
});

test('a panel whose query texts are withheld is asked for by its id, once for all of them', () => {
  const wanted = { start: 'now-1h', end: 'now' };
  const hidden = { ...PANEL, id: 'p1', query: [{ query: null, legend: '{{host}}' }, { query: null, legend: null }] };
  for (const panel of [hidden, { ...hidden, query: null }]) {
    assert.deepEqual(asksOf(panel, wanted, 'UTC'), [{ panelId: 'p1', start: 'now-1h', end: 'now', timezone: 'UTC', withCounts: true }]);
  }
  assert.deepEqual(queriesOf(hidden).map((query) => query.legend), ['{{host}}', null]);
  assert.equal(queriesOf({ ...hidden, query: null }).length, 1);
  assert.deepEqual(asksOf(PANEL, wanted, 'UTC').map((ask) => [ask.query, ask.panelId]), [['m', undefined], ['n', undefined]]);
});

test('the answer of a panel asked for by its id is one for each of its queries', () => {
  const result = { times: [1], series: [] };
  const meta = /** @type {any} */ ({ stepMs: 1 });
  assert.deepEqual(splitItem({ data: [{ ...result, meta }, { ...result, meta }] }), [{ data: result, meta }, { data: result, meta }]);
  assert.deepEqual(splitItem({ data: result, meta }), [{ data: result, meta }]);
  const failed = { error: 'No.', code: 'FORBIDDEN' };
  assert.deepEqual(splitItem(failed), [failed]);
});
