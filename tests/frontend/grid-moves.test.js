import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compact, overlaps } from '../../metricbox/web/static/layout/grid-model.js';
import { addCell, moveCell, resizeCell } from '../../metricbox/web/static/layout/grid-moves.js';
import { describePlace, stepOf, takeStep } from '../../metricbox/web/static/layout/keyboard-move.js';

/** @typedef {import('../../metricbox/web/static/layout/grid-model.js').Cell} Cell */

/** @param {string} id @param {number} x @param {number} y @param {number} w @param {number} h */
const cell = (id, x, y, w, h) => ({ id, x, y, w, h });
/** @param {Cell[]} cells */
const byId = (cells) => Object.fromEntries(cells.map(({ id, x, y, w, h }) => [id, [x, y, w, h]]));
const LEAST = { minW: 2, minH: 2 };
const CELLS = [cell('a', 0, 0, 6, 4), cell('b', 6, 0, 6, 4), cell('c', 0, 4, 12, 3)];

/** @param {Cell[]} cells */
function assertSound(cells) {
  cells.forEach((one, index) => {
    assert.ok(one.x >= 0 && one.x + one.w <= 12 && one.y >= 0, JSON.stringify(one));
    for (const other of cells.slice(index + 1)) assert.ok(!overlaps(one, other), `${one.id} over ${other.id}`);
  });
  assert.deepEqual(compact(cells), cells, 'nothing is left to close');
}

test('a panel that is put on another one pushes it down', () => {
  assert.deepEqual(byId(moveCell(CELLS, 'a', { x: 6, y: 0 })), { a: [6, 0, 6, 4], b: [6, 4, 6, 4], c: [0, 8, 12, 3] });
});

test('past the middle of another one a panel goes below it', () => {
  const stack = [cell('a', 0, 0, 6, 4), cell('b', 0, 4, 6, 4)];
  assert.deepEqual(byId(moveCell(stack, 'a', { x: 0, y: 2 })), byId(stack), 'not yet');
  assert.deepEqual(byId(moveCell(stack, 'a', { x: 0, y: 3 })), { b: [0, 0, 6, 4], a: [0, 4, 6, 4] });
  assert.deepEqual(byId(moveCell(stack, 'b', { x: 0, y: 1 })), { b: [0, 0, 6, 4], a: [0, 4, 6, 4] });
});

test('a panel stays on the grid', () => {
  assert.deepEqual(byId(moveCell(CELLS, 'a', { x: 40, y: -5 })).a, [6, 0, 6, 4]);
  assert.deepEqual(byId(moveCell(CELLS, 'a', { x: -3, y: 900 })).a, [0, 7, 6, 4]);
});

test('a panel that grows keeps its corner, and what it meets goes under it', () => {
  assert.deepEqual(byId(resizeCell(CELLS, 'a', { w: 8, h: 4 }, LEAST)), { a: [0, 0, 8, 4], b: [6, 4, 6, 4], c: [0, 8, 12, 3] });
  assert.deepEqual(byId(resizeCell(CELLS, 'b', { w: 99, h: 1 }, LEAST)).b, [6, 0, 6, 2]);
  const steps = [cell('a', 0, 0, 6, 4), cell('b', 6, 0, 6, 2), cell('c', 6, 2, 6, 4)];
  assert.deepEqual(byId(resizeCell([cell('d', 0, 4, 6, 2), ...steps], 'd', { w: 12, h: 2 }, LEAST)).d, [0, 4, 12, 2]);
});

test('a row keeps the panels below it (B131)', () => {
  const rows = [cell('a', 0, 0, 6, 2), cell('row', 0, 2, 12, 1), cell('b', 0, 3, 6, 4), cell('c', 6, 3, 6, 4)];
  const grown = byId(resizeCell(rows, 'a', { w: 6, h: 9 }, LEAST));
  assert.deepEqual([grown.row?.[1], grown.b?.[1], grown.c?.[1]], [9, 10, 10]);
  assert.deepEqual(byId(moveCell(rows, 'b', { x: 6, y: 0 })), { a: [0, 0, 6, 2], b: [6, 0, 6, 4], row: [0, 4, 12, 1], c: [6, 5, 6, 4] });
});

test('any move and any size make a sound layout', () => {
  let seed = 3;
  const next = (/** @type {number} */ limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % limit;
  };
  let cells = compact(Array.from({ length: 25 }, (_, index) => cell(`p${index}`, next(8), next(30), 2 + next(4), 2 + next(4))));
  for (let round = 0; round < 300; round += 1) {
    const id = `p${next(25)}`;
    cells = next(2) === 0 ? moveCell(cells, id, { x: next(14), y: next(40) }) : resizeCell(cells, id, { w: next(14), h: next(9) }, LEAST);
    assert.equal(cells.length, 25);
    assertSound(cells);
  }
});

test('a new panel takes its place', () => {
  assert.deepEqual(byId(addCell(CELLS, cell('n', 0, 4, 12, 1))), { ...byId(CELLS), n: [0, 4, 12, 1], c: [0, 5, 12, 3] });
});

test('arrows go to the next place, however far it is', () => {
  const press = (/** @type {Cell[]} */ cells, /** @type {string} */ key, shiftKey = false) => {
    const step = stepOf({ key, shiftKey });
    return step ? takeStep(cells, 'a', step, LEAST) : null;
  };
  assert.equal(press(CELLS, 'Enter'), null);
  assert.deepEqual(byId(press(CELLS, 'ArrowRight') ?? []).a, [1, 0, 6, 4]);
  const down = press(CELLS, 'ArrowDown') ?? [];
  assert.deepEqual(byId(down).a, [0, 7, 6, 4], 'below the next one');
  assert.deepEqual(byId(press(down, 'ArrowUp') ?? []).a, [0, 0, 6, 4], 'gaps close upward');
  assert.equal(press(CELLS, 'ArrowLeft'), CELLS, 'no further');
  assert.equal(press(CELLS, 'ArrowUp'), CELLS);
  assert.deepEqual(byId(press(CELLS, 'ArrowDown', true) ?? []).a, [0, 0, 6, 5]);
  assert.deepEqual(byId(press(CELLS, 'ArrowLeft', true) ?? []).a, [0, 0, 5, 4]);
});

test('a place in words', () => {
  assert.equal(describePlace('CPU', { x: 3, y: 0, w: 6, h: 3 }), 'CPU, column 4, row 1, 6 wide, 3 high');
  assert.equal(describePlace('', { x: 0, y: 2, w: 12, h: 1 }), 'column 1, row 3, full width, 1 high');
});
