import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, cleanCell, compact, findPlace, inReadingOrder, overlaps, toLayout } from '../../metricbox/web/static/layout/grid-model.js';

/** @param {string} id @param {number} x @param {number} y @param {number} w @param {number} h */
const cell = (id, x, y, w, h) => ({ id, x, y, w, h });

/** @param {import('../../metricbox/web/static/layout/grid-model.js').Cell[]} cells */
function assertSound(cells) {
  cells.forEach((one, index) => {
    assert.ok(one.x >= 0 && one.x + one.w <= 12 && one.y >= 0, JSON.stringify(one));
    for (const other of cells.slice(index + 1)) assert.ok(!overlaps(one, other), `${one.id} over ${other.id}`);
  });
}

test('gaps close upward', () => {
  assert.deepEqual(compact([cell('a', 0, 3, 6, 2), cell('b', 0, 9, 6, 2), cell('c', 6, 4, 6, 2)]),
    [cell('a', 0, 0, 6, 2), cell('c', 6, 0, 6, 2), cell('b', 0, 2, 6, 2)]);
});

test('a layout that is sound is not changed', () => {
  const cells = [cell('a', 0, 0, 8, 5), cell('b', 8, 0, 4, 2), cell('c', 8, 2, 4, 3), cell('d', 0, 5, 12, 4)];
  assert.deepEqual(compact(cells), inReadingOrder(cells));
});

test('of two panels in one place the first keeps it', () => {
  const cells = compact([cell('b', 0, 0, 6, 2), cell('a', 0, 0, 6, 2), cell('c', 3, 1, 6, 2)]);
  assertSound(cells);
  assert.deepEqual(cells.map((item) => item.id), ['a', 'b', 'c']);
});

test('any pile of panels becomes a sound layout (B131)', () => {
  let seed = 7;
  const next = (/** @type {number} */ limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % limit;
  };
  for (let round = 0; round < 50; round += 1) {
    const panels = Array.from({ length: 30 }, (_, index) => ({ id: `p${index}`, position: { x: next(20), y: next(10), w: 1 + next(14), h: 1 + next(6) } }));
    const cells = cellsOf(panels, []);
    assert.equal(cells.length, 30);
    assertSound(cells);
    assert.deepEqual(compact(cells), cells, 'a second time changes nothing');
  }
});

test('broken positions are repaired', () => {
  assert.deepEqual(cleanCell('a', { x: -3, y: NaN, w: 99, h: 0 }), cell('a', 0, 0, 12, 1));
  assert.deepEqual(cleanCell('a', {}), cell('a', 0, 0, 6, 4));
  assert.deepEqual(cleanCell('a', { x: 11, y: 1.4, w: 4, h: 2 }), cell('a', 8, 1, 4, 2));
});

test('the layout wins over the panel, the panel over nothing', () => {
  const panels = [{ id: 'a', position: { x: 0, y: 0, w: 6, h: 2 } }, { id: 'b', position: { x: 6, y: 0, w: 6, h: 2 } }, { id: 'c' }];
  assert.deepEqual(cellsOf(panels, [{ i: 'a', x: 0, y: 2, w: 12, h: 3 }]).map((item) => item.id), ['c', 'b', 'a']);
});

test('cells and layout are one thing in two spellings', () => {
  assert.deepEqual(toLayout([cell('a', 1, 2, 3, 4)]), [{ i: 'a', x: 1, y: 2, w: 3, h: 4 }]);
});

test('a new panel takes the first free place', () => {
  assert.deepEqual(findPlace([], 6, 4), { x: 0, y: 0, w: 6, h: 4 });
  assert.deepEqual(findPlace([cell('a', 0, 0, 6, 4)], 6, 4), { x: 6, y: 0, w: 6, h: 4 });
  assert.deepEqual(findPlace([cell('a', 0, 0, 12, 4)], 6, 4), { x: 0, y: 4, w: 6, h: 4 });
});
