// The legend as a table: a row per series with what was calculated of it, sorted by a click on a head. The names are the same
// buttons as in the list.
import { h, useRef, useState } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { slotStyle } from '../lib/color.js';
import { formatValue } from '../lib/format.js';
import { CALCULATION_LABELS, LEGEND_COLUMNS } from '../lib/frame-table.js';
import { finishedValues } from '../lib/frames.js';
import { calculate } from '../lib/reading.js';
import { nextSort, sortRows } from '../lib/table-rows.js';
import { keepSort, keptSort } from '../state/panel-sort.js';
import { hiddenAfterClick } from './legend-model.js';
import { FILTER_FROM, LegendFilter, Swatch } from './legend.js';

/** @typedef {import('../lib/reading.js').Calculation} Calculation */
/** @typedef {import('../lib/frames.js').FrameSeries} FrameSeries */

const NAME = 'name';

/**
 * @typedef {import('./legend.js').LegendProps & {panelId: string, calculations: readonly Calculation[] | null}} LegendTableProps
 */

/** @param {LegendTableProps} props */
export function LegendTable({ frame, slots, hidden, unit, decimals, onHide, onFocus, panelId, calculations }) {
  const lastClicked = useRef('');
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState(() => keptSort(panelId));
  const columns = calculations && calculations.length > 0 ? [...new Set(calculations)] : LEGEND_COLUMNS;
  const wanted = filter.trim().toLowerCase();
  /** @type {(readonly [FrameSeries, string, ...(number | null)[]])[]} */
  const rows = frame.series.filter((series) => wanted === '' || series.text.toLowerCase().includes(wanted)).map((series) => {
    const values = finishedValues(frame, series);
    return [series, series.text, ...columns.map((calculation) => calculate(values, calculation))];
  });
  const column = sort === null ? -1 : sort.key === NAME ? 1 : columns.findIndex((calculation) => calculation === sort.key) + 2;
  const sorted = sortRows(rows, column === 1 && sort?.key !== NAME ? -1 : column, sort?.isDescending ?? false);
  /** @param {string} key */
  const order = (key) => {
    const next = nextSort(sort, key, key !== NAME);
    setSort(next);
    keepSort(panelId, next);
  };
  // A run is what stands between two rows as they are sorted, and series that the filter leaves out keep their state.
  const keys = [...sorted.map(([series]) => series.key), ...frame.series.map((series) => series.key).filter((key) => !sorted.some(([series]) => series.key === key))];
  /** @param {MouseEvent} event @param {string} key */
  const click = (event, key) => {
    onHide(hiddenAfterClick(event, { keys, hidden, key, previous: lastClicked.current }));
    lastClicked.current = key;
  };
  return h('div', { class: 'legend is-table' },
    frame.series.length > FILTER_FROM ? h(LegendFilter, { count: frame.series.length, filter, onFilter: setFilter }) : null,
    h('table', { class: 'legend-table', onMouseLeave: () => onFocus(null) },
      h('thead', null, h('tr', null,
        h(Head, { label: 'Series', sort: sort?.key === NAME ? sort : null, onClick: () => order(NAME) }),
        columns.map((calculation) => h(Head, { key: calculation, label: CALCULATION_LABELS[calculation], sort: sort?.key === calculation ? sort : null, onClick: () => order(calculation) })))),
      h('tbody', null, sorted.map(([series, , ...values]) => {
        const isShown = !hidden.has(series.key);
        return h('tr', { key: series.key, onMouseEnter: () => onFocus(isShown ? series.key : null) },
          h('th', { scope: 'row' }, h('button', {
            type: 'button', class: 'legend-item', 'aria-pressed': isShown, title: `${series.text}\nClick: only this one · Ctrl+click: on or off · Shift+click: a run`,
            onClick: (/** @type {MouseEvent} */ event) => click(event, series.key),
            onFocus: () => onFocus(isShown ? series.key : null),
            onBlur: () => onFocus(null),
          }, h(Swatch, { style: slotStyle(slots.get(series.key) ?? 0) }), h('span', { class: 'legend-name' }, series.text))),
          values.map((value, index) => h('td', { key: columns[index] }, formatValue(value, columns[index] === 'count' ? null : unit, { decimals: columns[index] === 'count' ? 0 : decimals }))));
      }))));
}

/** @param {{label: string, sort: import('../lib/table-rows.js').Sort | null, onClick: () => void}} props */
function Head({ label, sort, onClick }) {
  const order = sort === null ? undefined : sort.isDescending ? 'descending' : 'ascending';
  return h('th', { scope: 'col', 'aria-sort': order }, h('button', { type: 'button', class: 'legend-head', onClick },
    label, order ? h('span', { class: `legend-order is-${order}` }, h(Icon, { name: 'down', size: 12 })) : null));
}
