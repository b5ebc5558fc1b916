// The threshold over a chart: a line that is dragged, or moved by the arrow keys. It is the same number as in the field.
import { h, useRef } from '../../ui/html.js';
import { formatLimit } from '../../lib/alerts.js';
import { snap, stepOf } from '../../lib/rule-draft.js';

/**
 * @typedef {object} ThresholdLineProps
 * @property {import('../../charts/alert-overlay.js').Plot} plot
 * @property {number} value
 * @property {string} severity
 * @property {string | null} unit
 * @property {(value: number, how: 'drag' | 'drop' | 'key') => void} onChange
 */

// Half of the target's height.
const REACH_PX = 12;

/** @param {ThresholdLineProps} props */
export function ThresholdLine({ plot, value, severity, unit, onChange }) {
  const drag = useRef(/** @type {{atY: number, from: number, last: number} | null} */ (null));
  const step = stepOf(plot.min, plot.max);
  const perPx = (plot.max - plot.min) / Math.max(1, plot.height);
  const share = Math.min(1, Math.max(0, (value - plot.min) / (plot.max - plot.min || 1)));
  const text = formatLimit(value, unit);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const moves = /** @type {Record<string, number>} */ ({ ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 });
    const move = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move === undefined && event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    onChange(move === undefined ? snap(event.key === 'Home' ? plot.min : plot.max, step) : snap(value + move * step, step), 'key');
  };
  /** @param {PointerEvent} event @returns {number} */
  const valueAt = (event) => {
    const { atY, from } = drag.current ?? { atY: event.clientY, from: value };
    return Math.min(plot.max, Math.max(plot.min, snap(from - (event.clientY - atY) * perPx, step)));
  };
  /** @param {PointerEvent} event */
  const onPointerDown = (event) => {
    if (event.button !== 0) return;
    const element = /** @type {HTMLElement} */ (event.currentTarget);
    element.setPointerCapture(event.pointerId);
    drag.current = { atY: event.clientY, from: value, last: value };
    element.focus({ preventScroll: true });
    event.preventDefault();
  };
  /** @param {PointerEvent} event */
  const onPointerMove = (event) => {
    if (drag.current === null) return;
    drag.current.last = valueAt(event);
    onChange(drag.current.last, 'drag');
  };
  /** @param {boolean} isKept */
  const end = (isKept) => () => {
    if (drag.current === null) return;
    const { last, from } = drag.current;
    drag.current = null;
    onChange(isKept ? last : from, 'drop');
  };
  return h('div', {
    class: `threshold-line is-${severity}`, role: 'slider', tabIndex: 0, 'aria-label': 'Threshold', 'aria-orientation': 'vertical', 'aria-valuemin': plot.min, 'aria-valuemax': plot.max,
    'aria-valuenow': value, 'aria-valuetext': text, title: 'Drag, or use the arrow keys',
    style: { left: `${plot.left}px`, width: `${plot.width}px`, top: `${plot.top + (1 - share) * plot.height - REACH_PX}px` },
    onKeyDown, onPointerDown, onPointerMove, onPointerUp: end(true), onPointerCancel: end(false),
  }, h('span', { class: 'threshold-grip' }, text));
}
