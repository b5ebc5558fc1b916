// The tabs that all settings pages share.
import { h } from '../ui/html.js';

/** @type {{href: string, label: string}[]} */
const TABS = [{ href: '/settings/profile', label: 'Profile' }, { href: '/settings/tokens', label: 'Tokens' }];

/** @param {{current: string}} props */
export function SettingsTabs({ current }) {
  return h('nav', { class: 'tabs', 'aria-label': 'Settings' }, TABS.map((tab) => h('a', {
    key: tab.href, class: 'tab', href: tab.href, 'aria-current': tab.href === current ? 'page' : undefined,
  }, tab.label)));
}
