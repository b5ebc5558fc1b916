import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriesTable, tableForFile, timeTable } from '../../metricbox/web/static/lib/frame-table.js';
import { buildFrame } from '../../metricbox/web/static/lib/frames.js';
import { nextSort, sortRows, visibleRows } from '../../metricbox/web/static/lib/table-rows.js';
import { readThresholds } from '../../metricbox/web/static/lib/reading.js';
import { readingOf } from '../../metricbox/web/static/lib/value-reading.js';

const META = { table: 'metrics_raw', resolution: 'raw', stepMs: 1000, cached: false, tookMs: 1, samplesRead: 1, seriesTotal: 1, truncated: false, warnings: [] };

/** @param {{name?: string, tags: Record<string, string>, values: (number | null)[]}[]} series @param {string | null} [template] */
function frameOf(series, template = null) {
  const times = series[0]?.values.map((_, index) => 1000 * (index + 1)) ?? [];
  return buildFrame([{ data: { times, series: series.map((one) => ({ name: 'm', ...one })) }, meta: META, template }], 1e9);
}

test('a sort keeps equal rows in order, puts rows without a value last, and leaves its input alone', () => {
  const rows = /** @type {(number | string | null)[][]} */ ([[2, 'a'], [null, 'b'], [1, 'c'], [2, 'd']]);
  assert.deepEqual(sortRows(rows, 0, false).map((row) => row[1]), ['c', 'a', 'd', 'b']);
  assert.deepEqual(sortRows(rows, 0, true).map((row) => row[1]), ['a', 'd', 'c', 'b']);
  assert.equal(sortRows(rows, -1, true), rows);
  assert.deepEqual(sortRows([['web10'], ['web9'], ['']], 0, false), [['web9'], ['web10'], ['']]);
});

test('500,000 rows are sorted without a stack of their own (B136)', () => {
  const rows = Array.from({ length: 500_000 }, (_, index) => [(index * 7919) % 500_000]);
  assert.equal(sortRows(rows, 0, true)[0]?.[0], 499_999);
});

test('the third click gives the first order back', () => {
  const first = nextSort(null, 'a', true);
  assert.deepEqual(first, { key: 'a', isDescending: true });
  const second = nextSort(first, 'a', true);
  assert.deepEqual(second, { key: 'a', isDescending: false });
  assert.equal(nextSort(second, 'a', true), null);
  assert.deepEqual(nextSort(second, 'b', false), { key: 'b', isDescending: false });
});

test('the rows in sight are always among those drawn', () => {
  for (const top of [0, 29, 3000, 14_999_970, 99_999_999]) {
    const { first, end } = visibleRows({ top, height: 400, rowHeight: 30, count: 500_000 });
    const at = Math.min(499_999, Math.floor(top / 30));
    assert.ok(first <= at && end > at && end <= 500_000 && end - first < 100, `${top}: ${first}-${end}`);
  }
  assert.deepEqual(visibleRows({ top: 0, height: 400, rowHeight: 30, count: 0 }), { first: 0, end: 0 });
});

test('a row per instant, a column per series; the file has instants that programs read', () => {
  const frame = frameOf([{ tags: { host: 'a' }, values: [1, null] }, { tags: { host: 'b' }, values: [3, 4] }]);
  const table = timeTable(frame);
  assert.deepEqual(table.columns.map((column) => column.label), ['Time', 'a', 'b']);
  assert.deepEqual(table.rows, [[1000, 1, 3], [2000, null, 4]]);
  assert.deepEqual(tableForFile(table).rows[1], ['1970-01-01T00:00:02.000Z', null, 4]);
});

test('a row per series with a column per tag', () => {
  const frame = frameOf([{ tags: { host: 'a', dc: 'x' }, values: [1, 5] }, { tags: { host: 'b' }, values: [3, 4] }]);
  const table = seriesTable(frame, ['last', 'max']);
  assert.deepEqual(table.columns.map((column) => column.label), ['dc', 'host', 'Last', 'Max']);
  assert.deepEqual(table.rows, [['x', 'a', 5, 5], [null, 'b', 4, 4]]);
  assert.deepEqual(seriesTable(frameOf([{ tags: {}, values: [7] }]), ['last']).rows, [['m', 7]]);
  const named = seriesTable(frameOf([{ tags: { host: 'a' }, values: [7] }], 'Box {{host}}'), ['last']);
  assert.deepEqual(named.rows, [['Box a', 'a', 7]]);
});

test('a text stands for its value, with a severity of its own or the one of the threshold', () => {
  const thresholds = readThresholds([{ value: 1, severity: 'warning' }]);
  const texts = [{ value: 0, text: 'Down', severity: 'critical' }, { value: 1, text: 'Up\u202e' }, { value: 2, text: 'Best', severity: 'ok' }];
  assert.deepEqual(readingOf(0, thresholds, texts), { text: 'Down', severity: 'critical', label: 'critical' });
  assert.deepEqual(readingOf(1, thresholds, texts), { text: 'Up\\u{202e}', severity: 'warning', label: 'warning' });
  assert.equal(readingOf(2, thresholds, texts).severity, 'ok');
  assert.deepEqual(readingOf(3, thresholds, texts), { text: null, severity: 'warning', label: 'warning' });
  assert.deepEqual(readingOf(null, thresholds, texts), { text: null, severity: null, label: '' });
});
