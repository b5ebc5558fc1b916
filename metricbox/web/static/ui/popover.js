// A floating layer under its button: the browser's own popover, placed by the button's rectangle.
import { h, useEffect, useRef, useState } from './html.js';

/** @typedef {import('./html.js').Children} Children */

const EDGE_PX = 8;
const GAP_PX = 4;

/**
 * @typedef {object} PopoverProps
 * @property {(open: {isOpen: boolean, toggle: () => void, ref: (element: HTMLButtonElement | null) => void}) => Children} button
 * @property {(close: () => void) => Children} content made when it opens
 * @property {string} className
 * @property {string} [role]
 * @property {string} [label]
 * @property {(layer: HTMLElement) => void} [onOpen]
 * @property {(event: KeyboardEvent, layer: HTMLElement, close: () => void) => void} [onKeyDown]
 */

/**
 * @param {HTMLElement} layer
 * @param {DOMRect} anchor
 */
function place(layer, anchor) {
  const { offsetWidth: width, offsetHeight: height } = layer;
  const isLeftAligned = anchor.left + width + EDGE_PX <= window.innerWidth;
  const left = isLeftAligned ? anchor.left : Math.max(EDGE_PX, anchor.right - width);
  const isBelow = anchor.bottom + GAP_PX + height + EDGE_PX <= window.innerHeight || anchor.top < height;
  const top = isBelow ? anchor.bottom + GAP_PX : anchor.top - GAP_PX - height;
  layer.style.left = `${Math.round(left)}px`;
  layer.style.top = `${Math.round(Math.max(EDGE_PX, top))}px`;
}

/** @param {PopoverProps} props */
export function Popover({ button, content, className, role, label, onOpen, onKeyDown }) {
  const [isOpen, setOpen] = useState(false);
  const layer = useRef(/** @type {HTMLDivElement | null} */ (null));
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const wasInside = useRef(false);
  const close = () => {
    if (layer.current?.matches(':popover-open')) layer.current.hidePopover();
  };
  useEffect(() => {
    const element = layer.current;
    if (!isOpen || !element) return undefined;
    element.showPopover();
    if (opener.current) place(element, opener.current.getBoundingClientRect());
    onOpen?.(element);
    // Scrolling away from under the layer would leave it beside nothing.
    const onResize = () => close();
    window.addEventListener('resize', onResize);
    return () => window.removeEventListener('resize', onResize);
  }, [isOpen]);
  return [
    button({
      isOpen,
      // A press on the button closes an open layer by itself, before the click.
      toggle: () => { if (wasInside.current) wasInside.current = false; else setOpen(true); },
      ref: (element) => { opener.current = element; },
    }),
    h('div', {
      key: 'layer', ref: layer, popover: 'auto', class: `popover ${className}`, role: /** @type {any} */ (role), 'aria-label': label,
      onToggle: (/** @type {Event} */ event) => {
        if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
        setOpen(false);
        const active = document.activeElement;
        if (!active || active === document.body || layer.current?.contains(active)) opener.current?.focus();
        wasInside.current = Boolean(opener.current?.matches(':active'));
      },
      onKeyDown: (/** @type {KeyboardEvent} */ event) => {
        if (layer.current) onKeyDown?.(event, layer.current, close);
      },
    }, isOpen ? content(close) : null),
  ];
}
