// Who changed what, when, from where; for admins.
import { Fragment, h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { Pager } from '../ui/pager.js';
import { Select } from '../ui/select.js';
import { listAudit } from '../api/audit.js';
import { ACTIONS, describeAuthor, describeEntry, describeSource, listChanges, RESOURCES } from '../lib/changes.js';
import { formatDateTime } from '../lib/time.js';
import { speak } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';
import { isAdmin } from '../state/session.js';
import { AdminsOnly, SettingsTabs } from './settings-tabs.js';
import { PAGE_SIZE, usePagedList, useSettled } from './use-paged-list.js';

/** @typedef {import('../../types/app').AuditEntry} AuditEntry */
/** @typedef {{search: string, action: string, resourceType: string, from: string}} Filter */

/** @type {Filter} */
const ALL = { search: '', action: '', resourceType: '', from: '' };

const PERIODS = [
  { value: '', label: 'Any time' },
  { value: 'now-1h', label: 'Last hour' },
  { value: 'now-1d', label: 'Last day' },
  { value: 'now-7d', label: 'Last 7 days' },
  { value: 'now-30d', label: 'Last 30 days' },
];

/**
 * @param {string} label of the first, which is no filter
 * @param {Record<string, string>} words
 */
function optionsOf(label, words) {
  return [{ value: '', label }, ...Object.entries(words).map(([value, text]) => ({ value, label: text.charAt(0).toUpperCase() + text.slice(1) }))];
}

const ACTION_OPTIONS = optionsOf('Any action', ACTIONS);
const RESOURCE_OPTIONS = optionsOf('Anything', RESOURCES);

export function AuditPage() {
  return isAdmin() ? h(Audit, {}) : h(AdminsOnly, { title: 'Audit log' });
}

function Audit() {
  const [filter, setFilter] = useState(ALL);
  const search = useSettled(filter.search);
  const wish = { ...filter, search };
  const { phase, list, total, message, page, setPage, reload } = usePagedList(
    (number, signal) => listAudit({ ...wish, page: number, pageSize: PAGE_SIZE }, signal), JSON.stringify(wish));
  /** @param {keyof Filter} name */
  const set = (name) => (/** @type {string} */ value) => setFilter((current) => ({ ...current, [name]: value }));
  const isFiltered = Object.values(wish).some((value) => value !== '');
  return h(Fragment, null,
    h(PageHeader, { title: 'Audit log', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak },
      h('label', { class: 'search' }, h(Icon, { name: 'search' }), h('input', {
        class: 'input', type: 'search', value: filter.search, placeholder: 'Search', 'aria-label': 'Search the audit log',
        onInput: (/** @type {Event} */ event) => set('search')(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      })),
      h(Button, { icon: 'refresh', onClick: reload }, 'Refresh')),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/audit' }),
      h('div', { class: 'filters', role: 'group', 'aria-label': 'Filter' },
        h(Select, { label: 'Action', value: filter.action, options: ACTION_OPTIONS, onChange: set('action'), isSmall: true }),
        h(Select, { label: 'Of what', value: filter.resourceType, options: RESOURCE_OPTIONS, onChange: set('resourceType'), isSmall: true }),
        h(Select, { label: 'Since when', value: filter.from, options: PERIODS, onChange: set('from'), isSmall: true }),
        isFiltered ? h(Button, { kind: 'quiet', onClick: () => setFilter(ALL) }, 'Show all') : null,
        h('span', { class: 'filter-count' }, phase === 'ready' ? `${total.toLocaleString()} ${total === 1 ? 'entry' : 'entries'}` : '')),
      phase === 'failed' ? h(Message, { icon: 'critical', title: message, children: h(Button, { icon: 'refresh', onClick: reload }, 'Retry') }) : null,
      phase === 'ready' && list.length === 0 ? h(Message, { icon: 'history', title: isFiltered ? 'Nothing matches' : 'Nothing has been changed yet' }) : null,
      list.length > 0 ? h('ol', { class: 'entries' }, list.map((entry) => h(Entry, { key: entry.id, entry }))) : null,
      h(Pager, { page, pageSize: PAGE_SIZE, total, label: 'Pages of the audit log', onChange: setPage })));
}

/** @param {{entry: AuditEntry}} props */
function Entry({ entry }) {
  const [isOpen, setOpen] = useState(false);
  const changes = listChanges(entry.before, entry.after);
  const isBad = entry.action === 'sign_in_failed';
  const head = h(Fragment, null,
    h('time', { class: 'entry-time', dateTime: entry.at }, formatDateTime(Date.parse(entry.at), preferredZone.value)),
    h('span', { class: 'entry-what' }, isBad ? h(Icon, { name: 'warning', label: 'Warning' }) : null, describeEntry(entry)),
    h('span', { class: 'entry-who' }, [describeAuthor(entry), describeSource(entry)].filter((part) => part !== '').join(' ')));
  if (changes.length === 0) return h('li', { class: 'entry' }, h('div', { class: 'entry-head' }, head));
  const bodyId = `entry-${entry.id}`;
  return h('li', { class: isOpen ? 'entry is-open' : 'entry' },
    h('button', { type: 'button', class: 'entry-head is-button', 'aria-expanded': isOpen, 'aria-controls': bodyId, onClick: () => setOpen(!isOpen) },
      head, h('span', { class: 'entry-arrow' }, h(Icon, { name: 'down' }))),
    h('div', { id: bodyId, class: 'entry-body', hidden: !isOpen }, isOpen ? h(Changes, { entry, changes }) : null));
}

/** @param {{entry: AuditEntry, changes: import('../lib/changes.js').Change[]}} props */
function Changes({ entry, changes }) {
  const hasBefore = entry.before !== null && entry.before !== undefined;
  const hasAfter = entry.after !== null && entry.after !== undefined;
  return h('table', { class: 'changes' },
    h('thead', null, h('tr', null,
      h('th', { scope: 'col' }, 'Field'), hasBefore ? h('th', { scope: 'col' }, hasAfter ? 'Before' : 'Was') : null, hasAfter ? h('th', { scope: 'col' }, hasBefore ? 'After' : 'Is') : null)),
    h('tbody', null, changes.map((change) => h('tr', { key: change.name },
      h('th', { scope: 'row' }, change.name),
      hasBefore ? h('td', { 'data-label': hasAfter ? 'Before' : 'Was' }, change.before) : null,
      hasAfter ? h('td', { 'data-label': hasBefore ? 'After' : 'Is' }, change.after) : null))));
}
