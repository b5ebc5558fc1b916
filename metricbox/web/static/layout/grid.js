// The grid of panels. Owns gridstack: made on mount, told of moves, destroyed on unmount. What is drawn comes
// from grid-model.js; dragging is lent to it by grid-edit.js while somebody edits.
//
// Items are rendered by preact in reading order and keyed by panel; their gs-… attributes are written at creation only and
// changed through the library, because preact must not fight gridstack for the item's own element.
import 'gridstack';
import { h, useLayoutEffect, useRef } from '../ui/html.js';
import { COLUMNS, GAP_PX, ROW_PX } from './grid-model.js';

/** @typedef {import('./grid-model.js').Cell} Cell */
/** @typedef {import('gridstack').GridStack} GridStack */
/** @typedef {{isBusy: () => boolean, stop: () => void}} GridDrag isBusy: a panel is in somebody's hand */

/**
 * @typedef {object} GridProps
 * @property {Cell[]} cells in reading order
 * @property {boolean} isStacked one column, on phones: plain document flow without gridstack, so that the saved layout can
 *   never be touched by it
 * @property {(id: string) => import('../ui/html.js').Children} renderCell
 * @property {(id: string) => string} cellClass
 * @property {((grid: GridStack, resync: () => void) => GridDrag) | null} [editor] the same as long as somebody edits
 * @property {(id: string) => boolean} [isFixed] whether a panel has one size only
 */

/** @returns {typeof import('gridstack').GridStack} */
function library() {
  // The published bundle puts itself on the global object; its module files import without extensions.
  return /** @type {any} */ (globalThis).GridStack;
}

/**
 * @param {HTMLElement} host
 * @returns {GridStack}
 */
function start(host) {
  const grid = library().init({
    column: COLUMNS,
    cellHeight: ROW_PX + GAP_PX,
    margin: GAP_PX / 2,
    mode: 'top',
    staticGrid: true,
    animate: false,
    auto: true,
  }, host);
  // Only a selector that finds nothing gives null, and the host is an element.
  if (!grid) throw new Error('gridstack did not start');
  return grid;
}

/**
 * Puts panels where they belong, all at once. The library's own way, one after the other, pushes those that are there already out
 * of the way of the next one.
 * @param {GridStack} grid
 * @param {Cell[]} cells
 * @returns {Set<string>} ids of those that moved
 */
export function putCells({ engine }, cells) {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  /** @type {Set<string>} */
  const moved = new Set();
  for (const node of engine.nodes) {
    const cell = byId.get(node.id ?? '');
    if (!cell || (node.x === cell.x && node.y === cell.y && node.w === cell.w && node.h === cell.h)) continue;
    Object.assign(node, { x: cell.x, y: cell.y, w: cell.w, h: cell.h, _dirty: true });
    moved.add(cell.id);
  }
  /** @type {any} */ (engine)._notify();
  return moved;
}

/**
 * Brings gridstack to the wanted cells after preact has put the elements in place.
 * @param {GridStack} grid
 * @param {HTMLElement} host
 * @param {Cell[]} cells
 */
function sync(grid, host, cells) {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  grid.batchUpdate();
  for (const node of [...grid.engine.nodes]) {
    // An element that preact has taken out already; gridstack only forgets it.
    if (node.el && !host.contains(node.el)) grid.removeWidget(node.el, false, false);
  }
  for (const element of host.children) {
    const cell = element instanceof HTMLElement && byId.get(element.getAttribute('gs-id') ?? '');
    if (cell && !grid.engine.nodes.some((node) => node.el === element)) grid.makeWidget(element, { ...cell, noResize: element.hasAttribute('gs-no-resize') });
  }
  grid.batchUpdate(false);
  putCells(grid, cells);
}

/** @param {GridProps} props */
export function Grid({ cells, isStacked, renderCell, cellClass, editor = null, isFixed }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const grid = useRef(/** @type {GridStack | null} */ (null));
  const drag = useRef(/** @type {GridDrag | null} */ (null));
  const latest = useRef(cells);
  latest.current = cells;
  const stopDrag = () => {
    drag.current?.stop();
    drag.current = null;
  };
  useLayoutEffect(() => {
    if (!host.current || isStacked) return undefined;
    grid.current = start(host.current);
    return () => {
      stopDrag();
      // false: the elements belong to preact.
      grid.current?.destroy(false);
      grid.current = null;
    };
  }, [isStacked]);
  const resync = () => {
    if (grid.current && host.current && !drag.current?.isBusy()) sync(grid.current, host.current, latest.current);
  };
  useLayoutEffect(() => {
    if (!grid.current || !editor) return undefined;
    drag.current = editor(grid.current, resync);
    return stopDrag;
  }, [editor, isStacked]);
  useFocusKept(host);
  useLayoutEffect(resync, [cells, isStacked]);
  // The library has classes of its own on this element, which another text here would take away.
  return h('div', { class: isStacked ? 'grid is-stacked' : 'grid', 'data-editing': editor !== null, ref: host },
    cells.map((cell) => h(GridCell, { key: cell.id, cell, className: cellClass(cell.id), isFixed: isFixed?.(cell.id) ?? false }, renderCell(cell.id))));
}

/**
 * Panels follow the reading order in the document, and an element that is moved there loses the focus.
 * @param {{current: HTMLElement | null}} host
 */
function useFocusKept(host) {
  const active = document.activeElement;
  const inside = active instanceof HTMLElement && host.current?.contains(active) ? active : null;
  useLayoutEffect(() => {
    if (inside?.isConnected && document.activeElement === document.body) inside.focus({ preventScroll: true });
  });
}

/** @param {{cell: Cell, className: string, isFixed: boolean, children?: import('../ui/html.js').Children}} props */
function GridCell({ cell, className, isFixed, children }) {
  // The first place for good: preact must see no change in these attributes.
  const first = useRef({ ...cell, isFixed }).current;
  return h('div', {
    class: 'grid-stack-item', 'gs-id': first.id, 'gs-x': first.x, 'gs-y': first.y, 'gs-w': first.w, 'gs-h': first.h, 'gs-no-resize': first.isFixed || undefined,
  }, h('div', { class: `grid-stack-item-content ${className}` }, children));
}
