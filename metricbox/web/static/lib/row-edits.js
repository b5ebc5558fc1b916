// What an editor does to rows: each takes all saved panels with their cells and answers all panels with new positions. Pure.
import { sectionsOf, stack } from './rows.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('./rows.js').Cell} Cell */

// The server's limit.
const TITLE_MAX = 200;

/**
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells those that a panel is not named in are gone
 * @returns {Panel[]} in the order of the cells; the same object where nothing changed
 */
export function placePanels(panels, cells) {
  const byId = new Map(panels.map((panel) => [panel.id, panel]));
  return cells.flatMap(({ id, x, y, w, h }) => {
    const panel = byId.get(id);
    if (!panel) return [];
    const { position: old } = panel;
    return old.x === x && old.y === y && old.w === w && old.h === h ? [panel] : [{ ...panel, position: { x, y, w, h } }];
  });
}

/**
 * @param {readonly Panel[]} panels
 * @param {string} rowId
 * @param {boolean} isCollapsed
 */
export function collapseRow(panels, rowId, isCollapsed) {
  return panels.map((panel) => (panel.id === rowId && Boolean(panel.options.isCollapsed) !== isCollapsed
    ? { ...panel, options: { ...panel.options, isCollapsed: isCollapsed ? true : null } } : panel));
}

/**
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells
 * @returns {string[]} rows from top to bottom
 */
export function rowIds(panels, cells) {
  return sectionsOf(panels, cells).flatMap((section) => section.row?.id ?? []);
}

/**
 * A row with its panels changes places with the next one or the one before. What stands above all rows stays there: below a row
 * it would become that row's.
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells
 * @param {string} rowId
 * @param {-1 | 1} step
 */
export function moveRow(panels, cells, rowId, step) {
  const sections = sectionsOf(panels, cells);
  const at = sections.findIndex((section) => section.row?.id === rowId);
  const section = sections[at];
  const other = sections[at + step];
  if (!section || !other || !other.row) return [...panels];
  sections[at] = other;
  sections[at + step] = section;
  return placePanels(panels, stack(sections));
}

/**
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells
 * @param {string} rowId
 * @param {{withPanels: boolean}} how without: they go to the row above, which is opened for them
 */
export function deleteRow(panels, cells, rowId, { withPanels }) {
  const sections = sectionsOf(panels, cells);
  const at = sections.findIndex((section) => section.row?.id === rowId);
  const section = sections[at];
  if (!section) return [...panels];
  const before = sections[at - 1];
  sections.splice(at, 1);
  if (withPanels || !before) return placePanels(panels, stack(sections));
  before.cells.push(...section.cells);
  const kept = placePanels(panels, stack(sections));
  return before.row && section.cells.length > 0 ? collapseRow(kept, before.row.id, false) : kept;
}

/**
 * A copy of the row and of its panels, below them.
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells
 * @param {string} rowId
 * @param {() => string} makeId
 */
export function duplicateRow(panels, cells, rowId, makeId) {
  const sections = sectionsOf(panels, cells);
  const at = sections.findIndex((section) => section.row?.id === rowId);
  const section = sections[at];
  if (!section?.row) return [...panels];
  const byId = new Map(panels.map((panel) => [panel.id, panel]));
  /** @type {Panel[]} */
  const copies = [];
  const copy = (/** @type {Panel} */ panel, /** @type {string} */ title) => {
    const made = { ...panel, id: makeId(), title };
    copies.push(made);
    return made;
  };
  const row = copy(section.row, `${section.row.title} copy`.trim().slice(0, TITLE_MAX));
  const copied = section.cells.flatMap((cell) => {
    const panel = byId.get(cell.id);
    return panel ? [{ ...cell, id: copy(panel, panel.title).id }] : [];
  });
  sections.splice(at + 1, 0, { row, cells: copied });
  return placePanels([...panels, ...copies], stack(sections));
}

/**
 * After a move on the page, where collapsed rows hide panels: these follow their row. A panel that was put below a collapsed
 * row opens it, since it would vanish otherwise.
 * @param {readonly Panel[]} panels
 * @param {Cell[]} cells of all of them, before
 * @param {Cell[]} shown where those that are shown stand now
 */
export function placeShown(panels, cells, shown) {
  const isShown = new Set(shown.map((cell) => cell.id));
  const before = new Map(sectionsOf(panels, cells).map((section) => [section.row?.id, section]));
  /** @type {Set<string>} */
  const opened = new Set();
  const sections = sectionsOf(panels, shown).map(({ row, cells: own }) => {
    const hidden = (before.get(row?.id)?.cells ?? []).filter((cell) => !isShown.has(cell.id));
    if (row && hidden.length > 0 && own.length > 0) opened.add(row.id);
    if (row?.options.isCollapsed && own.length > 0) opened.add(row.id);
    return { row, cells: [...hidden, ...own] };
  });
  const placed = placePanels(panels, stack(sections));
  return [...opened].reduce((list, id) => collapseRow(list, id, false), placed);
}
