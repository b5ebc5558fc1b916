// The grid of panels. Owns gridstack: made on mount, told of moves, destroyed on unmount. Static in this release; what is
// drawn comes from grid-model.js, so editing later changes cells and nothing else here.
//
// Items are rendered by preact in reading order and keyed by panel; their gs-… attributes are written at creation only and
// changed through grid.update, because preact must not fight gridstack for the item's own element.
import 'gridstack';
import { h, useLayoutEffect, useRef } from '../ui/html.js';
import { COLUMNS, GAP_PX, ROW_PX } from './grid-model.js';

/** @typedef {import('./grid-model.js').Cell} Cell */
/** @typedef {import('gridstack').GridStack} GridStack */

/**
 * @typedef {object} GridProps
 * @property {Cell[]} cells in reading order
 * @property {boolean} isStacked one column, on phones: plain document flow without gridstack, so that the saved layout can
 *   never be touched by it
 * @property {(id: string) => import('../ui/html.js').Children} renderCell
 * @property {(id: string) => string} cellClass
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
    if (!(element instanceof HTMLElement)) continue;
    const cell = byId.get(element.getAttribute('gs-id') ?? '');
    if (!cell) continue;
    const { id, ...place } = cell;
    const node = grid.engine.nodes.find((item) => item.el === element);
    if (!node) grid.makeWidget(element, { id, ...place });
    else if (node.x !== cell.x || node.y !== cell.y || node.w !== cell.w || node.h !== cell.h) grid.update(element, place);
  }
  grid.batchUpdate(false);
}

/** @param {GridProps} props */
export function Grid({ cells, isStacked, renderCell, cellClass }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const grid = useRef(/** @type {GridStack | null} */ (null));
  useLayoutEffect(() => {
    if (!host.current || isStacked) return undefined;
    grid.current = start(host.current);
    return () => {
      // false: the elements belong to preact.
      grid.current?.destroy(false);
      grid.current = null;
    };
  }, [isStacked]);
  useLayoutEffect(() => {
    if (grid.current && host.current) sync(grid.current, host.current, cells);
  }, [cells, isStacked]);
  return h('div', { class: isStacked ? 'grid is-stacked' : 'grid', ref: host },
    cells.map((cell) => h(GridCell, { key: cell.id, cell, className: cellClass(cell.id) }, renderCell(cell.id))));
}

/** @param {{cell: Cell, className: string, children?: import('../ui/html.js').Children}} props */
function GridCell({ cell, className, children }) {
  // The first place for good: preact must see no change in these attributes.
  const first = useRef(cell).current;
  return h('div', {
    class: 'grid-stack-item', 'gs-id': first.id, 'gs-x': first.x, 'gs-y': first.y, 'gs-w': first.w, 'gs-h': first.h,
  }, h('div', { class: `grid-stack-item-content ${className}` }, children));
}
