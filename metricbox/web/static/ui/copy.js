// Text to take along. The clipboard is missing on plain HTTP, which is how most boxes on a LAN are reached, so the field is
// selected for Ctrl+C when writing is not possible.
import { h, useRef, useState } from './html.js';
import { Button } from './button.js';

/** @param {{text: string, label: string}} props */
export function CopyField({ text, label }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [hint, setHint] = useState('');
  const copy = async () => {
    field.current?.focus();
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setHint('Copied');
    } catch {
      setHint('Selected: press Ctrl+C');
    }
  };
  return h('div', { class: 'copy-field' },
    h('input', {
      ref: field, class: 'input is-code', value: text, readOnly: true, 'aria-label': label, spellcheck: false,
      onFocus: (/** @type {FocusEvent} */ event) => /** @type {HTMLInputElement} */ (event.currentTarget).select(),
    }),
    h(Button, { icon: 'copy', onClick: copy }, 'Copy'),
    h('span', { class: 'copy-hint', role: 'status' }, hint));
}
