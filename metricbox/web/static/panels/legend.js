// The legend of a chart: one button per series, with its newest value.
import { h, useMemo, useRef, useState } from '../ui/html.js';
import { calculate } from '../lib/reading.js';
import { slotStyle } from '../lib/color.js';
import { formatValue } from '../lib/format.js';
import { finishedValues } from '../lib/frames.js';
import { hiddenAfterClick } from './legend-model.js';

// From here on a reader looks for a name instead of reading the list.
export const FILTER_FROM = 20;

/**
 * @typedef {object} LegendProps
 * @property {import('../lib/frames.js').Frame} frame
 * @property {ReadonlyMap<string, number>} slots
 * @property {ReadonlySet<string>} hidden
 * @property {string | null} unit
 * @property {number | null} decimals
 * @property {(hidden: Set<string>) => void} onHide
 * @property {(key: string | null) => void} onFocus
 */

/** @param {LegendProps} props */
export function Legend({ frame, slots, hidden, unit, decimals, onHide, onFocus }) {
  const lastClicked = useRef('');
  const [filter, setFilter] = useState('');
  const keys = frame.series.map((series) => series.key);
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === '' ? frame.series : frame.series.filter((series) => series.text.toLowerCase().includes(wanted));
  const act = useRef(/** @type {LegendAct} */ ({ click: () => {}, focus: onFocus })).current;
  act.click = (event, key) => {
    onHide(hiddenAfterClick(event, { keys, hidden, key, previous: lastClicked.current }));
    lastClicked.current = key;
  };
  act.focus = onFocus;
  return h('div', { class: 'legend' },
    frame.series.length > FILTER_FROM ? h(LegendFilter, { count: frame.series.length, filter, onFilter: setFilter }) : null,
    h('ul', { class: 'legend-list', onMouseLeave: () => onFocus(null) }, shown.map((series) => h(LegendItem, {
      key: series.key, id: series.key, text: series.text, isShown: !hidden.has(series.key), slot: slots.get(series.key) ?? 0, act,
      value: formatValue(calculate(finishedValues(frame, series), 'last'), unit, { decimals }),
    }))));
}

/** @typedef {{click: (event: MouseEvent, key: string) => void, focus: (key: string | null) => void}} LegendAct */

/**
 * The same element until something in it changes: a page has hundreds of these, and most stand still at a refresh.
 * @param {{id: string, text: string, value: string, isShown: boolean, slot: number, act: LegendAct}} props
 */
function LegendItem({ id, text, value, isShown, slot, act }) {
  return useMemo(() => h('li', null, h('button', {
    type: 'button', class: 'legend-item', 'aria-pressed': isShown, title: `${text}\nClick: only this one · Ctrl+click: on or off · Shift+click: a run`,
    onClick: (/** @type {MouseEvent} */ event) => act.click(event, id),
    onMouseEnter: () => act.focus(isShown ? id : null),
    onFocus: () => act.focus(isShown ? id : null),
    onBlur: () => act.focus(null),
  },
  h(Swatch, { style: slotStyle(slot) }),
  h('span', { class: 'legend-name' }, text),
  h('span', { class: 'legend-value' }, value))), [id, text, value, isShown, slot, act]);
}

/** @param {{count: number, filter: string, onFilter: (text: string) => void}} props */
export function LegendFilter({ count, filter, onFilter }) {
  return h('input', {
    class: 'input legend-filter', type: 'search', value: filter, placeholder: `Filter ${count} series`, 'aria-label': 'Filter the legend',
    onInput: (/** @type {Event} */ event) => onFilter(/** @type {HTMLInputElement} */ (event.currentTarget).value),
  });
}

/** @param {{style: {color: number, dash: number[]}}} props */
export function Swatch({ style: { color, dash } }) {
  return h('span', { class: `legend-swatch is-slot-${color + 1}${dash.length === 0 ? '' : dash[0] === 6 ? ' is-dashed' : ' is-dotted'}` });
}
