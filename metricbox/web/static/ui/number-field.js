// A number as people write it: 0.5 and 0,5, 90%, 1.5GiB, 5m. What is typed stays as it is typed; what it was understood as
// stands below, when it is not the same.
import { h, useEffect, useId, useState } from './html.js';
import { Field } from './field.js';
import { formatValue } from '../lib/format.js';
import { readNumber, writeNumber } from '../lib/numbers.js';

/**
 * @typedef {object} NumberFieldProps
 * @property {string} label
 * @property {boolean} [isLabelHidden] spoken only, where a table's head or the place says it
 * @property {number | null | undefined} value
 * @property {(value: number | null) => void} onChange at each keystroke that makes a number, or nothing
 * @property {string | null} [unit] key of lib/units.js
 * @property {string | null} [error]
 * @property {string} [placeholder] what nothing stands for
 * @property {boolean} [isRequired] nothing is no number here
 */

/** @param {NumberFieldProps} props */
export function NumberField({ label, isLabelHidden = false, value, onChange, unit = null, error = null, placeholder, isRequired = false }) {
  const [text, setText] = useState(writeNumber(value));
  const read = readNumber(text, unit);
  const isMissing = isRequired && read.value === null;
  useEffect(() => {
    // Undo and a change from elsewhere; what is typed and means the same stays.
    if (read.error === null && !isMissing && read.value !== (value ?? null)) setText(writeNumber(value));
  }, [value]);
  const fault = read.error !== null ? `${label} ${read.error}` : isMissing ? `${label} must be a number` : error;
  const help = fault === null && read.isConverted ? `= ${formatValue(read.value, unit, { decimals: null, significant: 6 })}` : '';
  const control = (/** @type {{id?: string, describedBy?: string | undefined, isInvalid: boolean}} */ { id, describedBy, isInvalid }) => h('input', {
    id, class: 'input', value: text, inputMode: 'text', autocomplete: 'off', spellcheck: false, placeholder, 'aria-label': isLabelHidden ? label : undefined,
    'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined,
    // What stands here is not what the form has: a form must not be sent over it.
    'data-unread': read.error !== null || isMissing || undefined,
    onInput: (/** @type {Event} */ event) => {
      const typed = /** @type {HTMLInputElement} */ (event.currentTarget).value;
      setText(typed);
      const next = readNumber(typed, unit);
      if (next.error === null && !(isRequired && next.value === null)) onChange(next.value);
    },
  });
  if (!isLabelHidden) return h(Field, { label, error: fault, ...(help === '' ? {} : { help }), children: control });
  return h(BareField, { fault, help, control });
}

/**
 * In a row whose head is its label.
 * @param {{fault: string | null, help: string, control: (how: {describedBy: string | undefined, isInvalid: boolean}) => import('./html.js').VNode}} props
 */
function BareField({ fault, help, control }) {
  const id = useId();
  const note = fault ?? help;
  return h('div', { class: fault === null ? 'field' : 'field is-invalid' },
    control({ describedBy: note === '' ? undefined : id, isInvalid: fault !== null }),
    note === '' ? null : h('p', { id, class: fault === null ? 'field-help' : 'field-error' }, note));
}
