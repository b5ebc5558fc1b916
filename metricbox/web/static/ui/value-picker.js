// A choice among many values: a button that opens a searchable list. Typing searches, arrows walk, Enter chooses, Esc closes.
import { h, useEffect, useId, useRef, useState } from './html.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';
import { visibleText } from '../lib/labels.js';
import { ALL, findValues, isAll, summaryOf, toggle } from '../lib/variables.js';

// Nobody reads a longer list; the search makes it shorter.
const SHOWN_MAX = 200;

/**
 * @typedef {object} ValuePickerProps
 * @property {string} label
 * @property {boolean} isLabelHidden spoken only
 * @property {string[]} values
 * @property {string[]} chosen ALL alone for All
 * @property {boolean} isMulti
 * @property {boolean} hasAll
 * @property {(values: string[]) => void} onChange
 */

/** @param {ValuePickerProps} props */
export function ValuePicker(props) {
  const { label, isLabelHidden, values, chosen } = props;
  const summary = visibleText(summaryOf(chosen, values.length));
  return h(Popover, {
    className: 'value-picker',
    label,
    onOpen: (layer) => layer.querySelector('input')?.focus(),
    button: ({ isOpen, toggle: open, ref }) => h('button', {
      key: 'button', type: 'button', class: 'button is-plain variable-button', ref, onClick: open, 'aria-haspopup': 'listbox', 'aria-expanded': isOpen,
      'aria-label': `${label}: ${summary}`, title: chosen.length > 1 ? chosen.slice(0, 20).map(visibleText).join('\n') : summary,
    },
    // The space parts the words for those whose words are read from the button, too.
    isLabelHidden ? null : [h('span', { class: 'variable-label' }, label), ' '],
    h('span', { class: 'variable-value' }, summary),
    h(Icon, { name: 'down', size: 14 })),
    content: (close) => h(List, { ...props, close }),
  });
}

/** @param {ValuePickerProps & {close: () => void}} props */
function List({ label, values, chosen, isMulti, hasAll, onChange, close }) {
  const id = useId();
  const [search, setSearch] = useState('');
  const found = findValues(values, search);
  const options = [...(hasAll && search.trim() === '' ? [ALL] : []), ...found.slice(0, SHOWN_MAX)];
  const [at, setAt] = useState(() => Math.max(0, options.findIndex((value) => chosen.includes(value))));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const active = Math.min(at, options.length - 1);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active, search]);
  /** @param {string | undefined} value */
  const choose = (value) => {
    if (value === undefined) return;
    onChange(toggle(chosen, value, { isMulti, order: values }));
    if (!isMulti) close();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') setAt((active + 1) % options.length);
    else if (event.key === 'ArrowUp') setAt((active - 1 + options.length) % options.length);
    else if (event.key === 'PageDown') setAt(Math.min(options.length - 1, active + 10));
    else if (event.key === 'PageUp') setAt(Math.max(0, active - 10));
    else if (event.key === 'Enter') choose(options[active]);
    else return;
    event.preventDefault();
  };
  return h('div', { class: 'value-box' },
    h('input', {
      class: 'input', type: 'search', placeholder: 'Search', autocomplete: 'off', spellcheck: false, value: search, role: 'combobox',
      'aria-label': `Search ${label}`, 'aria-expanded': 'true', 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list',
      'aria-activedescendant': options.length > 0 ? `${id}-${active}` : undefined, onKeyDown,
      onInput: (/** @type {Event} */ event) => {
        setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value);
        setAt(0);
      },
    }),
    h('div', { class: 'value-list', id: `${id}-list`, role: 'listbox', 'aria-label': label, 'aria-multiselectable': isMulti, ref: list },
      options.map((value, index) => h(Option, {
        key: value, id: `${id}-${index}`, text: value === ALL ? 'All' : visibleText(value), isMulti,
        isChosen: value === ALL ? isAll(chosen) : chosen.includes(value), isActive: index === active,
        onHover: () => setAt(index), onClick: () => choose(value),
      }))),
    options.length === 0 ? h('p', { class: 'value-note', role: 'status' }, values.length === 0 ? 'There are no values' : 'Nothing fits') : null,
    found.length > SHOWN_MAX ? h('p', { class: 'value-note' }, `${found.length - SHOWN_MAX} more: search for them`) : null);
}

/**
 * @param {{id: string, text: string, isMulti: boolean, isChosen: boolean, isActive: boolean, onHover: () => void, onClick: () => void}} props
 */
function Option({ id, text, isMulti, isChosen, isActive, onHover, onClick }) {
  return h('div', {
    id, class: isActive ? 'value-option is-active' : 'value-option', role: 'option', 'aria-selected': isChosen, title: text, onMouseMove: isActive ? undefined : onHover,
    // The focus stays in the search.
    onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick,
  },
  h('span', { class: isMulti ? 'value-mark is-box' : 'value-mark' }, isChosen ? h(Icon, { name: 'check', size: 14 }) : null),
  h('span', { class: 'value-text' }, text));
}
