// The frame around every page of a signed-in user: side bar (bottom bar on phones), banners, the page itself; and over any
// page the toasts and the two live regions.
import { h, useState } from './html.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

/** @typedef {import('./html.js').Children} Children */
/** @typedef {{label: string, icon: string, href: string, isCurrent: boolean, onHover?: () => void, count?: number, counted?: string}} NavItem counted: what the count is of */
/** @typedef {import('./menu.js').MenuItem} MenuItem */

/**
 * @typedef {object} ShellProps
 * @property {NavItem[]} top
 * @property {NavItem[]} bottom
 * @property {{icon: string, label: string, items: MenuItem[]}} theme
 * @property {{email: string, role: string, items: MenuItem[]}} account
 * @property {boolean} isBare the page alone, on a screen that nobody operates
 * @property {Children} banners
 * @property {Children} children
 */

/** @param {{item: NavItem}} props */
function NavLink({ item }) {
  return h('a', {
    class: 'nav-item', href: item.href, 'aria-current': item.isCurrent ? 'page' : undefined, onMouseEnter: item.onHover, onFocus: item.onHover,
  }, h(Icon, { name: item.icon, size: 20 }), h('span', { class: 'nav-label' }, item.label),
  item.count ? [h('span', { key: 'count', class: 'nav-count', 'aria-hidden': 'true' }, item.count > 99 ? '99+' : item.count), h('span', { key: 'words', class: 'only-spoken' }, `, ${item.count} ${item.counted}`)] : null);
}

const PINNED_KEY = 'metricbox.pinnedNav';

/** Whether the words stand beside the icons: kept in this browser, where storage is not forbidden. */
function usePinned() {
  const [isPinned, setPinned] = useState(() => {
    try {
      return localStorage.getItem(PINNED_KEY) === '1';
    } catch {
      return false;
    }
  });
  const onToggle = () => {
    setPinned(!isPinned);
    try {
      localStorage.setItem(PINNED_KEY, isPinned ? '0' : '1');
    } catch {
      // See above.
    }
  };
  return { isPinned, onToggle };
}

/** @param {ShellProps} props */
export function Shell({ top, bottom, theme, account, isBare, banners, children }) {
  const pin = usePinned();
  return h('div', { class: `shell${pin.isPinned ? ' is-pinned' : ''}${isBare ? ' is-bare' : ''}` },
    h('a', { class: 'skip-link', href: '#content' }, 'Skip to content'),
    h('nav', { class: 'nav', 'aria-label': 'Main' },
      h('a', { class: 'nav-brand', href: '/', 'aria-label': 'metricbox, all dashboards' }, h(Brand, {})),
      h('div', { class: 'nav-group' }, top.map((item) => h(NavLink, { key: item.href, item }))),
      h('div', { class: 'nav-group is-foot' },
        h('button', { type: 'button', class: 'nav-item nav-pin', 'aria-pressed': pin.isPinned, onClick: pin.onToggle },
          h(Icon, { name: 'pin', size: 20 }), h('span', { class: 'nav-label' }, 'Pin the side bar')),
        bottom.map((item) => h(NavLink, { key: item.href, item })),
        h(Menu, {
          label: theme.label, items: theme.items, buttonClass: 'nav-item nav-theme',
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
 * @param {{signInHref: string, isBare: boolean, banners: Children, children: Children}} props
 */
export function PublicShell({ signInHref, isBare, banners, children }) {
  return h('div', { class: isBare ? 'shell is-public is-bare' : 'shell is-public' },
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

/** @typedef {{id: number, kind: 'ok' | 'error', text: string, actions: {label: string, run: () => void}[]}} Toast */

/** @param {{toasts: Toast[], onDismiss: (id: number) => void}} props */
export function ToastStack({ toasts, onDismiss }) {
  return h('div', { class: 'toasts' }, toasts.map((toast) => h('div', { key: toast.id, class: `toast is-${toast.kind}` },
    h(Icon, { name: toast.kind === 'error' ? 'critical' : 'check' }),
    h('span', { class: 'toast-text' }, toast.text),
    toast.actions.map(({ label, run }) => h('button', {
      key: label, type: 'button', class: 'toast-action',
      onClick: () => {
        onDismiss(toast.id);
        run();
      },
    }, label)),
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
