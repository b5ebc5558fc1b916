// The zone of all times on a page: the browser's, UTC, or any that its name finds. Typing searches, arrows walk, Enter chooses.
import { h, useEffect, useId, useMemo, useRef, useState } from './html.js';
import { Icon } from './icon.js';
import { isKnownZone, zoneName } from '../lib/zone.js';
import { findZones, offsetText } from '../lib/zones.js';

const SHOWN_MAX = 40;

/**
 * @typedef {object} ZoneChooserProps
 * @property {string} zone "" is the browser's
 * @property {number} nowMs offsets are those of now
 * @property {(zone: string) => void} onChange
 */

/** @param {ZoneChooserProps} props */
export function ZoneChooser({ zone, nowMs, onChange }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  return h('div', { class: 'zone-chooser' },
    h('button', {
      type: 'button', class: 'zone-button', ref: opener, 'aria-expanded': isOpen, 'aria-controls': id, onClick: () => setOpen(!isOpen),
    }, h(Icon, { name: 'globe', size: 14 }), h('span', null, `Times are ${zoneText(zone, nowMs)}`), h(Icon, { name: 'down', size: 14 })),
    h('div', { id, hidden: !isOpen }, isOpen ? h(ZoneList, {
      zone, nowMs, onClose: close,
      onChange: (wanted) => {
        close();
        onChange(wanted);
      },
    }) : null));
}

/**
 * @param {string} zone
 * @param {number} nowMs
 */
function zoneText(zone, nowMs) {
  const name = zoneName(zone);
  const offset = offsetText(nowMs, zone);
  return name === offset ? name : `${name} (${offset})`;
}

/** @param {ZoneChooserProps & {onClose: () => void}} props */
function ZoneList({ zone, nowMs, onChange, onClose }) {
  const id = useId();
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const found = useMemo(() => findZones(search, nowMs), [search, nowMs]);
  const options = found.slice(0, SHOWN_MAX);
  const active = Math.min(at, options.length - 1);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: 'nearest' }), [active]);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const chosen = options[active];
    if (event.key === 'ArrowDown') setAt((active + 1) % Math.max(1, options.length));
    else if (event.key === 'ArrowUp') setAt((active - 1 + options.length) % Math.max(1, options.length));
    else if (event.key === 'Enter' && chosen !== undefined && isKnownZone(chosen)) onChange(chosen);
    else if (event.key === 'Escape') {
      // Esc closes the list, not the layer around it.
      event.stopPropagation();
      onClose();
    } else if (event.key !== 'Enter') return;
    event.preventDefault();
  };
  return h('div', { class: 'zone-list-box' },
    h('input', {
      ref: field, class: 'input', type: 'search', placeholder: 'Search: Berlin, UTC, +9', value: search, role: 'combobox', autocomplete: 'off', spellcheck: false,
      'aria-label': 'Time zone', 'aria-expanded': true, 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list',
      'aria-activedescendant': options.length > 0 ? `${id}-${active}` : undefined, onKeyDown,
      onInput: (/** @type {Event} */ event) => {
        setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value);
        setAt(0);
      },
    }),
    h('div', { class: 'zone-list', id: `${id}-list`, role: 'listbox', 'aria-label': 'Time zones', ref: list }, options.map((name, index) => h('div', {
      key: name, id: `${id}-${index}`, class: index === active ? 'zone-option is-active' : 'zone-option', role: 'option', 'aria-selected': name === zone,
      onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick: () => onChange(name),
    }, h('span', null, name === '' ? `This browser, ${zoneName('')}` : name.replaceAll('_', ' ')), h('span', { class: 'zone-offset' }, offsetText(nowMs, name))))),
    options.length === 0 ? h('p', { class: 'zone-note', role: 'status' }, 'No zone has this name') : null,
    found.length > SHOWN_MAX ? h('p', { class: 'zone-note' }, `${found.length - SHOWN_MAX} more: search for them`) : null);
}
