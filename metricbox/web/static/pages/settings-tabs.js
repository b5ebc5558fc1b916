// The tabs that all settings pages share, and the page for those whose role a tab is not for.
import { Fragment, h, useEffect, useRef } from '../ui/html.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { speak } from '../state/notices.js';
import { isAdmin } from '../state/session.js';

/** @type {{href: string, label: string, isForAdmins?: boolean}[]} */
const TABS = [
  { href: '/settings/profile', label: 'Profile' },
  { href: '/settings/tokens', label: 'Tokens' },
  { href: '/settings/targets', label: 'Targets' },
  { href: '/settings/users', label: 'Users', isForAdmins: true },
  { href: '/settings/channels', label: 'Channels', isForAdmins: true },
  { href: '/settings/storage', label: 'Storage' },
  { href: '/settings/status', label: 'Status' },
  { href: '/settings/audit', label: 'Audit log', isForAdmins: true },
];

/** Those that are for the user's role. */
export function shownTabs() {
  return TABS.filter((tab) => !tab.isForAdmins || isAdmin());
}

/** @param {{current: string}} props */
export function SettingsTabs({ current }) {
  const row = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // On a phone the row is wider than the screen.
    row.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, []);
  return h('nav', { ref: row, class: 'tabs', 'aria-label': 'Settings' }, shownTabs().map((tab) => h('a', {
    key: tab.href, class: 'tab', href: tab.href, 'aria-current': tab.href === current ? 'page' : undefined,
  }, tab.label)));
}

/** @param {{title: string}} props */
export function AdminsOnly({ title }) {
  return h(Fragment, null,
    h(PageHeader, { title, parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak }),
    h('div', { class: 'page-body is-narrow' }, h(Message, {
      icon: 'key', title: 'Your role does not allow this', text: 'This page is for administrators. One of them can open it for you, or change your role.',
      children: h('a', { class: 'button is-plain', href: '/settings/profile' }, 'Your profile'),
    })));
}
