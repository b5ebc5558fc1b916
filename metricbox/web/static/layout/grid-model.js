// Positions of panels on 12 columns. Pure: what the grid library is given is computed here, so that what is saved, shown and
// tested is one thing.
//
//   x ->  0 . . . . . . . . . . 11        a panel is {id, x, y, w, h}; nothing overlaps; every panel is as far up
//   y     [ cpu       ][ load      ]      as the ones before it allow
//   |     [ up ][ disk][ load      ]

/** @typedef {{id: string, x: number, y: number, w: number, h: number}} Cell */
/** @typedef {{i: string, x: number, y: number, w: number, h: number}} LayoutItem */

export const COLUMNS = 12;
export const ROW_PX = 72;
export const GAP_PX = 12;
// A panel that is taller than this came from a broken import.
export const MAX_H = 40;

/**
 * @param {unknown} value
 * @param {number} low
 * @param {number} high
 * @param {number} otherwise
 */
export function whole(value, low, high, otherwise) {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(high, Math.max(low, Math.round(value))) : otherwise;
}

/**
 * @param {string} id
 * @param {{x?: unknown, y?: unknown, w?: unknown, h?: unknown}} raw
 * @returns {Cell}
 */
export function cleanCell(id, raw) {
  const w = whole(raw.w, 1, COLUMNS, 6);
  return { id, w, h: whole(raw.h, 1, MAX_H, 4), x: whole(raw.x, 0, COLUMNS - w, 0), y: whole(raw.y, 0, 100_000, 0) };
}

/**
 * @param {Cell} left
 * @param {Cell} right
 */
export function overlaps(left, right) {
  return left.x < right.x + right.w && right.x < left.x + left.w && left.y < right.y + right.h && right.y < left.y + left.h;
}

/**
 * Reading order: top to bottom, then left to right. The order of the DOM and of the focus.
 * @param {Cell[]} cells
 */
export function inReadingOrder(cells) {
  return [...cells].sort((left, right) => left.y - right.y || left.x - right.x || (left.id < right.id ? -1 : 1));
}

/**
 * Puts cells one after the other: each is pushed down past those before it, then falls up as far as they allow. What is as
 * wide as the grid is a border: those after it stay below it, so that no panel leaves its row (B131).
 * @param {Cell[]} order
 * @returns {Cell[]} in reading order
 */
export function settle(order) {
  /** @type {Cell[]} */
  const placed = [];
  let border = 0;
  for (const cell of order) {
    const beside = placed.filter((other) => other.x < cell.x + cell.w && cell.x < other.x + other.w);
    let y = Math.max(cell.y, border);
    for (let hit = find(beside, y, cell.h); hit; hit = find(beside, y, cell.h)) y = hit.y + hit.h;
    y = beside.reduce((top, other) => (other.y + other.h <= y ? Math.max(top, other.y + other.h) : top), border);
    placed.push({ ...cell, y });
    if (cell.w === COLUMNS) border = y + cell.h;
  }
  return inReadingOrder(placed);
}

/**
 * @param {Cell[]} cells that share columns
 * @param {number} y
 * @param {number} h
 */
function find(cells, y, h) {
  return cells.find((other) => other.y < y + h && y < other.y + other.h);
}

/**
 * Closes gaps upward and resolves overlaps, in reading order: the first in a place keeps it.
 * @param {Cell[]} cells
 * @returns {Cell[]} in reading order
 */
export function compact(cells) {
  return settle(inReadingOrder(cells));
}

/**
 * Cells of a dashboard: the layout's place for a panel, the panel's own where the layout has none.
 * @param {{id: string, position?: {x?: unknown, y?: unknown, w?: unknown, h?: unknown} | null}[]} panels
 * @param {LayoutItem[]} layout
 * @returns {Cell[]} in reading order
 */
export function cellsOf(panels, layout) {
  const byId = new Map(layout.map((item) => [item.i, item]));
  return compact(panels.map((panel) => cleanCell(panel.id, byId.get(panel.id) ?? panel.position ?? {})));
}

/**
 * @param {Cell[]} cells
 * @returns {LayoutItem[]}
 */
export function toLayout(cells) {
  return cells.map(({ id, x, y, w, h }) => ({ i: id, x, y, w, h }));
}

/**
 * The first free place for a new panel, searched from the top.
 * @param {Cell[]} cells
 * @param {number} w
 * @param {number} h
 * @returns {{x: number, y: number, w: number, h: number}}
 */
export function findPlace(cells, w, h) {
  const bottom = cells.reduce((most, cell) => Math.max(most, cell.y + cell.h), 0);
  for (let y = 0; y <= bottom; y += 1) {
    for (let x = 0; x + w <= COLUMNS; x += 1) {
      const cell = { id: '', x, y, w, h };
      if (!cells.some((other) => overlaps(other, cell))) return { x, y, w, h };
    }
  }
  return { x: 0, y: bottom, w, h };
}
