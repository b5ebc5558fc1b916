// The list of dashboards: search, filter, open, create, delete with undo.
import { Fragment, h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { isAbort, messageOf } from '../api/client.js';
import { deleteDashboard, listDashboards } from '../api/dashboards.js';
import { describeAge } from '../lib/durations.js';
import { visibleText } from '../lib/labels.js';
import { nowMs, showToast, speak } from '../state/notices.js';
import { deleteWithUndo, pendingDeletes } from '../state/pending-deletes.js';
import { canEdit, user } from '../state/session.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {'all' | 'mine' | 'public'} Filter */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', list: Dashboard[], message: string}} ListState */

/** @type {{value: Filter, label: string}[]} */
const FILTERS = [{ value: 'all', label: 'All' }, { value: 'mine', label: 'Mine' }, { value: 'public', label: 'Public' }];

/**
 * @param {Dashboard[]} list
 * @param {Filter} filter
 * @param {string} search
 * @param {string} userId
 */
function choose(list, filter, search, userId) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return list
    .filter((item) => filter === 'all' || (filter === 'mine' ? item.ownerId === userId : item.isPublic))
    .filter((item) => words.every((word) => `${item.name} ${item.description ?? ''}`.toLowerCase().includes(word)))
    .sort((left, right) => left.name.localeCompare(right.name, undefined, { numeric: true, sensitivity: 'base' }));
}

export function DashboardsPage() {
  const [state, setState] = useState(/** @type {ListState} */ ({ phase: 'loading', list: [], message: '' }));
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState(/** @type {Filter} */ ('all'));
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
  const list = state.list.filter((item) => !pendingDeletes.value.has(item.id));
  const shown = choose(list, filter, search, user.value?.id ?? '');
  return h(Fragment, null,
    h(PageHeader, { title: 'Dashboards', onAnnounce: speak },
      list.length > 0 ? h('label', { class: 'search' },
        h(Icon, { name: 'search' }),
        h('input', {
          class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search dashboards',
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
        children: canEdit() ? h(Button, { kind: 'primary', icon: 'plus', onClick: openCreate }, 'New dashboard') : null,
      }) : null,
      list.length > 0 ? h(Fragment, null,
        h('div', { class: 'filters', role: 'group', 'aria-label': 'Filter' }, FILTERS.map((item) => h('button', {
          key: item.value, type: 'button', class: 'filter', 'aria-pressed': filter === item.value, onClick: () => setFilter(item.value),
        }, item.label)), h('span', { class: 'filter-count' }, shown.length === list.length ? `${list.length}` : `${shown.length} of ${list.length}`)),
        shown.length === 0 ? h(Message, { title: 'No dashboard matches', children: h(Button, { onClick: () => { setSearch(''); setFilter('all'); } }, 'Show all') })
          : h('ul', { class: 'rows' }, shown.map((item) => h(Row, { key: item.id, item })))) : null),
    dialog);
}

/** @param {{item: Dashboard}} props */
function Row({ item }) {
  const isMine = item.ownerId === user.value?.id;
  const mayDelete = isMine || user.value?.role === 'admin';
  const name = visibleText(item.name);
  const href = `/dashboard/${encodeURIComponent(item.id)}`;
  const remove = () => deleteWithUndo(item.id, `Deleted "${name}"`, () => deleteDashboard(item.id));
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(window.location.origin + href);
      showToast('Link copied');
    } catch {
      // No clipboard on plain HTTP; the row itself is the link.
      showToast('This browser allows copying only over HTTPS', { kind: 'error' });
    }
  };
  const save = async () => (await import('./dashboard-file.js')).saveDashboardFile(item);
  const count = item.panels?.length ?? 0;
  return h('li', { class: 'row' },
    h('a', { class: 'row-link', href },
      h('span', { class: 'row-name' }, name),
      item.description ? h('span', { class: 'row-text' }, visibleText(item.description)) : null),
    h('span', { class: 'row-cell is-mark' }, item.isPublic ? h('span', { class: 'chip' }, h(Icon, { name: 'globe', size: 13 }), 'public') : null),
    h('span', { class: 'row-cell is-number' }, `${count} ${count === 1 ? 'panel' : 'panels'}`),
    h('span', { class: 'row-cell is-owner' }, isMine ? 'you' : 'other owner'),
    h('time', { class: 'row-cell is-age', dateTime: item.updatedAt, title: item.updatedAt }, describeAge(Date.parse(item.updatedAt), nowMs.value)),
    h(Menu, {
      label: `Actions for ${name}`,
      items: [
        { label: 'Open', icon: 'open', href },
        { label: 'Copy link', icon: 'copy', onSelect: copyLink },
        ...(canEdit() ? [{ label: 'Export as a file', icon: 'download', onSelect: save }] : []),
        ...(mayDelete ? [{ label: 'Delete', icon: 'trash', isDanger: true, startsGroup: true, onSelect: remove }] : []),
      ],
      children: h(Icon, { name: 'more' }),
    }));
}
