// Moving and resizing a panel by keys: arrows go to the next place that there is, with Shift they change the size. Pure.
import { COLUMNS } from './grid-model.js';
import { moveCell, resizeCell } from './grid-moves.js';

/** @typedef {import('./grid-model.js').Cell} Cell */
/** @typedef {import('./grid-moves.js').Least} Least */
/** @typedef {{x: number, y: number, isSize: boolean}} Step columns and rows */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// Past the tallest panel there is always another place, if there is one at all.
const TALLEST = 80;

/**
 * @param {{key: string, shiftKey: boolean}} event
 * @returns {Step | null} null for a key that moves nothing
 */
export function stepOf({ key, shiftKey }) {
  const arrow = ARROWS[key];
  return arrow ? { x: arrow[0], y: arrow[1], isSize: shiftKey } : null;
}

/**
 * @param {Cell[]} cells
 * @param {string} id
 * @param {Step} step
 * @param {Least} least
 * @returns {Cell[]} the same when the panel cannot go further
 */
export function takeStep(cells, id, step, least) {
  const cell = cells.find((one) => one.id === id);
  if (!cell) return cells;
  if (step.isSize) {
    const next = resizeCell(cells, id, { w: cell.w + step.x, h: cell.h + step.y }, least);
    return changed(next, cell) ? next : cells;
  }
  // One row further is often the same place still: others are as high as they are.
  for (let distance = 1; distance <= (step.y === 0 ? 1 : TALLEST); distance += 1) {
    const next = moveCell(cells, id, { x: cell.x + step.x * distance, y: cell.y + step.y * distance });
    if (changed(next, cell)) return next;
  }
  return cells;
}

/**
 * @param {Cell[]} cells
 * @param {Cell} before
 */
function changed(cells, before) {
  const now = cells.find((one) => one.id === before.id);
  return now !== undefined && (now.x !== before.x || now.y !== before.y || now.w !== before.w || now.h !== before.h);
}

/**
 * Spoken at each step: "CPU, column 4, row 1, 6 wide, 3 high".
 * @param {string} title
 * @param {{x: number, y: number, w: number, h: number}} place
 */
export function describePlace(title, { x, y, w, h }) {
  const text = `column ${x + 1}, row ${y + 1}, ${w === COLUMNS ? 'full width' : `${w} wide`}, ${h} high`;
  return title === '' ? text : `${title}, ${text}`;
}
