// The sticky bar of a page: where we are on the left, what can be done on the right. And the page's empty and error states.
import { h, useEffect, useRef } from './html.js';
import { Icon } from './icon.js';

/** @typedef {import('./html.js').Children} Children */

// A page that the browser has just loaded is announced by the browser, and its keyboard focus begins at the top.
let isFirstPage = true;

/**
 * Names the page to the browser, the keyboard and the screen reader: tab title, focus on the heading, one announcement.
 * @param {string} title "" while it is not known yet
 * @param {(text: string) => void} onAnnounce
 * @returns {(heading: HTMLElement | null) => void} ref for the page's h1
 */
export function usePageTitle(title, onAnnounce) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const isKnown = title !== '';
  useEffect(() => {
    if (isKnown) document.title = `${title} · metricbox`;
  }, [title, isKnown]);
  useEffect(() => {
    if (!isKnown) return;
    if (isFirstPage) {
      isFirstPage = false;
      return;
    }
    onAnnounce(title);
    // A form's own field may have taken the focus already (autofocus).
    const active = document.activeElement;
    if (!active || active === document.body || active instanceof HTMLAnchorElement) heading.current?.focus({ preventScroll: true });
  }, [isKnown]);
  return (element) => { heading.current = element; };
}

/**
 * Where the keyboard goes on when the row that it was in is deleted: at the page's title.
 * @param {unknown} list another one once the row is gone
 * @returns {() => void} to be called when a row was deleted, before the list is asked for anew
 */
export function useFocusAfterDelete(list) {
  const isExpected = useRef(false);
  useEffect(() => {
    const active = document.activeElement;
    if (isExpected.current && (!active || active === document.body)) document.querySelector('h1')?.focus({ preventScroll: true });
    isExpected.current = false;
  }, [list]);
  return () => { isExpected.current = true; };
}

/**
 * @typedef {object} PageHeaderProps
 * @property {string} title "" while it is not known yet
 * @property {(text: string) => void} onAnnounce
 * @property {{label: string, href: string}} [parent]
 * @property {Children} [mark] beside the title
 * @property {Children} [children] actions
 */

/** @param {PageHeaderProps} props */
export function PageHeader({ title, onAnnounce, parent, mark, children }) {
  const heading = usePageTitle(title, onAnnounce);
  return h('header', { class: 'page-header' },
    h('div', { class: 'page-place' },
      parent ? h('a', { class: 'page-parent', href: parent.href }, parent.label) : null,
      parent ? h('span', { class: 'page-slash', 'aria-hidden': 'true' }, '/') : null,
      h('h1', { class: 'page-title', tabIndex: -1, title, ref: heading }, title),
      mark),
    h('div', { class: 'page-actions' }, children));
}

/**
 * @typedef {object} MessageProps
 * @property {string} title one sentence
 * @property {string} [text]
 * @property {string} [icon]
 * @property {Children} [children] the button with the next step
 */

/**
 * A page or list with nothing to show: says why, and what comes next.
 * @param {MessageProps} props
 */
export function Message({ title, text, icon, children }) {
  return h('div', { class: 'message' },
    icon ? h('span', { class: 'message-icon' }, h(Icon, { name: icon, size: 28 })) : null,
    h('p', { class: 'message-title' }, title),
    text ? h('p', { class: 'message-text' }, text) : null,
    children ? h('div', { class: 'message-actions' }, children) : null);
}
