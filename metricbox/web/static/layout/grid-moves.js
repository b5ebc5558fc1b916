// Moving and resizing on the grid. Pure: what a drag shows while it goes on, what a key does and what is saved are one thing.
import { cleanCell, COLUMNS, compact, inReadingOrder, MAX_H, overlaps, settle, whole } from './grid-model.js';

/** @typedef {import('./grid-model.js').Cell} Cell */
/** @typedef {{minW: number, minH: number}} Least */

/**
 * @param {Cell[]} rest sound
 * @param {Cell} cell
 * @param {(other: Cell) => boolean} staysAbove of one that begins above the cell and reaches into its place
 */
function insert(rest, cell, staysAbove) {
  const order = inReadingOrder(rest);
  const isBefore = (/** @type {Cell} */ other) => other.y < cell.y && (!overlaps(other, cell) || staysAbove(other));
  return settle([...order.filter(isBefore), cell, ...order.filter((other) => !isBefore(other))]);
}

/**
 * A panel goes to another place: the ones it meets go under it, or stay above when it is past their middle; the place it
 * left is closed.
 * @param {Cell[]} cells
 * @param {string} id
 * @param {{x: number, y: number}} to clamped to the grid
 * @returns {Cell[]} in reading order
 */
export function moveCell(cells, id, to) {
  const cell = cells.find((one) => one.id === id);
  if (!cell) return cells;
  const target = cleanCell(id, { ...cell, ...to });
  const rest = compact(cells.filter((one) => one.id !== id));
  return insert(rest, target, (other) => target.y - other.y > other.h / 2);
}

/**
 * A panel gets another size and keeps its upper left corner; the ones that it grows into go under it.
 * @param {Cell[]} cells
 * @param {string} id
 * @param {{w: number, h: number}} to
 * @param {Least} least
 * @returns {Cell[]} in reading order
 */
export function resizeCell(cells, id, to, least) {
  const cell = cells.find((one) => one.id === id);
  if (!cell) return cells;
  const room = COLUMNS - cell.x;
  const target = cleanCell(id, { ...cell, w: whole(to.w, Math.min(least.minW, room), room, cell.w), h: whole(to.h, least.minH, MAX_H, cell.h) });
  return insert(cells.filter((one) => one.id !== id), target, () => false);
}

/**
 * A new panel in a place of its own; what is there goes under it.
 * @param {Cell[]} cells
 * @param {Cell} cell
 * @returns {Cell[]} in reading order
 */
export function addCell(cells, cell) {
  return insert(cells, cleanCell(cell.id, cell), () => true);
}
