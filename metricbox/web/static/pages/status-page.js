// How the server is doing: what needs looking at, what comes in and what is refused, tables, jobs.
import { Fragment, h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyBlock } from '../ui/copy-block.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { formatAge } from '../lib/durations.js';
import { formatValue } from '../lib/format.js';
import { bytesPerRow, doorLabel, findTrouble, reasonLabel, supportText } from '../lib/status.js';
import { speak } from '../state/notices.js';
import { ServerStatus } from '../state/server-status.js';
import { Age } from './age.js';
import { SettingsTabs } from './settings-tabs.js';

/** @typedef {import('../../types/app').Status} Status */
/** @typedef {import('../lib/status.js').Finding} Finding */

export function StatusPage() {
  const [own] = useState(() => new ServerStatus());
  const [isTextOpen, setTextOpen] = useState(false);
  useEffect(() => () => own.dispose(), [own]);
  const status = own.status.value;
  const fault = own.fault.value;
  return h(Fragment, null,
    h(PageHeader, { title: 'Status', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak },
      h(Button, { icon: 'copy', isDisabled: status === null, onClick: () => setTextOpen(true) }, 'Support text'),
      h(Button, { icon: 'refresh', onClick: () => own.refresh() }, 'Refresh')),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/status' }),
      fault !== '' && status === null ? h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: () => own.refresh() }, 'Retry') }) : null,
      fault === '' && status === null ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      status ? h(Sections, { status }) : null),
    isTextOpen && status ? h(Dialog, { title: 'Support text', onClose: () => setTextOpen(false), children: h(Fragment, null,
      h('p', null, 'The figures of this page as text, for whoever helps you. It holds no secrets.'),
      h(CopyBlock, { text: supportText(status), label: 'Support text' })) }) : null);
}

/** @param {{status: Status}} props */
function Sections({ status }) {
  const trouble = findTrouble(status, Date.now());
  return h(Fragment, null,
    h('section', { class: 'status-section', 'aria-label': 'What needs looking at' },
      trouble.length === 0
        ? h('p', { class: 'status-well' }, h(Icon, { name: 'check' }), 'All is well.')
        : h('ul', { class: 'findings' }, trouble.map((one) => h(Trouble, { key: one.text, finding: one })))),
    h(Facts, { status }),
    h(Doors, { status }),
    status.refusals.length > 0 ? h(Refused, { status }) : null,
    h(Tables, { status }),
    h(Jobs, { status }));
}

/** @param {{finding: Finding}} props */
function Trouble({ finding }) {
  return h('li', { class: 'finding' }, h(Icon, { name: 'warning', label: 'Warning' }),
    h('div', null, h('strong', null, finding.text), h('p', null, finding.advice, ' ', finding.href ? h('a', { href: finding.href }, finding.link) : null)));
}

/** @param {{status: Status}} props */
function Facts({ status }) {
  const { disk, alerts } = status;
  const facts = [
    ['Version', status.version],
    ['Running for', formatAge(status.uptimeMs)],
    ['Series', status.series.toLocaleString()],
    ['Metrics', status.metrics.toLocaleString()],
    ['Disk free', `${formatValue(disk.freeBytes, 'bytes')} of ${formatValue(disk.totalBytes, 'bytes')}`],
    ['Waiting to be written', `${status.queue.samples.toLocaleString()} samples`],
    ['Alert rules', `${alerts.rules}, ${alerts.firing} firing`],
    ['Messages waiting', alerts.queuedDeliveries.toLocaleString()],
  ];
  return h('dl', { class: 'facts' }, facts.map(([name, value]) => h('div', { key: name, class: 'fact' }, h('dt', null, name), h('dd', null, value))));
}

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string} [props.id]
 * @param {string} [props.text]
 * @param {readonly [string, boolean][]} props.columns with whether they hold numbers
 * @param {import('../ui/html.js').VNode[]} props.rows
 * @param {boolean} [props.isStacking] on a phone each row is a block of its own
 */
function Section({ title, id, text, columns, rows, isStacking }) {
  return h('section', { class: 'status-section', id },
    h('h2', null, title),
    text ? h('p', { class: 'page-lead' }, text) : null,
    h('div', { class: isStacking ? 'table-scroll is-stacking' : 'table-scroll', tabIndex: 0, role: 'region', 'aria-label': title }, h('table', { class: 'table' },
      h('thead', null, h('tr', null, columns.map(([name, isNumber]) => h('th', { key: name, scope: 'col', class: isNumber ? 'is-end' : '' }, name)))),
      h('tbody', null, rows))));
}

/** @param {{status: Status}} props */
function Doors({ status }) {
  if (status.ingest.length === 0) return null;
  return h(Section, {
    title: 'What comes in', text: 'Samples since the start, by the way they came.',
    columns: [['Way', false], ['Taken', true], ['Refused', true]],
    rows: [...status.ingest].sort((a, b) => b.accepted - a.accepted).map((one) => h('tr', { key: one.source },
      h('th', { scope: 'row' }, doorLabel(one.source)),
      h('td', { class: 'is-end' }, one.accepted.toLocaleString()),
      h('td', { class: one.refused > 0 ? 'is-end is-over' : 'is-end' }, one.refused.toLocaleString()))),
  });
}

/** @param {{status: Status}} props */
function Refused({ status }) {
  return h(Section, {
    id: 'refused', title: 'What was refused', isStacking: true,
    text: 'Since the start, with what was said of the last one. Senders got the same words, but for values that are no number and what a rule drops.',
    columns: [['Way', false], ['Why', false], ['Samples', true], ['Last', false]],
    rows: [...status.refusals].sort((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).map((one) => h('tr', { key: `${one.source} ${one.reason}` },
      h('th', { scope: 'row' }, doorLabel(one.source)),
      h('td', { class: 'is-reason' }, reasonLabel(one.reason), one.example ? h('span', { class: 'cell-note' }, one.example) : null),
      h('td', { class: 'is-end', 'data-label': 'Samples' }, one.samples.toLocaleString()),
      h('td', { 'data-label': 'Last' }, one.lastAt ? h(Age, { at: one.lastAt }) : '–'))),
  });
}

/** @param {{status: Status}} props */
function Tables({ status }) {
  return h(Section, {
    title: 'What is stored',
    columns: [['Table', false], ['Rows', true], ['On disk', true], ['Bytes a row', true], ['From', false], ['Kept', true]],
    rows: status.tiers.map((tier) => h('tr', { key: tier.table },
      h('th', { scope: 'row' }, tier.table),
      h('td', { class: 'is-end' }, tier.rows.toLocaleString()),
      h('td', { class: 'is-end' }, tier.bytes > 0 ? formatValue(tier.bytes, 'bytes') : '–'),
      h('td', { class: 'is-end' }, bytesPerRow(tier)?.toFixed(1) ?? '–'),
      h('td', null, tier.oldest ? h(Age, { at: tier.oldest }) : 'empty'),
      h('td', { class: 'is-end' }, tier.retention))),
  });
}

/** @param {{status: Status}} props */
function Jobs({ status }) {
  return h(Section, {
    title: 'Jobs',
    columns: [['Job', false], ['Every', true], ['Last success', false], ['Took', true], ['State', false]],
    rows: status.jobs.map((job) => h('tr', { key: job.name },
      h('th', { scope: 'row' }, job.name),
      h('td', { class: 'is-end' }, job.interval),
      h('td', null, job.lastSucceededAt ? h(Age, { at: job.lastSucceededAt }) : 'not yet'),
      h('td', { class: 'is-end' }, job.lastDurationMs === null ? '–' : `${job.lastDurationMs.toLocaleString()} ms`),
      h('td', { class: job.lastError ? 'is-over' : '' }, job.lastError ?? (job.running ? 'running' : 'waits')))),
  });
}
