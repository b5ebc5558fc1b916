// The frame around every page of a signed-in user: side bar (bottom bar on phones), banners, the page itself; and over any
// page the toasts and the two live regions.
import { h } from './html.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

/** @typedef {import('./html.js').Children} Children */
/** @typedef {{label: string, icon: string, href: string, isCurrent: boolean, onHover?: () => void}} NavItem */
/** @typedef {import('./menu.js').MenuItem} MenuItem */

/**
 * @typedef {object} ShellProps
 * @property {NavItem[]} top
 * @property {NavItem[]} bottom
 * @property {{icon: string, label: string, items: MenuItem[]}} theme
 * @property {{email: string, role: string, items: MenuItem[]}} account
 * @property {Children} banners
 * @property {Children} children
 */

/** @param {{item: NavItem}} props */
function NavLink({ item }) {
  return h('a', {
    class: 'nav-item', href: item.href, 'aria-current': item.isCurrent ? 'page' : undefined, onMouseEnter: item.onHover, onFocus: item.onHover,
  }, h(Icon, { name: item.icon, size: 20 }), h('span', { class: 'nav-label' }, item.label));
}

/** @param {ShellProps} props */
export function Shell({ top, bottom, theme, account, banners, children }) {
  return h('div', { class: 'shell' },
    h('a', { class: 'skip-link', href: '#content' }, 'Skip to content'),
    h('nav', { class: 'nav', 'aria-label': 'Main' },
      h('a', { class: 'nav-brand', href: '/', 'aria-label': 'metricbox, all dashboards' }, h(Brand, {})),
      h('div', { class: 'nav-group' }, top.map((item) => h(NavLink, { key: item.href, item }))),
      h('div', { class: 'nav-group is-foot' },
        bottom.map((item) => h(NavLink, { key: item.href, item })),
        h(Menu, {
          label: theme.label, items: theme.items, buttonClass: 'nav-item',
          children: [h(Icon, { name: theme.icon, size: 20 }), h('span', { class: 'nav-label' }, 'Theme')],
        }),
        h(Menu, {
          label: 'Account', items: account.items, buttonClass: 'nav-item',
          header: [h('span', { class: 'menu-email' }, account.email), h('span', { class: 'menu-role' }, account.role)],
          children: [h(Icon, { name: 'user', size: 20 }), h('span', { class: 'nav-label' }, 'Account')],
        }))),
    h('div', { class: 'shell-main' },
      h('div', { class: 'banners' }, banners),
      h('main', { id: 'content', class: 'content', tabIndex: -1 }, children)));
}

/**
 * Around a public page, for those without an account: nothing leads anywhere but to signing in.
 * @param {{signInHref: string, banners: Children, children: Children}} props
 */
export function PublicShell({ signInHref, banners, children }) {
  return h('div', { class: 'shell is-public' },
    h('a', { class: 'skip-link', href: '#content' }, 'Skip to content'),
    h('header', { class: 'public-bar' },
      h(Brand, {}),
      h('a', { class: 'button is-plain', href: signInHref }, 'Sign in')),
    h('div', { class: 'shell-main' },
      h('div', { class: 'banners' }, banners),
      h('main', { id: 'content', class: 'content', tabIndex: -1 }, children)));
}

/** The mark: three bars of a chart in a box. */
export function Brand() {
  return h('svg', { class: 'brand', width: 28, height: 28, viewBox: '0 0 28 28', 'aria-hidden': 'true' },
    h('rect', { class: 'brand-box', x: 1, y: 1, width: 26, height: 26, rx: 7 }),
    h('path', { class: 'brand-bars', d: 'M8.5 20v-5M14 20V8M19.5 20v-8', 'stroke-width': 3, 'stroke-linecap': 'round', fill: 'none' }));
}

/** @param {{kind: 'warning' | 'info', children?: Children}} props */
export function Banner({ kind, children }) {
  return h('div', { class: `banner is-${kind}` }, h(Icon, { name: kind === 'warning' ? 'warning' : 'info' }), h('div', { class: 'banner-text' }, children));
}

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
