// Dialogues: the browser's own, which traps the focus, makes the rest inert and gives the focus back.
import { h, useEffect, useId, useRef } from './html.js';
import { IconButton } from './button.js';

/**
 * @typedef {object} DialogProps
 * @property {string} title
 * @property {() => void} onClose
 * @property {boolean} [isStubborn] only its own buttons close it: what it shows is shown once
 * @property {boolean} [isWide] for lists
 * @property {import('./html.js').Children} [children]
 */

/** @param {DialogProps} props */
export function Dialog({ title, onClose, isStubborn = false, isWide = false, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return h('dialog', {
    ref: element, class: isWide ? 'dialog is-wide' : 'dialog', 'aria-labelledby': id,
    onCancel: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!isStubborn) onClose();
    },
    onClick: (/** @type {MouseEvent} */ event) => {
      // The dialogue's own box is padded by its content, so a hit on the element itself is the backdrop.
      if (!isStubborn && event.target === element.current) onClose();
    },
  }, h('div', { class: 'dialog-box' },
    h('header', { class: 'dialog-head' },
      h('h2', { id, class: 'dialog-title' }, title),
      isStubborn ? null : h(IconButton, { label: 'Close', icon: 'close', onClick: onClose })),
    children));
}
