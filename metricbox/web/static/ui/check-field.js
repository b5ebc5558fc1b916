// One thing that is on or off: a checkbox with its label, and a line of help.
import { h, useId } from './html.js';

/**
 * @typedef {object} CheckFieldProps
 * @property {string} label
 * @property {boolean} value
 * @property {(value: boolean) => void} onChange
 * @property {string} [help]
 */

/** @param {CheckFieldProps} props */
export function CheckField({ label, value, onChange, help }) {
  const id = useId();
  return h('div', { class: 'check-field' },
    h('label', { class: 'choice-item' },
      h('input', {
        type: 'checkbox', checked: value, 'aria-describedby': help ? id : undefined,
        onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
      }),
      h('span', null, label)),
    help ? h('p', { id, class: 'field-help' }, help) : null);
}
