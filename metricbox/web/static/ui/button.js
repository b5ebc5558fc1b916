// Buttons. An icon button always has a name; it is its tooltip as well.
import { h } from './html.js';
import { Icon } from './icon.js';

/** @typedef {import('./html.js').Children} Children */

/**
 * @typedef {object} ButtonProps
 * @property {() => void} [onClick]
 * @property {'plain' | 'primary' | 'danger' | 'quiet'} [kind]
 * @property {string} [icon]
 * @property {boolean} [isBusy] shown and refused, but still focusable: a disabled button loses the focus
 * @property {boolean} [isDisabled]
 * @property {'button' | 'submit'} [type]
 * @property {string} [title]
 * @property {(element: HTMLButtonElement | null) => void} [elementRef]
 * @property {Record<string, string | boolean | undefined>} [aria]
 * @property {Children} [children]
 */

/** @param {ButtonProps} props */
export function Button({ onClick, kind = 'plain', icon, isBusy = false, isDisabled = false, type = 'button', title, elementRef, aria, children }) {
  return h('button', {
    type, class: `button is-${kind}`, title, ref: elementRef, disabled: isDisabled, 'aria-busy': isBusy || undefined,
    onClick: isBusy ? (/** @type {Event} */ event) => event.preventDefault() : onClick, .../** @type {any} */ (aria),
  }, icon ? h(Icon, { name: icon }) : null, children);
}

/**
 * @typedef {object} IconButtonProps
 * @property {string} label
 * @property {string} icon
 * @property {() => void} onClick
 * @property {boolean} [isDisabled]
 * @property {(element: HTMLButtonElement | null) => void} [elementRef]
 * @property {Record<string, string | boolean | undefined>} [aria]
 */

/** @param {IconButtonProps} props */
export function IconButton({ label, icon, onClick, isDisabled = false, elementRef, aria }) {
  return h('button', {
    type: 'button', class: 'icon-button', title: label, 'aria-label': label, ref: elementRef, disabled: isDisabled, onClick,
    .../** @type {any} */ (aria),
  }, h(Icon, { name: icon }));
}
