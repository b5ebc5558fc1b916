// A text of several lines.
import { h } from './html.js';
import { Field } from './field.js';

/**
 * @typedef {object} TextAreaProps
 * @property {string} label
 * @property {string} name
 * @property {string} value
 * @property {(value: string) => void} onInput
 * @property {number} rows
 * @property {string} [help]
 * @property {string | null} [error]
 * @property {boolean} [isCode]
 * @property {string} [placeholder]
 */

/** @param {TextAreaProps} props */
export function TextArea({ label, name, value, onInput, rows, help, error, isCode = false, placeholder }) {
  return h(Field, {
    label,
    error: error ?? null,
    ...(help ? { help } : {}),
    children: ({ id, describedBy, isInvalid }) => h('textarea', {
      id, name, rows, value, placeholder, class: isCode ? 'input is-area is-code' : 'input is-area', spellcheck: !isCode, 'aria-describedby': describedBy,
      'aria-invalid': isInvalid || undefined,
      onInput: (/** @type {Event} */ event) => onInput(/** @type {HTMLTextAreaElement} */ (event.currentTarget).value),
    }),
  });
}
