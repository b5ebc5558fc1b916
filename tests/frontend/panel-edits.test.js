import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicatePanel, placeAtEnd } from '../../metricbox/web/static/lib/panel-edits.js';
import { makeUuid } from '../../metricbox/web/static/lib/uuid.js';

/**
 * @param {string} id
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @returns {import('../../metricbox/web/types/app').Panel}
 */
const panel = (id, x, y, w, h) => ({ id, dashboardId: 'd', title: id, type: 'line', query: 'up', options: {}, position: { x, y, w, h } });

test('a new panel stands beside the last ones, or under them', () => {
  assert.deepEqual(placeAtEnd([], { w: 6, h: 3 }), { x: 0, y: 0, w: 6, h: 3 });
  assert.deepEqual(placeAtEnd([panel('a', 0, 0, 6, 3)], { w: 6, h: 3 }), { x: 6, y: 0, w: 6, h: 3 });
  assert.deepEqual(placeAtEnd([panel('a', 0, 0, 12, 3)], { w: 6, h: 3 }), { x: 0, y: 3, w: 6, h: 3 });
  assert.deepEqual(placeAtEnd([panel('a', 0, 0, 6, 3)], { w: 12, h: 1 }), { x: 0, y: 3, w: 12, h: 1 });
});

test('a copy stands beside its panel, or under it', () => {
  const beside = duplicatePanel([panel('a', 0, 0, 6, 3)], 'a', 'n');
  assert.deepEqual(beside[1], { ...panel('n', 6, 0, 6, 3), title: 'a (copy)' });
  const below = duplicatePanel([panel('a', 0, 0, 8, 3), panel('b', 0, 3, 8, 3)], 'a', 'n');
  assert.deepEqual(below.map(({ id, position }) => [id, position.y]), [['a', 0], ['b', 6], ['n', 3]]);
  assert.equal(duplicatePanel([{ ...panel('a', 0, 0, 6, 3), title: 'x'.repeat(200) }], 'a', 'n')[1]?.title.length, 200);
});

test('ids are random UUIDs', () => {
  const ids = new Set(Array.from({ length: 100 }, makeUuid));
  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
