import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeRows } from '../../metricbox/web/static/lib/metric-rows.js';
import { insertName, SQL_VIEWS, sqlCell } from '../../metricbox/web/static/lib/sql-views.js';

/** @param {string} name @param {string} [type] @returns {any} */
function metric(name, type = 'unknown') {
  return { prefix: name, count: 1, metric: { name, type, unit: '', description: '', seriesCount: 2 } };
}

/** @param {any[]} list @param {object} [more] @returns {any} */
function branches(list, more) {
  return { list, total: list.length, isLoading: false, fault: '', ...more };
}

test('open branches show what is below them, by the rest of their names', () => {
  const known = new Map([
    ['', branches([{ prefix: 'node_', count: 3, metric: null }, metric('up', 'gauge')])],
    ['node_', branches([metric('node_'), metric('node_load1')], { total: 1002 })],
  ]);
  const closed = treeRows(known, new Set(), 'up');
  assert.deepEqual(closed.map((row) => [row.label, row.level, row.kind, row.isChosen ?? false, row.note]), [['node_', 1, 'branch', false, '3'], ['up', 1, 'leaf', true, 'gauge']]);
  const open = treeRows(known, new Set(['node_', 'gone_']), 'node_load1');
  assert.deepEqual(open.map((row) => `${row.level} ${row.label}`), ['1 node_', '2 node_', '2 load1', '2 1,000 more', '1 up']);
  assert.equal(new Set(open.map((row) => row.id)).size, open.length, 'a branch and a metric of one name are two rows');
});

test('a branch tells that it is loading, or why not', () => {
  assert.deepEqual(treeRows(new Map([['', branches([], { isLoading: true })]]), new Set(), '').map((row) => row.label), ['Loading…']);
  assert.deepEqual(treeRows(new Map([['', branches([], { fault: 'Cannot reach metricbox.' })]]), new Set(), '').map((row) => row.label), ['Cannot reach metricbox. Try again']);
  assert.deepEqual(treeRows(new Map(), new Set(), ''), []);
});

test('names cannot reorder what is around them', () => {
  const [row] = treeRows(new Map([['', branches([metric('a\u202eb')])]]), new Set(), '');
  assert.equal(row?.label, 'a\\u{202e}b');
});

test('100,000 rows are made without a stack for each', () => {
  const list = Array.from({ length: 100_000 }, (_, index) => metric(`a_${index}`));
  const known = new Map([['', branches([{ prefix: 'a_', count: list.length, metric: null }])], ['a_', branches(list)]]);
  assert.equal(treeRows(known, new Set(['a_']), '').length, 100_001);
});

test('a name is put into a statement with blanks where it needs them', () => {
  assert.deepEqual(insertName('', 0, 0, 'series'), { text: 'series', at: 6 });
  assert.deepEqual(insertName('SELECT FROM x', 6, 6, 'name'), { text: 'SELECT name FROM x', at: 11 });
  assert.deepEqual(insertName('SELECT a,FROM', 9, 9, 'name'), { text: 'SELECT a,name FROM', at: 13 });
  assert.deepEqual(insertName('SELECT old', 7, 10, 'name'), { text: 'SELECT name', at: 11 });
});

test('what has parts is JSON in a cell', () => {
  assert.deepEqual([{ a: 1 }, [1, null], null, undefined, true, 'x', 1.5].map(sqlCell), ['{"a":1}', '[1,null]', null, null, true, 'x', 1.5]);
});

test('each view has columns', () => {
  for (const view of SQL_VIEWS) assert.equal(new Set(view.columns).size, view.columns.length);
});
