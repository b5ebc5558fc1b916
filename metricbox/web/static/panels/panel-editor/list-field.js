// A list in a form: rows of fields, each with a button that takes it away, and one that adds. The keyboard stays where the work is.
import { h, useEffect, useId, useRef } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';

/**
 * @typedef {object} ListFieldProps
 * @property {string} label
 * @property {string} itemName such as threshold
 * @property {number} count
 * @property {(index: number) => import('../../ui/html.js').Children} renderItem
 * @property {(() => void) | null} onAdd null when there is no room for more
 * @property {(index: number) => void} onRemove
 * @property {string} className of each row
 * @property {string} [help]
 * @property {string | null} [error]
 */

/** @param {ListFieldProps} props */
export function ListField({ label, itemName, count, renderItem, onAdd, onRemove, className, help, error }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const id = useId();
  const wanted = useRef(/** @type {(() => Element | null | undefined) | null} */ (null));
  useEffect(() => {
    const found = wanted.current?.();
    wanted.current = null;
    if (found instanceof HTMLElement) found.focus();
  }, [count]);
  const rows = () => [...box.current?.querySelectorAll('.list-row') ?? []];
  return h('div', { class: error ? 'list-field is-invalid' : 'list-field', role: 'group', 'aria-labelledby': id, ref: box },
    h('span', { id, class: 'field-label' }, label),
    Array.from({ length: count }, (_, index) => h('div', { key: index, class: `list-row ${className}`, role: 'group', 'aria-label': `${itemName} ${index + 1}` },
      renderItem(index),
      h(IconButton, {
        label: `Remove ${itemName.toLowerCase()} ${index + 1}`, icon: 'close',
        onClick: () => {
          wanted.current = () => (rows()[Math.min(index, count - 2)] ?? box.current)?.querySelector('button');
          onRemove(index);
        },
      }))),
    onAdd ? h(Button, {
      kind: 'quiet', icon: 'plus',
      onClick: () => {
        wanted.current = () => rows().at(-1)?.querySelector('input');
        onAdd();
      },
    }, `Add ${itemName.toLowerCase()}`) : null,
    help ? h('p', { class: 'field-help' }, help) : null,
    error ? h('p', { class: 'field-error', role: 'alert' }, error) : null);
}
