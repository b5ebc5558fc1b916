// Toasts at the foot of the page, and the two live regions that every page shares.
import { h } from './html.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';

/** @typedef {{id: number, kind: 'ok' | 'error', text: string, action: {label: string, run: () => void} | null}} Toast */

/** @param {{toasts: Toast[], onDismiss: (id: number) => void}} props */
export function ToastStack({ toasts, onDismiss }) {
  return h('div', { class: 'toasts' }, toasts.map((toast) => h('div', { key: toast.id, class: `toast is-${toast.kind}` },
    h(Icon, { name: toast.kind === 'error' ? 'critical' : 'check' }),
    h('span', { class: 'toast-text' }, toast.text),
    toast.action ? h('button', {
      type: 'button', class: 'toast-action',
      onClick: () => {
        onDismiss(toast.id);
        toast.action?.run();
      },
    }, toast.action.label) : null,
    h(IconButton, { label: 'Dismiss', icon: 'close', onClick: () => onDismiss(toast.id) }))));
}

/**
 * Always in the page: a region that appears together with its text is not read.
 * @param {{polite: string, assertive: string}} props
 */
export function LiveRegions({ polite, assertive }) {
  return h('div', { class: 'only-spoken' },
    h('div', { role: 'status', 'aria-live': 'polite' }, polite),
    h('div', { role: 'alert', 'aria-live': 'assertive' }, assertive));
}
