// A menu button: arrows walk, Home and End jump, letters find, Enter runs, Esc closes and gives the focus back.
import { h, useState } from './html.js';
import { Icon } from './icon.js';
import { Popover } from './popover.js';

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]
 * @property {() => void} [onSelect]
 * @property {string} [href] a link instead of an action
 * @property {boolean} [isChecked] one of a group: shown with a tick
 * @property {boolean} [isAlone] on or off by itself, not one of a group
 * @property {boolean} [isDanger]
 * @property {boolean} [startsGroup] a line above it
 * @property {string} [keys] that do the same where the menu belongs, such as "Shift+T"
 */

/**
 * @typedef {object} MenuProps
 * @property {string} label name of the menu
 * @property {MenuItem[] | (() => Promise<MenuItem[]>)} items asked for at each opening when their code comes late
 * @property {import('./html.js').Children} [header]
 * @property {import('./html.js').Children} children the button's content
 * @property {string} [buttonClass]
 */

/** @param {HTMLElement} layer */
function entries(layer) {
  return [...layer.querySelectorAll('[role^="menuitem"]')].filter((item) => item instanceof HTMLElement);
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} layer
 * @param {() => void} close
 */
function onKeyDown(event, layer, close) {
  const items = entries(layer);
  const at = items.findIndex((item) => item === document.activeElement);
  let next = -1;
  if (event.key === 'ArrowDown') next = (at + 1) % items.length;
  else if (event.key === 'ArrowUp') next = (at - 1 + items.length) % items.length;
  else if (event.key === 'Home') next = 0;
  else if (event.key === 'End') next = items.length - 1;
  else if (event.key === 'Tab') close();
  else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
    const letter = event.key.toLowerCase();
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const found = order.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter));
    next = found ? items.indexOf(found) : -1;
  }
  if (next < 0) return;
  event.preventDefault();
  items[next]?.focus();
}

/** @param {MenuProps} props */
export function Menu({ label, items, header, children, buttonClass = 'icon-button' }) {
  const [asked, setAsked] = useState(/** @type {MenuItem[]} */ ([]));
  const shown = typeof items === 'function' ? asked : items;
  /** @param {() => void} toggle */
  const open = async (toggle) => {
    const made = typeof items === 'function' ? await items() : items;
    if (typeof items === 'function') setAsked(made);
    if (made.length > 0) toggle();
  };
  return h(Popover, {
    className: 'menu',
    role: 'menu',
    label,
    onKeyDown,
    onOpen: (layer) => entries(layer)[0]?.focus(),
    button: ({ isOpen, toggle, ref }) => h('button', {
      key: 'button', type: 'button', class: buttonClass, ref, onClick: isOpen ? toggle : () => open(toggle), title: label, 'aria-label': label,
      'aria-haspopup': 'menu', 'aria-expanded': isOpen,
    }, children),
    content: (close) => [
      header ? h('div', { class: 'menu-header', role: 'presentation' }, header) : null,
      ...shown.map((item) => h(Entry, { key: item.label, item, close })),
    ],
  });
}

/** @param {{item: MenuItem, close: () => void}} props */
function Entry({ item, close }) {
  const isChoice = item.isChecked !== undefined;
  const shared = {
    class: `menu-item${item.isDanger ? ' is-danger' : ''}${item.startsGroup ? ' starts-group' : ''}`,
    tabIndex: -1,
    onClick: () => {
      close();
      item.onSelect?.();
    },
  };
  const icon = isChoice ? h('span', { class: 'menu-tick' }, item.isChecked ? h(Icon, { name: 'check' }) : null)
    : item.icon ? h(Icon, { name: item.icon }) : null;
  const text = [icon, item.label, item.keys ? h('kbd', { class: 'menu-keys', 'aria-hidden': 'true' }, item.keys) : null];
  if (item.href) return h('a', { ...shared, role: 'menuitem', href: item.href, 'aria-keyshortcuts': item.keys }, text);
  return h('button', {
    ...shared, type: 'button', role: isChoice ? item.isAlone ? 'menuitemcheckbox' : 'menuitemradio' : 'menuitem', 'aria-checked': isChoice ? item.isChecked : undefined, 'aria-keyshortcuts': item.keys,
  }, text);
}
