// A small field that is applied when it is left, or by Enter, and only when it can be.
import { h, useId, useState } from '../../ui/html.js';

/**
 * @typedef {object} ArgumentFieldProps
 * @property {string} label
 * @property {string} value
 * @property {string} [placeholder]
 * @property {(text: string) => string} faultOf "" for a good text
 * @property {(value: string) => void} onChange
 */

/** @param {ArgumentFieldProps} props */
export function ArgumentField({ label, value, placeholder, faultOf, onChange }) {
  const id = useId();
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  const text = draft ?? value;
  const fault = faultOf(text.trim());
  const commit = () => {
    if (fault !== '') return;
    setDraft(null);
    if (text.trim() !== value) onChange(text.trim());
  };
  return h('span', { class: 'argument' },
    h('input', {
      class: 'input is-code is-small', 'aria-label': label, title: label, value: text, placeholder, size: Math.min(24, Math.max(5, text.length, placeholder?.length ?? 0)), autocomplete: 'off', spellcheck: false,
      'aria-invalid': fault === '' ? undefined : true, 'aria-describedby': fault === '' ? undefined : id,
      onInput: (/** @type {Event} */ event) => setDraft(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      onBlur: commit,
      onKeyDown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') commit();
        else if (event.key === 'Escape' && draft !== null) {
          setDraft(null);
          event.stopPropagation();
        }
      },
    }),
    fault === '' ? null : h('span', { class: 'field-error', id, role: 'alert' }, fault));
}
