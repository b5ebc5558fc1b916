// Time as a row of cells, one of which can be chosen: arrows walk, Enter chooses. The height says the same as the colour.
import { h, useRef, useState } from './html.js';

/** @typedef {{key: number, kind: string, text: string}} StripCell kind: a class */

/**
 * @typedef {object} HourStripProps
 * @property {string} label
 * @property {readonly StripCell[]} cells
 * @property {readonly {key: number, left: number, text: string}[]} marks under them; left: percent of the width
 * @property {(key: number) => void} onPick
 */

/** @param {HourStripProps} props */
export function HourStrip({ label, cells, marks, onPick }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const strip = useRef(/** @type {HTMLElement | null} */ (null));
  const found = cells.findIndex((cell) => cell.key === at);
  const active = found < 0 ? cells.length - 1 : found;
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const steps = /** @type {Record<string, number>} */ ({
      ArrowRight: active + 1, ArrowLeft: active - 1, PageDown: active + 24, PageUp: active - 24, Home: 0, End: cells.length - 1,
    });
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const next = Math.min(cells.length - 1, Math.max(0, wanted));
    setAt(cells[next]?.key ?? null);
    const element = strip.current?.children[next];
    if (element instanceof HTMLElement) element.focus();
  };
  return h('div', { class: 'hour-strip' },
    h('div', { class: 'hour-cells', role: 'toolbar', 'aria-label': label, ref: strip, onKeyDown }, cells.map((cell, index) => h('button', {
      key: cell.key, type: 'button', class: `hour-cell is-${cell.kind}`, tabIndex: index === active ? 0 : -1, 'aria-label': cell.text, title: cell.text,
      onFocus: () => setAt(cell.key), onClick: () => onPick(cell.key),
    }, h('span', { class: 'hour-bar', 'aria-hidden': 'true' })))),
    h('div', { class: 'hour-marks', 'aria-hidden': 'true' }, marks.map((mark) => h('span', { key: mark.key, class: 'hour-mark', style: { left: `${mark.left}%` } }, mark.text))));
}
