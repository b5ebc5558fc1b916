// Selects: the browser's own, which phones and keyboards know.
import { h } from './html.js';
import { Field } from './field.js';

/** @typedef {{value: string, label: string}} Option */

/**
 * @typedef {object} SelectProps
 * @property {string} value
 * @property {Option[]} options
 * @property {(value: string) => void} onChange
 * @property {string} [name]
 * @property {string} [id]
 * @property {string} [label] spoken, where no label stands beside it
 * @property {string | undefined} [describedBy]
 * @property {boolean} [isInvalid]
 * @property {boolean} [isDisabled]
 * @property {boolean} [isSmall] as high as a button
 */

/** @param {SelectProps} props */
export function Select({ value, options, onChange, name, id, label, describedBy, isInvalid = false, isDisabled = false, isSmall = false }) {
  return h('select', {
    id, name, class: isSmall ? 'select is-small' : 'select', 'aria-label': label, 'aria-describedby': describedBy,
    'aria-invalid': isInvalid || undefined, disabled: isDisabled, value,
    onChange: (/** @type {Event} */ event) => {
      const element = /** @type {HTMLSelectElement} */ (event.currentTarget);
      const wanted = element.value;
      // What is shown is what the page says, until it says otherwise.
      element.value = value;
      onChange(wanted);
    },
  }, options.map((option) => h('option', { key: option.value, value: option.value }, option.label)));
}

/**
 * @typedef {object} SelectFieldProps
 * @property {string} label
 * @property {string} name
 * @property {string} value
 * @property {Option[]} options
 * @property {(value: string) => void} onChange
 * @property {string} [help]
 * @property {string | null} [error]
 */

/** @param {SelectFieldProps} props */
export function SelectField({ label, help, error, ...select }) {
  return h(Field, {
    label,
    error: error ?? null,
    ...(help ? { help } : {}),
    children: ({ id, describedBy, isInvalid }) => h(Select, { ...select, id, describedBy, isInvalid }),
  });
}
