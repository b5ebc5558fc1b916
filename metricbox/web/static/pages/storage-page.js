// What is stored, how full the disk is and becomes, what takes the place; admins change how long it is kept.
import { Fragment, h, useEffect, useLate, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { emptyUrlState } from '../lib/url-state.js';
import { durationInWords, parseDuration } from '../lib/durations.js';
import { exploreHref } from '../lib/explore-url.js';
import { formatValue } from '../lib/format.js';
import { visibleText } from '../lib/labels.js';
import { tableLabel } from '../lib/storage.js';
import { speak } from '../state/notices.js';
import { ServerStatus } from '../state/server-status.js';
import { canExplore, isAdmin } from '../state/session.js';
import { StorageDetails } from '../state/storage-details.js';
import { Age } from './age.js';
import { SettingsTabs } from './settings-tabs.js';
import { StorageDisk } from './storage-disk.js';

/** @typedef {import('../../types/app').Status} Status */
/** @typedef {import('../../types/app').TierStatus} TierStatus */

const loadDialog = async () => (await import('./retention-dialog.js')).RetentionDialog;

export function StoragePage() {
  const [own] = useState(() => new ServerStatus());
  // Queries and names of metrics are for those who may explore.
  const [details] = useState(() => (canExplore() ? new StorageDetails() : null));
  const [changing, setChanging] = useState('');
  useEffect(() => () => {
    own.dispose();
    details?.dispose();
  }, [own, details]);
  const status = own.status.value;
  const fault = own.fault.value;
  const refresh = () => {
    own.refresh();
    details?.refresh();
  };
  const tier = status?.tiers.find((one) => one.table === changing);
  return h(Fragment, null,
    h(PageHeader, { title: 'Storage', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak },
      h(Button, { icon: 'refresh', onClick: refresh }, 'Refresh')),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/storage' }),
      fault !== '' && status === null ? h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: refresh }, 'Retry') }) : null,
      fault === '' && status === null ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      status ? h(StorageDisk, { status, freeSpace: details?.freeSpace.value ?? null }) : null,
      status ? h(Tables, { status, onChange: setChanging }) : null,
      details && status ? h(Largest, { details, series: status.series }) : null),
    tier ? h(LateDialog, {
      tier,
      onClose: () => setChanging(''),
      onDone: () => {
        setChanging('');
        own.refresh();
      },
    }) : null);
}

/** @param {import('./retention-dialog.js').RetentionDialogProps} props */
function LateDialog(props) {
  const { loaded } = useLate(loadDialog);
  return loaded ? h(loaded, props) : null;
}

/** @type {[string, boolean][]} */
const COLUMNS = [['Table', false], ['Oldest', false], ['Newest', false], ['Rows', true], ['On disk', true], ['Bytes a row', true], ['Chunks', true], ['Kept for', true]];

/** @param {{status: Status, onChange: (table: string) => void}} props */
function Tables({ status, onChange }) {
  const mayChange = isAdmin();
  return h('section', { class: 'status-section' },
    h('h2', null, 'What is stored'),
    h('p', { class: 'page-lead' }, 'Older samples are kept as one row a minute, then as one an hour. What is older than a table keeps is deleted, a whole chunk at a time.'),
    h('div', { class: 'table-scroll is-stacking', tabIndex: 0, role: 'region', 'aria-label': 'What is stored' }, h('table', { class: 'table' },
      h('thead', null, h('tr', null,
        COLUMNS.map(([name, isNumber]) => h('th', { key: name, scope: 'col', class: isNumber ? 'is-end' : '' }, name)),
        mayChange ? h('th', { scope: 'col' }, h('span', { class: 'only-spoken' }, 'Actions')) : null)),
      h('tbody', null, status.tiers.map((tier) => h(Row, { key: tier.table, tier, onChange: mayChange ? onChange : null }))))));
}

/** @param {{tier: TierStatus, onChange: ((table: string) => void) | null}} props */
function Row({ tier, onChange }) {
  const keptMs = parseDuration(tier.retention);
  return h('tr', null,
    h('th', { scope: 'row', class: 'is-name' }, tableLabel(tier.table), h('span', { class: 'cell-note' }, tier.table)),
    h('td', { 'data-label': 'Oldest' }, h(Age, { at: tier.oldest, otherwise: 'empty' })),
    h('td', { 'data-label': 'Newest' }, h(Age, { at: tier.newest, otherwise: 'empty' })),
    h('td', { class: 'is-end', 'data-label': 'Rows' }, tier.rows.toLocaleString()),
    h('td', { class: 'is-end', 'data-label': 'On disk' }, formatValue(tier.bytes, 'bytes')),
    h('td', { class: 'is-end', 'data-label': 'Bytes a row' }, tier.rows > 0 && tier.bytes > 0 ? (tier.bytes / tier.rows).toFixed(1) : '–'),
    h('td', { class: 'is-end', 'data-label': 'Chunks' }, tier.chunks.toLocaleString()),
    h('td', { class: 'is-end', 'data-label': 'Kept for', title: `On disk for ${tier.longestLife} at most` }, keptMs === null ? tier.retention : durationInWords(keptMs)),
    onChange === null ? null : h('td', { class: 'is-actions' }, h(Button, { kind: 'quiet', onClick: () => onChange(tier.table), aria: { 'aria-label': `Change how long ${tier.table} is kept` } }, 'Change')));
}

/** @param {{details: StorageDetails, series: number}} props */
function Largest({ details, series }) {
  const list = details.largest.value;
  const fault = details.fault.value;
  if (fault !== '' && list === null) return h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: () => details.refresh() }, 'Retry') });
  if (list === null || list.length === 0) return null;
  return h('section', { class: 'status-section' },
    h('h2', null, 'Largest metrics'),
    h('p', { class: 'page-lead' }, `Of ${series.toLocaleString()} series. A metric with very many has a tag that changes all the time, such as an id.`),
    h('div', { class: 'table-scroll', tabIndex: 0, role: 'region', 'aria-label': 'Largest metrics' }, h('table', { class: 'table' },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Metric'), h('th', { scope: 'col', class: 'is-end' }, 'Series'), h('th', { scope: 'col', class: 'is-end' }, 'Of all'))),
      h('tbody', null, list.map(({ name, seriesCount }) => h('tr', { key: name },
        h('th', { scope: 'row', class: 'is-name', title: visibleText(name) }, h('a', { href: exploreHref([{ query: name }], emptyUrlState()) }, visibleText(name))),
        h('td', { class: 'is-end' }, formatValue(seriesCount, 'none')),
        h('td', { class: 'is-end' }, series > 0 ? formatValue((seriesCount ?? 0) / series, 'ratio', { decimals: 1 }) : '–')))))));
}
