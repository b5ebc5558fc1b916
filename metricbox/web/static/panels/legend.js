// The legend of a chart: one button per series, with its newest value.
import { h, useRef, useState } from '../ui/html.js';
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
  /** @param {MouseEvent} event @param {string} key */
  const click = (event, key) => {
    onHide(hiddenAfterClick(event, { keys, hidden, key, previous: lastClicked.current }));
    lastClicked.current = key;
  };
  return h('div', { class: 'legend' },
    frame.series.length > FILTER_FROM ? h(LegendFilter, { count: frame.series.length, filter, onFilter: setFilter }) : null,
    h('ul', { class: 'legend-list', onMouseLeave: () => onFocus(null) }, shown.map((series) => {
      const isShown = !hidden.has(series.key);
      return h('li', { key: series.key }, h('button', {
        type: 'button', class: 'legend-item', 'aria-pressed': isShown, title: `${series.text}\nClick: only this one · Ctrl+click: on or off · Shift+click: a run`,
        onClick: (/** @type {MouseEvent} */ event) => click(event, series.key),
        onMouseEnter: () => onFocus(isShown ? series.key : null),
        onFocus: () => onFocus(isShown ? series.key : null),
        onBlur: () => onFocus(null),
      },
      h(Swatch, { style: slotStyle(slots.get(series.key) ?? 0) }),
      h('span', { class: 'legend-name' }, series.text),
      h('span', { class: 'legend-value' }, formatValue(calculate(finishedValues(frame, series), 'last'), unit, { decimals }))));
    })));
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
