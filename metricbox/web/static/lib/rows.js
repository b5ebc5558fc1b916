// Rows of a dashboard, and the way from saved panels to those that are shown. Pure.
//
//   row    Disks        v    the panels below a row, down to the next one, are its own: by position, nothing else
//   panel  usage | io
//   row    Network (3)  >    collapsed: its panels are not shown, and what is below moves up
import { REPEATS_MAX, repeatPlaces, scopesOf, shownPanel } from './repeat.js';

/** @typedef {import('../../types/app').ShownPanel} ShownPanel */
/** @typedef {import('./repeat.js').Scope} Scope */
/** @typedef {import('./repeat.js').Values} Values */
/** @typedef {{id: string, x: number, y: number, w: number, h: number}} Cell */

/**
 * @typedef {object} Section
 * @property {ShownPanel | null} row null for what stands above the first row
 * @property {Cell[]} cells of its panels, in reading order
 */

const COLUMNS = 12;
const ROW_H = 1;
/** All repeats of a dashboard together: beyond this the page, not a panel, becomes slow. */
export const SHOWN_MAX = 500;

/**
 * @param {Cell[]} cells
 * @returns {Cell[]} top to bottom, then left to right
 */
function inOrder(cells) {
  return [...cells].sort((left, right) => left.y - right.y || left.x - right.x || (left.id < right.id ? -1 : 1));
}

/**
 * @param {readonly ShownPanel[]} panels
 * @param {Cell[]} cells
 * @returns {Section[]} the first one always that above the rows, though it may be empty
 */
export function sectionsOf(panels, cells) {
  const rows = new Map(panels.filter((panel) => panel.type === 'row').map((panel) => [panel.id, panel]));
  /** @type {Section} */
  let open = { row: null, cells: [] };
  const sections = [open];
  for (const cell of inOrder(cells)) {
    const row = rows.get(cell.id);
    if (row) {
      open = { row, cells: [] };
      sections.push(open);
    } else open.cells.push(cell);
  }
  return sections;
}

/** Where the next cell can go, column by column: each goes as far up as those before it allow. */
class Skyline {
  constructor() {
    this.tops = new Array(COLUMNS).fill(0);
  }

  /**
   * @param {number} x
   * @param {number} w
   */
  over(x, w) {
    return Math.max(...this.tops.slice(x, x + w));
  }

  /** @param {Cell} cell @returns {Cell} */
  put(cell) {
    const w = Math.min(cell.w, COLUMNS);
    const x = Math.max(0, Math.min(cell.x, COLUMNS - w));
    const y = this.over(x, w);
    this.tops.fill(y + cell.h, x, x + w);
    return { id: cell.id, x, y, w, h: cell.h };
  }

  /**
   * @param {string} id
   * @returns {Cell} over the whole width, below everything
   */
  putRow(id) {
    return this.put({ id, x: 0, y: 0, w: COLUMNS, h: ROW_H });
  }
}

/**
 * @param {Section[]} sections
 * @returns {Cell[]} one below the other, without gaps, in reading order
 */
export function stack(sections) {
  const skyline = new Skyline();
  /** @type {Cell[]} */
  const placed = [];
  for (const { row, cells } of sections) {
    if (row) placed.push(skyline.putRow(row.id));
    for (const cell of cells) placed.push(skyline.put(cell));
  }
  return inOrder(placed);
}

/**
 * @param {ShownPanel} row
 * @param {ReadonlyMap<string, boolean> | undefined} folded what this visitor has opened and closed, by the id of the row as shown
 */
export function isFolded(row, folded) {
  return folded?.get(row.id) ?? Boolean(row.options?.isCollapsed);
}

/**
 * @typedef {object} Arranged
 * @property {Cell[]} cells in reading order, without overlap
 * @property {ShownPanel[]} panels in the same order
 * @property {string[]} notes what was left out, in words
 */

/**
 * Saved panels as they are shown: collapsed rows hide theirs, and what repeats is there once for each value.
 * @param {readonly ShownPanel[]} panels
 * @param {Cell[]} cells of all of them
 * @param {Values} values chosen of each variable, All as the list of what is offered
 * @param {{folded?: ReadonlyMap<string, boolean>, isEditing?: boolean}} [how] isEditing: what repeats is there once, as it is saved
 * @returns {Arranged}
 */
export function arrange(panels, cells, values, { folded, isEditing = false } = {}) {
  const page = new Page(panels, isEditing ? new Map() : values, folded);
  for (const section of sectionsOf(panels, cells)) page.addSection(section);
  const order = inOrder(page.cells);
  return { cells: order, panels: order.flatMap(({ id }) => page.shown.get(id) ?? []), notes: page.notes };
}

class Page {
  /**
   * @param {readonly ShownPanel[]} panels
   * @param {Values} values
   * @param {ReadonlyMap<string, boolean> | undefined} folded
   */
  constructor(panels, values, folded) {
    this.saved = new Map(panels.map((panel) => [panel.id, panel]));
    this.values = values;
    this.folded = folded;
    this.skyline = new Skyline();
    /** @type {Cell[]} */
    this.cells = [];
    /** @type {Map<string, ShownPanel>} */
    this.shown = new Map();
    /** @type {string[]} */
    this.notes = [];
  }

  /** @param {Section} section */
  addSection({ row, cells }) {
    const repeats = row && scopesOf(row, this.values, undefined);
    if (row && repeats) this.noteCut(row, repeats);
    for (const scope of repeats?.scopes ?? [undefined]) {
      if (row) {
        const shown = shownPanel(row, scope, cells.length);
        if (!this.add(shown, this.skyline.putRow(shown.id))) return;
        if (isFolded(shown, this.folded)) continue;
      }
      for (const cell of cells) this.addCell(cell, scope);
    }
  }

  /**
   * @param {Cell} cell
   * @param {Scope | undefined} outer
   */
  addCell(cell, outer) {
    const panel = this.saved.get(cell.id);
    if (!panel) return;
    const repeats = scopesOf(panel, this.values, outer);
    if (!repeats) {
      const shown = shownPanel(panel, outer);
      this.add(shown, this.skyline.put({ ...cell, id: shown.id }));
      return;
    }
    this.noteCut(panel, repeats);
    const top = this.skyline.over(0, COLUMNS);
    const places = repeatPlaces(panel, repeats.scopes.length, cell.h);
    repeats.scopes.forEach((scope, index) => {
      const place = places[index];
      const shown = shownPanel(panel, scope);
      if (place) this.add(shown, { id: shown.id, ...place, y: top + place.y });
    });
    const bottom = Math.max(...places.map((place) => place.y + place.h));
    this.skyline.tops.fill(top + bottom);
  }

  /**
   * @param {ShownPanel} panel
   * @param {Cell} cell
   * @returns {boolean} whether there was room for it
   */
  add(panel, cell) {
    if (this.shown.size >= SHOWN_MAX && !this.saved.has(panel.id)) {
      const note = `The page shows ${SHOWN_MAX} panels and rows. Repeats beyond that are left out: choose fewer values.`;
      if (!this.notes.includes(note)) this.notes.push(note);
      return false;
    }
    this.shown.set(panel.id, panel);
    this.cells.push(cell);
    return true;
  }

  /**
   * @param {ShownPanel} panel
   * @param {{scopes: Scope[], total: number}} repeats
   */
  noteCut(panel, { scopes, total }) {
    if (total <= scopes.length) return;
    const note = `“${panel.title || panel.type}” is shown for ${REPEATS_MAX} of the ${total} values of ${panel.options?.repeat}. Choose fewer to see the others.`;
    if (!this.notes.includes(note)) this.notes.push(note);
  }
}
