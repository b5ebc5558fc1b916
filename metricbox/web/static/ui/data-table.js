// A table of many rows: sorted by a click on a head, only the rows in sight are in the page, and it scrolls by keys.
import { h, useEffect, useMemo, useRef, useState } from './html.js';
import { Icon } from './icon.js';
import { useStyle } from './use-style.js';
import { nextSort, sortRows, visibleRows } from '../lib/table-rows.js';

/** @typedef {import('../lib/table-rows.js').Sort} Sort */

/**
 * @typedef {object} DataColumn
 * @property {string} key
 * @property {string} label
 * @property {'start' | 'end'} [align] end for numbers
 * @property {(value: any) => string} [format]
 * @property {(value: any, row: readonly unknown[]) => import('./html.js').Children} [render] in place of format, for marks beside the text
 */

/**
 * @typedef {object} DataTableProps
 * @property {string} caption
 * @property {DataColumn[]} columns
 * @property {readonly (readonly unknown[])[]} rows a value for each column
 * @property {Sort | null} [sort] that it begins with
 * @property {(sort: Sort | null) => void} [onSort] told of another order, to keep it
 * @property {boolean} [isCaptionHidden] for one that stands under its own title
 */

// As in data-table.css. Rows of one height are what makes the place of each known.
const ROW_PX = 30;
// Up to here all rows are in the page: the browser's own search finds them.
const WHOLE_MAX = 200;
/** Browsers refuse taller elements than about 17 million pixels. */
export const ROWS_MAX = 500_000;
const SAMPLE = 100;

/** @param {DataTableProps} props */
export function DataTable({ caption, columns, rows, sort: first = null, onSort, isCaptionHidden = false }) {
  const [sort, setSort] = useState(first);
  const isReady = useStyle('/static/styles/data-table.css');
  const sorted = useMemo(() => sortRows(rows.length > ROWS_MAX ? rows.slice(0, ROWS_MAX) : rows, columns.findIndex((column) => column.key === sort?.key), sort?.isDescending ?? false),
    [rows, sort, columns]);
  const { scroller, view } = useView(isReady);
  const widths = useMemo(() => columnWidths(columns, rows), [columns, rows]);
  if (!isReady) return h('div', { class: 'data-table', 'aria-busy': 'true' });
  const isWhole = sorted.length <= WHOLE_MAX;
  const { first: from, end } = isWhole ? { first: 0, end: sorted.length } : visibleRows({ ...view, rowHeight: ROW_PX, count: sorted.length });
  /** @param {DataColumn} column */
  const click = (column) => {
    const next = nextSort(sort, column.key, column.align === 'end');
    setSort(next);
    onSort?.(next);
    if (scroller.current) scroller.current.scrollTop = 0;
  };
  return h('div', { class: 'data-table', ref: scroller, tabIndex: 0, role: 'group', 'aria-label': caption },
    h('table', { 'aria-rowcount': sorted.length + 1 },
      h('caption', { class: isCaptionHidden ? 'only-spoken' : 'data-caption' }, caption),
      h('colgroup', null, columns.map((column, index) => h('col', { key: column.key, style: { width: `${widths[index]}ch` } }))),
      h('thead', null, h('tr', { 'aria-rowindex': 1 }, columns.map((column) => h(Head, { key: column.key, column, sort, onClick: () => click(column) })))),
      h('tbody', null,
        h(Space, { key: 'above', rows: from, columns: columns.length }),
        sorted.slice(from, end).map((row, offset) => h('tr', { key: from + offset, 'aria-rowindex': from + offset + 2 },
          columns.map((column, index) => h(Cell, { key: column.key, column, value: row[index], row })))),
        h(Space, { key: 'below', rows: sorted.length - end, columns: columns.length }))),
    rows.length > ROWS_MAX ? h('p', { class: 'data-rest' }, `The first ${ROWS_MAX.toLocaleString()} of ${rows.length.toLocaleString()} rows. A file has them all.`) : null);
}

/**
 * What of the table is in sight.
 * @param {boolean} isReady
 */
function useView(isReady) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 400 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const read = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, [isReady]);
  return { scroller, view };
}

/** @param {{column: DataColumn, sort: Sort | null, onClick: () => void}} props */
function Head({ column, sort, onClick }) {
  const order = sort?.key !== column.key ? undefined : sort.isDescending ? 'descending' : 'ascending';
  return h('th', { scope: 'col', class: column.align === 'end' ? 'is-end' : undefined, 'aria-sort': order },
    h('button', { type: 'button', class: 'data-head', onClick, title: column.label },
      h('span', { class: 'data-text' }, column.label),
      h('span', { class: `data-order${order === undefined ? '' : ` is-${order}`}` }, order === undefined ? null : h(Icon, { name: 'down', size: 12 }))));
}

/** @param {{column: DataColumn, value: unknown, row: readonly unknown[]}} props */
function Cell({ column, value, row }) {
  const text = textOf(column, value);
  return h('td', { class: column.align === 'end' ? 'is-end' : undefined },
    h('span', { class: 'data-text', title: text }, column.render ? column.render(value, row) : text));
}

/**
 * @param {DataColumn} column
 * @param {unknown} value
 */
function textOf(column, value) {
  if (column.format) return column.format(value);
  return value === null || value === undefined ? '–' : String(value);
}

/** The place of rows that are not in the page. @param {{rows: number, columns: number}} props */
function Space({ rows, columns }) {
  if (rows <= 0) return null;
  return h('tr', { class: 'data-space', 'aria-hidden': 'true' }, h('td', { colSpan: columns, style: { height: `${rows * ROW_PX}px` } }));
}

/**
 * In characters, by a sample: with the browser's own, columns would change as rows scroll in.
 * @param {DataColumn[]} columns
 * @param {readonly (readonly unknown[])[]} rows
 */
function columnWidths(columns, rows) {
  const stride = Math.max(1, Math.floor(rows.length / SAMPLE));
  return columns.map((column, index) => {
    // The cell's padding is as wide as four digits; a head has the arrow of its order besides.
    let most = column.label.length + 6;
    for (let at = 0; at < rows.length; at += stride) most = Math.max(most, textOf(column, rows[at]?.[index]).length + (column.render ? 6 : 4));
    return Math.min(52, most);
  });
}
