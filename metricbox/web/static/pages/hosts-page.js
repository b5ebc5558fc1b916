// Every host that reports: how it is, how it was, and the way to its charts.
import { Fragment, h, useEffect, useLate, useMedia, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { chooseHosts, countStates, HOST_ORDERS, HOST_STATES } from '../lib/hosts.js';
import { HostList } from '../state/host-list.js';
import { changeUrlState, urlState } from '../state/location.js';
import { speak } from '../state/notices.js';
import { canEdit } from '../state/session.js';
import { HostRows } from './host-rows.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {import('../lib/hosts.js').HostOrder} Order */
/** @typedef {import('../lib/hosts.js').HostFilter} Filter */
/** @typedef {{order: Order, isDescending: boolean, isTiles: boolean}} View */

const PHONE = '(max-width: 767px)';
const VIEW_KEY = 'metricbox.hostView';
/** @type {View} */
const FIRST_VIEW = { order: 'name', isDescending: false, isTiles: false };

/** @returns {View} */
function readView() {
  try {
    const kept = JSON.parse(localStorage.getItem(VIEW_KEY) ?? 'null');
    return { ...FIRST_VIEW, ...kept, order: HOST_ORDERS.some((item) => item.value === kept?.order) ? kept.order : 'name' };
  } catch {
    return FIRST_VIEW;
  }
}

/** @param {View} view */
function keepView(view) {
  try {
    localStorage.setItem(VIEW_KEY, JSON.stringify(view));
  } catch {
    // Storage can be forbidden; then the order lasts as long as the page.
  }
}

const loadDrawer = async () => (await import('./host-drawer.js')).HostDrawer;
const loadConnect = async () => (await import('./connect-host-dialog.js')).ConnectHostDialog;

export function HostsPage() {
  const list = useMemo(() => new HostList(), []);
  useEffect(() => () => list.dispose(), [list]);
  const hosts = list.hosts.value;
  const [search, setSearch] = useState('');
  const [isConnecting, setConnecting] = useState(false);
  const opened = urlState.value.own['host']?.[0] ?? null;
  const setOpened = (/** @type {string | null} */ name) => changeUrlState({ own: name === null ? {} : { host: [name] } });
  const connect = canEdit() ? h(Button, { kind: 'primary', icon: 'plus', onClick: () => setConnecting(true) }, 'Connect a host') : null;
  return h(Fragment, null,
    h(PageHeader, { title: 'Hosts', onAnnounce: speak },
      hosts && hosts.length > 0 ? h('label', { class: 'search' },
        h(Icon, { name: 'search' }),
        h('input', {
          class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search hosts', 'aria-keyshortcuts': '/',
          onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
        })) : null,
      connect),
    h('div', { class: 'page-body' },
      hosts === null ? h(Waiting, { fault: list.fault.value, onRetry: () => list.refresh() }) : null,
      hosts !== null && list.fault.value !== '' ? h('p', { class: 'form-error', role: 'alert' }, `The list could not be renewed: ${list.fault.value}`) : null,
      hosts?.length === 0 ? h(Message, {
        icon: 'hosts', title: 'No host reports yet',
        text: canEdit() ? 'Telegraf, Prometheus or a few lines of a script are enough.' : 'An editor or administrator can connect one.', children: connect,
      }) : null,
      hosts && hosts.length > 0 ? h(Listed, { hosts, search, onShowAll: () => setSearch(''), onOpen: setOpened }) : null),
    hosts && opened !== null ? h(LateDrawer, { key: opened, host: hosts.find((host) => host.name === opened) ?? null, name: opened, onClose: () => setOpened(null) }) : null,
    isConnecting ? h(LateConnect, { list, onClose: () => setConnecting(false), onOpen: setOpened }) : null);
}

/** @param {{fault: string, onRetry: () => void}} props */
function Waiting({ fault, onRetry }) {
  if (fault !== '') return h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: onRetry }, 'Retry') });
  return h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' })));
}

/** @param {import('./host-drawer.js').HostDrawerProps} props */
function LateDrawer(props) {
  const { loaded } = useLate(loadDrawer);
  return loaded ? h(loaded, props) : null;
}

/** @param {import('./connect-host-dialog.js').ConnectHostProps} props */
function LateConnect(props) {
  const { loaded } = useLate(loadConnect);
  return loaded ? h(loaded, props) : null;
}

/** @type {{value: Filter, label: string}[]} */
const FILTERS = [{ value: 'all', label: 'All' }, ...(/** @type {const} */ (['up', 'late', 'silent'])).map((value) => ({ value, label: HOST_STATES[value].label }))];

/** @param {{hosts: Host[], search: string, onShowAll: () => void, onOpen: (name: string) => void}} props */
function Listed({ hosts, search, onShowAll, onOpen }) {
  const [filter, setFilter] = useState(/** @type {Filter} */ ('all'));
  const [view, setView] = useState(readView);
  const isPhone = useMedia(PHONE);
  const counts = countStates(hosts);
  const shown = useMemo(() => chooseHosts(hosts, { ...view, filter, search }), [hosts, view, filter, search]);
  const change = (/** @type {Partial<View>} */ part) => {
    const next = { ...view, ...part };
    setView(next);
    keepView(next);
  };
  const sortBy = (/** @type {Order} */ order) => {
    const first = HOST_ORDERS.find((item) => item.value === order)?.isDescending ?? false;
    change({ order, isDescending: order === view.order ? !view.isDescending : first });
  };
  const orderLabel = HOST_ORDERS.find((item) => item.value === view.order)?.label ?? '';
  return h(Fragment, null,
    h('div', { class: 'filters' },
      h('div', { class: 'filter-group', role: 'group', 'aria-label': 'State' }, FILTERS.map(({ value, label }) => h('button', {
        key: value, type: 'button', class: `filter host-filter is-${value}`, 'aria-pressed': filter === value, onClick: () => setFilter(value),
      }, value === 'all' ? null : h(Icon, { name: HOST_STATES[value].icon, size: 14 }), `${label} `, h('span', { class: 'host-count' }, counts[value])))),
      h('span', { class: 'filter-count', role: 'status' }, shown.length === hosts.length ? '' : `${shown.length} of ${hosts.length}`),
      isPhone ? null : h('div', { class: 'filter-group', role: 'group', 'aria-label': 'View' }, [false, true].map((isTiles) => h('button', {
        key: String(isTiles), type: 'button', class: 'filter', 'aria-pressed': view.isTiles === isTiles, onClick: () => change({ isTiles }),
      }, isTiles ? 'Tiles' : 'Table'))),
      h(Menu, {
        label: `Sort by: ${orderLabel}`, buttonClass: 'button is-quiet list-order',
        items: HOST_ORDERS.map((item) => ({ label: item.label, isChecked: item.value === view.order, onSelect: () => change({ order: item.value, isDescending: item.isDescending }) })),
        children: [h('span', null, orderLabel), h(Icon, { name: 'down', size: 14 })],
      })),
    shown.length === 0
      ? h(Message, {
        title: search.trim() === '' ? `No host is ${filter === 'all' ? 'here' : HOST_STATES[filter].label.toLowerCase()}` : 'No host matches',
        children: h(Button, {
          onClick: () => {
            setFilter('all');
            onShowAll();
          },
        }, 'Show all'),
      })
      : h(HostRows, { hosts: shown, isTiles: view.isTiles || isPhone, order: view.order, isDescending: view.isDescending, onSort: sortBy, onOpen }));
}
