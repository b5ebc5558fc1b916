// Drag and resize on the grid of panels, fetched when somebody edits. gridstack follows the pointer; where panels go is computed by
// grid-moves.js while the drag goes on, so that what is seen is what will be saved.
import { putCells } from './grid.js';
import { moveCell, resizeCell } from './grid-moves.js';

/** @typedef {import('./grid-model.js').Cell} Cell */
/** @typedef {import('./grid-moves.js').Least} Least */
/** @typedef {import('./grid.js').GridDrag} GridDrag */
/** @typedef {import('gridstack').GridStack} GridStack */
/** @typedef {import('gridstack').GridStackNode & {_resizing?: boolean}} Node */

/**
 * @typedef {object} DragWish
 * @property {(id: string) => Least} leastOf smallest size of a panel
 * @property {(isHeld: boolean) => void} onHold a panel is in somebody's hand, or no more
 * @property {(id: string, cells: Cell[], isResized: boolean) => void} onMoved where all panels are, once it is let go
 */

// What takes hold of a panel; the class is of pages/edit-tools.js.
const HANDLE = '.edit-tools';

/**
 * @param {DragWish} wish
 * @returns {(grid: GridStack, resync: () => void) => GridDrag} for the grid's `editor`
 */
export function makeDrag(wish) {
  return (grid, resync) => {
    /** @type {Cell[]} where panels were when the drag began */
    let start = [];
    const stopRules = setRules(grid, () => start, wish);
    grid.opts.draggable = { handle: HANDLE, scroll: true };
    grid.opts.resizable = { handles: 'se' };
    grid.opts.alwaysShowResizeHandle = true;
    grid.on('dragstart resizestart', () => {
      start = cellsOf(grid);
      wish.onHold(true);
    });
    grid.on('dragstop resizestop', (/** @type {Event} */ event, /** @type {import('gridstack').GridItemHTMLElement} */ element) => {
      const before = new Map(start.map((cell) => [cell.id, cell]));
      start = [];
      wish.onHold(false);
      const cells = cellsOf(grid);
      const isSame = cells.every((cell) => isSamePlace(cell, before.get(cell.id)));
      if (isSame) resync();
      else wish.onMoved(element.gridstackNode?.id ?? '', cells, event.type === 'resizestop');
    });
    grid.setStatic(false);
    return {
      isBusy: () => start.length > 0,
      stop: () => {
        grid.off('dragstart resizestart dragstop resizestop');
        grid.setStatic(true);
        stopRules();
      },
    };
  };
}

/**
 * The library's own rules push panels far down; ours stand in for them as long as a drag lasts.
 * @param {GridStack} grid
 * @param {() => Cell[]} startOf empty when nothing is dragged
 * @param {DragWish} wish
 * @returns {() => void} puts the library's own back
 */
function setRules(grid, startOf, wish) {
  const { engine } = grid;
  const usual = engine.moveNodeCheck;
  engine.moveNodeCheck = (/** @type {Node} */ node, to) => {
    const start = startOf();
    if (start.length === 0) return usual.call(engine, node, to);
    const id = node.id ?? '';
    const next = node._resizing ? resizeCell(start, id, { w: to.w ?? 0, h: to.h ?? 0 }, wish.leastOf(id)) : moveCell(start, id, { x: to.x ?? 0, y: to.y ?? 0 });
    return putCells(grid, next).has(id);
  };
  return () => { engine.moveNodeCheck = usual; };
}

/**
 * @param {Cell} left
 * @param {Cell | undefined} right
 */
function isSamePlace(left, right) {
  return right !== undefined && left.x === right.x && left.y === right.y && left.w === (right.w ?? 1) && left.h === (right.h ?? 1);
}

/**
 * @param {GridStack} grid
 * @returns {Cell[]}
 */
function cellsOf({ engine }) {
  return engine.nodes.map(({ id = '', x = 0, y = 0, w = 1, h = 1 }) => ({ id, x, y, w, h }));
}
