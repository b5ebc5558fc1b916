// Place and size of a panel as numbers, for those who neither drag nor count key presses.
import { h, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { focusFirstError, TextField } from '../ui/field.js';
import { COLUMNS, MAX_H } from '../layout/grid-model.js';

/** @typedef {{x: number, y: number, w: number, h: number}} Place */

/**
 * @typedef {object} PositionDialogProps
 * @property {Place} cell
 * @property {string} name of the panel
 * @property {boolean} isFixed it has one size, and the whole width
 * @property {import('../layout/grid-moves.js').Least} least
 * @property {(wanted: Place) => void} onPlace
 * @property {() => void} onClose
 */

const ROW_MAX = 10_000;

/**
 * @param {string} text
 * @param {number} low
 * @param {number} high
 * @returns {number | string} what is wrong with it
 */
function read(text, low, high) {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  return value >= low && value <= high ? value : `A whole number from ${low} to ${high}.`;
}

/** @param {PositionDialogProps} props */
export function PositionDialog({ cell, name, isFixed, least, onPlace, onClose }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [texts, setTexts] = useState({ x: String(cell.x + 1), y: String(cell.y + 1), w: String(cell.w), h: String(cell.h) });
  const [errors, setErrors] = useState(/** @type {Partial<Record<keyof Place, string>>} */ ({}));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const width = read(texts.w, least.minW, COLUMNS);
    const values = {
      x: read(texts.x, 1, typeof width === 'number' ? COLUMNS - width + 1 : COLUMNS), y: read(texts.y, 1, ROW_MAX), w: width, h: read(texts.h, isFixed ? 1 : least.minH, MAX_H),
    };
    const found = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
    setErrors(found);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return;
    }
    onClose();
    onPlace({ x: Number(values.x) - 1, y: Number(values.y) - 1, w: Number(values.w), h: Number(values.h) });
  };
  /** @param {keyof Place} key @param {string} label */
  const field = (key, label) => h(TextField, {
    key, label, name: key, value: texts[key], keys: 'numeric', error: errors[key] ?? null, hasFocus: key === (isFixed ? 'y' : 'x'),
    onInput: (/** @type {string} */ value) => setTexts({ ...texts, [key]: value }),
  });
  return h(Dialog, { title: `Position of ${name}`, onClose },
    h('form', { class: 'form', noValidate: true, ref: form, onSubmit: submit },
      h('p', { class: 'dialog-text' }, 'Panels in the way go under it, and gaps close upward.'),
      h('div', { class: 'place-fields' }, isFixed ? field('y', 'Row') : [field('x', 'Column'), field('y', 'Row'), field('w', 'Width'), field('h', 'Height')]),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary' }, 'Place'))));
}
