// A text field with suggestions: any text is good, the list only helps. Arrows walk, Enter takes, Esc closes the list.
import { h, useEffect, useId, useRef, useState } from './html.js';
import { Field } from './field.js';
import { Icon } from './icon.js';

/** @typedef {{value: string, label: string, hint?: string, group?: string}} Suggestion */

/**
 * @typedef {object} ComboboxProps
 * @property {string} label
 * @property {string} name
 * @property {string} value
 * @property {(value: string) => void} onChange the text, or the value of a suggestion that was taken
 * @property {(search: string) => readonly Suggestion[]} find
 * @property {string} shown what the closed field says of the value
 * @property {string} [help]
 * @property {string | null} [error]
 * @property {string} [placeholder]
 * @property {number} [maxLength]
 */

/** @param {ComboboxProps} props */
export function Combobox(props) {
  const { label, error, help } = props;
  return h(Field, { label, error: error ?? null, ...(help ? { help } : {}), children: (control) => h(Box, { ...props, ...control }) });
}

/** @param {ComboboxProps & {id: string, describedBy: string | undefined, isInvalid: boolean}} props */
function Box({ id, describedBy, isInvalid, label, name, value, onChange, find, shown, placeholder, maxLength }) {
  const listId = useId();
  const [search, setSearch] = useState(/** @type {string | null} */ (null));
  const [at, setAt] = useState(-1);
  const [isOpen, setOpen] = useState(false);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const found = isOpen ? find(search ?? '') : [];
  const active = Math.min(at, found.length - 1);
  useEffect(() => {
    list.current?.querySelector('.is-active')?.scrollIntoView({ block: 'nearest' });
  }, [active, isOpen]);
  const close = () => {
    setOpen(false);
    setSearch(null);
    setAt(-1);
  };
  /** @param {Suggestion} suggestion */
  const take = (suggestion) => {
    onChange(suggestion.value);
    close();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const { key } = event;
    const chosen = found[active];
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      setOpen(true);
      const count = isOpen ? found.length : 0;
      setAt(count === 0 ? 0 : key === 'ArrowDown' ? (active + 1) % count : (Math.max(active, 0) - 1 + count) % count);
    } else if (key === 'Enter' && isOpen && chosen) take(chosen);
    else if (key === 'Escape' && isOpen) {
      close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  return h('div', {
    class: 'combobox',
    onFocusOut: (/** @type {FocusEvent} */ event) => {
      if (!(event.relatedTarget instanceof Node && /** @type {HTMLElement} */ (event.currentTarget).contains(event.relatedTarget))) close();
    },
  },
  h('input', {
    id, name, class: 'input', value: search ?? shown, placeholder, maxLength, autocomplete: 'off', spellcheck: false, role: 'combobox', 'aria-expanded': isOpen, 'aria-controls': listId,
    'aria-autocomplete': 'list', 'aria-activedescendant': isOpen && active >= 0 ? `${listId}-${active}` : undefined, 'aria-describedby': describedBy,
    'aria-invalid': isInvalid || undefined, onKeyDown,
    onClick: () => setOpen(true),
    onFocus: (/** @type {FocusEvent} */ event) => /** @type {HTMLInputElement} */ (event.currentTarget).select(),
    onInput: (/** @type {Event} */ event) => {
      const text = /** @type {HTMLInputElement} */ (event.currentTarget).value;
      setSearch(text);
      setOpen(true);
      setAt(-1);
      onChange(text);
    },
  }),
  h('span', { class: 'combobox-arrow', 'aria-hidden': 'true' }, h(Icon, { name: 'down', size: 14 })),
  h(List, { id: listId, label, found, isOpen, active, value, onHover: setAt, onTake: take, elementRef: list }));
}

/**
 * @param {{id: string, label: string, found: readonly Suggestion[], isOpen: boolean, active: number, value: string, onHover: (index: number) => void,
 *   onTake: (suggestion: Suggestion) => void, elementRef: {current: HTMLElement | null}}} props
 */
function List({ id, label, found, isOpen, active, value, onHover, onTake, elementRef }) {
  return h('div', { class: 'combobox-list', id, role: 'listbox', 'aria-label': label, hidden: !isOpen || found.length === 0, ref: elementRef }, found.flatMap((suggestion, index) => [
    suggestion.group && suggestion.group !== found[index - 1]?.group ? h('div', { key: `group ${suggestion.group}`, class: 'combobox-group', role: 'presentation' }, suggestion.group) : null,
    h('div', {
      key: suggestion.value, id: `${id}-${index}`, role: 'option', class: index === active ? 'combobox-option is-active' : 'combobox-option', 'aria-selected': suggestion.value === value,
      // The focus stays in the field.
      onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onMouseMove: index === active ? undefined : () => onHover(index), onClick: () => onTake(suggestion),
    }, h('span', { class: 'combobox-text' }, suggestion.label), suggestion.hint ? h('span', { class: 'combobox-hint' }, suggestion.hint) : null),
  ]));
}
