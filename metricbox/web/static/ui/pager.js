// "51–100 of 312" and the two buttons beside it. Not drawn when one page holds everything.
import { h } from './html.js';
import { Button } from './button.js';

/**
 * @typedef {object} PagerProps
 * @property {number} page from 1
 * @property {number} pageSize
 * @property {number} total
 * @property {string} label what is paged
 * @property {(page: number) => void} onChange
 */

/** @param {PagerProps} props */
export function Pager({ page, pageSize, total, label, onChange }) {
  const pages = Math.max(1, Math.ceil(total / pageSize));
  if (pages === 1) return null;
  const first = (page - 1) * pageSize + 1;
  return h('nav', { class: 'pager', 'aria-label': label },
    h('span', { class: 'pager-place', role: 'status' }, `${first}–${Math.min(total, page * pageSize)} of ${total}`),
    // Never disabled: a disabled button would drop the focus of who pages by keyboard.
    h(Button, { icon: 'left', onClick: () => { if (page > 1) onChange(page - 1); }, aria: { 'aria-disabled': page === 1 } }, 'Previous'),
    h(Button, { onClick: () => { if (page < pages) onChange(page + 1); }, aria: { 'aria-disabled': page === pages } }, 'Next'));
}
