import assert from 'node:assert/strict';
import { cpuUsage } from 'node:process';
import { test } from 'node:test';
import { fuzzyMatch, grouped, rank } from '../../metricbox/web/static/lib/fuzzy.js';

/** @param {string[]} labels */
const entries = (...labels) => labels.map((label) => ({ id: label, label, group: 'All' }));

/** @param {string[]} labels @param {string} search @param {string[]} [recent] */
const found = (labels, search, recent = []) => rank(entries(...labels), search, recent).map((item) => item.entry.label);

test('every letter must be there, in its order', () => {
  assert.notEqual(fuzzyMatch('Web servers', 'wsv'), null);
  assert.equal(fuzzyMatch('Web servers', 'vsw'), null);
  assert.equal(fuzzyMatch('Web servers', 'webx'), null);
  assert.deepEqual(fuzzyMatch('anything', '  '), { score: 0, marks: [] });
});

test('beginnings of words and one piece come first', () => {
  assert.deepEqual(found(['escape', 'Capacity', 'My cap'], 'cap'), ['Capacity', 'My cap', 'escape']);
  assert.deepEqual(found(['node_disk_host', 'Disk hosts', 'dash'], 'dh')[0], 'Disk hosts');
  assert.equal(found(['Web', 'Web servers of the north'], 'web')[0], 'Web');
});

test('words may stand in any order', () => {
  assert.deepEqual(found(['Web servers', 'Servers'], 'serv web'), ['Web servers']);
});

test('what fits is marked', () => {
  assert.deepEqual(fuzzyMatch('Web servers', 'ser')?.marks, [4, 5, 6]);
  assert.deepEqual(fuzzyMatch('Web servers', 'ws')?.marks, [0, 4]);
  // A letter that grows when made small must not shift the marks.
  assert.deepEqual(fuzzyMatch('İstanbul', 'istan')?.marks ?? [], []);
});

test('what was used lately comes before what fits alike, and first without a search', () => {
  assert.deepEqual(found(['Web a', 'Web b', 'Web c'], 'web', ['Web c']), ['Web c', 'Web a', 'Web b']);
  assert.deepEqual(found(['a', 'b', 'c'], '', ['c', 'b']), ['c', 'b', 'a']);
});

test('further words find, but after names', () => {
  const list = [{ id: '1', label: 'Press line', words: 'temperature', group: 'A' }, { id: '2', label: 'Temperature', group: 'A' }];
  assert.deepEqual(rank(list, 'temper', []).map((item) => item.entry.id), ['2', '1']);
});

test('groups stand in the order of their best entry', () => {
  const list = [{ id: '1', label: 'x alpha', group: 'A' }, { id: '2', label: 'alpha', group: 'B' }];
  assert.deepEqual(grouped(rank(list, 'alpha', [])).map((group) => group.group), ['B', 'A']);
});

test('two thousand names take less than 50 ms of CPU', () => {
  const words = ['system', 'cpu', 'percent', 'disk', 'network', 'bytes', 'total', 'latency', 'web', 'press'];
  const list = entries(...Array.from({ length: 2000 }, (_, index) => `${words[index % 10]} ${words[(index * 7) % 10]}_${words[(index * 3) % 10]} ${index}`));
  const searches = ['s', 'cpu', 'sys cpu 19', 'dnl', 'zzz'];
  for (const search of searches) rank(list, search, []);
  const before = cpuUsage();
  for (const search of searches) rank(list, search, []);
  const { user } = cpuUsage(before);
  assert.ok(user / 1000 / searches.length < 50, `${user / 1000 / searches.length} ms each`);
});
