// A layer at the right edge over the page that it belongs to; the whole screen on phones. The browser's own dialogue, so the focus
// stays in it and goes back to the opener.
import { h, useEffect, useId, useRef } from './html.js';
import { IconButton } from './button.js';

/**
 * @typedef {object} DrawerProps
 * @property {string} title
 * @property {() => void} onClose
 * @property {import('./html.js').Children} [mark] before the title
 * @property {import('./html.js').Children} [actions] beside it
 * @property {import('./html.js').Children} [children]
 */

/** @param {DrawerProps} props */
export function Drawer({ title, onClose, mark, actions, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return h('dialog', {
    ref: element, class: 'drawer', 'aria-labelledby': id,
    onCancel: (/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    },
    onClick: (/** @type {MouseEvent} */ event) => {
      // The box fills the element, so a hit on the element itself is the backdrop.
      if (event.target === element.current) onClose();
    },
  }, h('div', { class: 'drawer-box' },
    h('header', { class: 'drawer-head' },
      mark,
      h('h2', { id, class: 'drawer-title', title }, title),
      h('div', { class: 'drawer-actions' }, actions, h(IconButton, { label: 'Close', icon: 'close', onClick: onClose }))),
    h('div', { class: 'drawer-body' }, children)));
}
