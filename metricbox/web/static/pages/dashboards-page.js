// The list of dashboards: search, filter, sort, star, open; what else can be done with one comes with its menu.
import { Fragment, h, useEffect, useLate, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { isAbort, messageOf } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { chooseDashboards } from '../lib/dashboard-list.js';
import { describeAge } from '../lib/durations.js';
import { visibleText } from '../lib/labels.js';
import { nowMs, speak } from '../state/notices.js';
import { pendingDeletes } from '../state/pending-deletes.js';
import { lastOpened, starred, toggleStar } from '../state/preferences.js';
import { canEdit, user } from '../state/session.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../lib/dashboard-list.js').ListFilter} Filter */
/** @typedef {import('../lib/dashboard-list.js').ListOrder} Order */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', list: Dashboard[], message: string}} ListState */
/** @typedef {(change: (list: Dashboard[]) => Dashboard[]) => void} ChangeList */

/** @type {{value: Filter, label: string, empty: string}[]} */
const FILTERS = [
  { value: 'all', label: 'All', empty: 'No dashboard matches' },
  { value: 'mine', label: 'Mine', empty: 'None of these dashboards is yours' },
  { value: 'starred', label: 'Starred', empty: 'Star a dashboard to find it here' },
  { value: 'public', label: 'Public', empty: 'No dashboard is public' },
];

/** @type {{value: Order, label: string}[]} */
const ORDERS = [{ value: 'opened', label: 'Last opened' }, { value: 'name', label: 'Name' }, { value: 'changed', label: 'Changed' }];
const ORDER_KEY = 'metricbox.listOrder';

/** @returns {Order} */
function readOrder() {
  try {
    const kept = localStorage.getItem(ORDER_KEY);
    return ORDERS.find((item) => item.value === kept)?.value ?? 'opened';
  } catch {
    return 'opened';
  }
}

/** @param {Order} order */
function keepOrder(order) {
  try {
    localStorage.setItem(ORDER_KEY, order);
  } catch {
    // Storage can be forbidden; then the order lasts as long as the page.
  }
}

export function DashboardsPage() {
  const [state, setState] = useState(/** @type {ListState} */ ({ phase: 'loading', list: [], message: '' }));
  const [search, setSearch] = useState('');
  const [dialog, setDialog] = useState(/** @type {import('../ui/html.js').VNode | null} */ (null));
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    listDashboards(abort.signal).then((list) => setState({ phase: 'ready', list, message: '' })).catch((error) => {
      if (!isAbort(error)) setState({ phase: 'failed', list: [], message: messageOf(error) });
    });
    return () => abort.abort();
  }, [attempt]);

  // The form is needed by few visits, so its code comes with the click.
  const openCreate = async () => {
    const { CreateDashboardDialog } = await import('./create-dashboard-dialog.js');
    setDialog(h(CreateDashboardDialog, { onClose: () => setDialog(null) }));
  };
  const openImport = async () => {
    const { ImportDialog } = await import('./dashboard-file.js');
    setDialog(h(ImportDialog, { onClose: closeImport }));
  };
  const closeImport = () => {
    setDialog(null);
    setAttempt((count) => count + 1);
  };
  /** @type {ChangeList} */
  const changeList = (change) => setState((before) => ({ ...before, list: change(before.list) }));
  const list = state.list.filter((item) => !pendingDeletes.value.has(item.id));
  return h(Fragment, null,
    h(PageHeader, { title: 'Dashboards', onAnnounce: speak },
      list.length > 0 ? h('label', { class: 'search' },
        h(Icon, { name: 'search' }),
        h('input', {
          class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search dashboards', 'aria-keyshortcuts': '/',
          onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
        })) : null,
      canEdit() ? h(Button, { icon: 'upload', onClick: openImport, aria: { 'aria-label': 'Import' } }, h('span', { class: 'is-wide-only' }, 'Import')) : null,
      canEdit() ? h(Button, { kind: 'primary', icon: 'plus', onClick: openCreate }, 'New dashboard') : null),
    h('div', { class: 'page-body is-narrow' },
      state.phase === 'loading' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      state.phase === 'failed' ? h(Message, { icon: 'critical', title: state.message, children: h(Button, { icon: 'refresh', onClick: () => setAttempt(attempt + 1) }, 'Retry') }) : null,
      state.phase === 'ready' && list.length === 0 ? h(Message, {
        icon: 'dashboards', title: canEdit() ? 'Create your first dashboard' : 'There is no dashboard yet',
        text: canEdit() ? 'A dashboard is a page of charts over your metrics.' : 'An editor or administrator can create one.',
        children: canEdit() ? h(LateFirst, { onBlank: openCreate }) : null,
      }) : null,
      list.length > 0 ? h(List, { list, search, onShowAll: () => setSearch(''), changeList }) : null),
    dialog);
}

const loadFirst = async () => (await import('./first-dashboard.js')).FirstDashboard;

/** Seen once in the life of a box. @param {{onBlank: () => void}} props */
function LateFirst(props) {
  const { loaded } = useLate(loadFirst);
  return loaded ? h(loaded, props) : null;
}

/** @param {{list: Dashboard[], search: string, onShowAll: () => void, changeList: ChangeList}} props */
function List({ list, search, onShowAll, changeList }) {
  const [filter, setFilter] = useState(/** @type {Filter} */ ('all'));
  const [order, setOrder] = useState(readOrder);
  // The order of when the page was opened: a star must not make the rows jump under the pointer.
  const [opened] = useState(lastOpened.peek());
  const shown = chooseDashboards(list, { filter, order, search, userId: user.value?.id ?? '', starred: starred.value, lastOpened: opened });
  const showAll = () => {
    setFilter('all');
    onShowAll();
  };
  return h(Fragment, null,
    h('div', { class: 'filters' },
      h('div', { class: 'filter-group', role: 'group', 'aria-label': 'Filter' }, FILTERS.map((item) => h('button', {
        key: item.value, type: 'button', class: 'filter', 'aria-pressed': filter === item.value, onClick: () => setFilter(item.value),
      }, item.label))),
      h('span', { class: 'filter-count', role: 'status' },
        shown.length === list.length ? `${list.length}` : `${shown.length} of ${list.length}`,
        h('span', { class: 'is-wide-only' }, list.length === 1 ? ' dashboard' : ' dashboards')),
      h(Menu, {
        label: `Sort by: ${ORDERS.find((item) => item.value === order)?.label ?? ''}`, buttonClass: 'button is-quiet list-order',
        items: ORDERS.map((item) => ({
          label: item.label, isChecked: item.value === order,
          onSelect: () => {
            setOrder(item.value);
            keepOrder(item.value);
          },
        })),
        children: [h('span', null, ORDERS.find((item) => item.value === order)?.label ?? ''), h(Icon, { name: 'down', size: 14 })],
      })),
    shown.length === 0
      ? h(Message, { title: search.trim() === '' ? FILTERS.find((item) => item.value === filter)?.empty ?? '' : 'No dashboard matches', children: h(Button, { onClick: showAll }, 'Show all') })
      : h('ul', { class: 'rows' }, shown.map((item) => h(Row, { key: item.id, item, changeList }))));
}

/** @param {{item: Dashboard, changeList: ChangeList}} props */
function Row({ item, changeList }) {
  const isMine = item.ownerId === user.value?.id;
  const isStarred = starred.value.has(item.id);
  const name = visibleText(item.name);
  const count = item.panels?.length ?? 0;
  return h('li', { class: 'row' },
    h('button', {
      type: 'button', class: 'icon-button row-star', 'aria-pressed': isStarred, 'aria-label': `Star ${name}`, title: isStarred ? 'Take the star away' : 'Star', onClick: () => { toggleStar(item.id); },
    }, h(Icon, { name: 'star' })),
    h('a', { class: 'row-link', href: `/dashboard/${encodeURIComponent(item.id)}` },
      h('span', { class: 'row-name' }, name),
      item.description ? h('span', { class: 'row-text' }, visibleText(item.description)) : null),
    h('span', { class: 'row-cell is-mark' }, item.isPublic ? h('span', { class: 'chip' }, h(Icon, { name: 'globe', size: 13 }), 'public') : null),
    h('span', { class: 'row-cell is-number' }, `${count} ${count === 1 ? 'panel' : 'panels'}`),
    h('span', { class: 'row-cell is-owner' }, isMine ? 'you' : 'other owner'),
    h('time', { class: 'row-cell is-age', dateTime: item.updatedAt, title: `Changed ${item.updatedAt}` }, describeAge(Date.parse(item.updatedAt), nowMs.value)),
    h(Menu, {
      label: `Actions for ${name}`,
      items: async () => (await import('./dashboard-actions.js')).dashboardActions(item, changeList),
      children: h(Icon, { name: 'more' }),
    }));
}
