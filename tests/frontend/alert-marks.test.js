import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concerns, groupMarks, groupTexts, worstOf } from '../../metricbox/web/static/lib/alert-marks.js';

/**
 * @param {string} id
 * @param {number} startMs
 * @param {Partial<import('../../metricbox/web/static/lib/alert-marks.js').AlertMark>} [change]
 * @returns {import('../../metricbox/web/static/lib/alert-marks.js').AlertMark}
 */
function mark(id, startMs, change = {}) {
  return { id, startMs, endMs: startMs + 10, severity: 'warning', text: `text ${id}`, brief: `brief ${id}`, labels: {}, href: '/', ...change };
}

test('an alert concerns a chart unless a label says otherwise', () => {
  const series = [{ tags: { host: 'db1', disk: 'a' } }, { tags: { host: 'db2', disk: 'a' } }];
  assert.equal(concerns({ host: 'db1' }, series), true);
  assert.equal(concerns({ host: 'web1' }, series), false);
  assert.equal(concerns({ team: 'ops' }, series), true);
  assert.equal(concerns({ host: 'db1', disk: 'b' }, series), false);
  assert.equal(concerns({ host: 'web1' }, [...series, { tags: {} }]), true);
  assert.equal(concerns({ host: 'web1' }, []), true);
});

test('marks that stand too near are one, and those out of sight are none', () => {
  const groups = groupMarks([mark('c', 200), mark('a', 100), mark('b', 110, { severity: 'critical' }), mark('gone', -50), mark('late', 900), mark('old', -50, { endMs: null })], (tsMs) => tsMs, 400, 24);
  assert.deepEqual(groups.map((group) => [group.key, group.x, group.marks.length]), [['old', 0, 1], ['a', 100, 2], ['c', 200, 1]]);
  assert.equal(worstOf(/** @type {any} */ (groups[1])).id, 'b');
  assert.deepEqual(groupTexts(/** @type {any} */ (groups[1])), ['2 alerts', 'brief b', 'brief a']);
  assert.deepEqual(groupTexts(/** @type {any} */ (groups[0])), ['text old']);
});

test('a group of many says how many it leaves out', () => {
  const [group] = groupMarks(Array.from({ length: 8 }, (_, index) => mark(String(index), index)), (tsMs) => tsMs, 400, 24);
  const texts = groupTexts(/** @type {any} */ (group));
  assert.deepEqual([texts.length, texts.at(-1)], [7, 'and 3 more']);
});
