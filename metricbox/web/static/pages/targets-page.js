// What the server scrapes: each target with its state, what went wrong in words, and how to add one.
import { Fragment, h, useEffect, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyBlock } from '../ui/copy-block.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { visibleText } from '../lib/labels.js';
import { chooseTargets, countHealth, describeDuration, describeError, EXAMPLE, moreLabels, TARGET_STATES } from '../lib/targets.js';
import { speak } from '../state/notices.js';
import { TargetList } from '../state/target-list.js';
import { Age } from './age.js';
import { SettingsTabs } from './settings-tabs.js';

/** @typedef {import('../../types/app').ScrapeTarget} ScrapeTarget */
/** @typedef {import('../../types/app').ScrapeProblem} ScrapeProblem */
/** @typedef {import('../api/targets.js').TargetLook} TargetLook */
/** @typedef {import('../lib/targets.js').HealthFilter} Filter */

export function TargetsPage() {
  const list = useMemo(() => new TargetList(), []);
  useEffect(() => () => list.dispose(), [list]);
  const look = list.look.value;
  const fault = list.fault.value;
  return h(Fragment, null,
    h(PageHeader, { title: 'Targets', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak }),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/targets' }),
      h('p', { class: 'page-lead' }, 'Programs that metricbox asks for their metrics. The settings file names them.'),
      look === null && fault !== '' ? h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: () => list.refresh() }, 'Retry') }) : null,
      look === null && fault === '' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      look !== null && fault !== '' ? h('p', { class: 'form-error', role: 'alert' }, `The list could not be renewed: ${fault}`) : null,
      look ? h(Listed, { look }) : null));
}

/** @param {{look: TargetLook}} props */
function Listed({ look }) {
  const { list, problems, jobs, dropped } = look;
  return h(Fragment, null,
    h(Problems, { problems }),
    list.length > 0 ? h(Targets, { list }) : null,
    list.length === 0 && jobs === 0 ? h(Nothing, {}) : null,
    list.length === 0 && jobs > 0 ? h(Message, {
      icon: 'search', title: 'No targets were found',
      text: dropped > 0 ? 'The relabel rules drop all that there are.' : 'The settings file has [[scrape]] tables, but they name no target yet.',
    }) : null,
    list.length > 0 && dropped > 0 ? h('p', { class: 'field-help' }, `${dropped} more ${dropped === 1 ? 'is' : 'are'} dropped by relabel rules.`) : null);
}

function Nothing() {
  return h('div', { class: 'targets-empty' },
    h(Message, { icon: 'globe', title: 'Nothing is scraped yet', text: 'Add lines like these to the settings file, once for each kind of program, and restart metricbox.' }),
    h(CopyBlock, { text: EXAMPLE, label: 'Lines for the settings file' }),
    h('p', { class: 'field-help' }, 'The settings file is the one that metricbox was started with, by --config or METRICBOX_CONFIG.'));
}

/** @param {{problems: ScrapeProblem[]}} props */
function Problems({ problems }) {
  if (problems.length === 0) return null;
  return h('ul', { class: 'target-problems', 'aria-label': 'Problems with finding targets' }, problems.map(({ job, message }) => h('li', { key: job + message, class: 'target-problem' },
    h(Icon, { name: 'warning' }), h('span', null, h('strong', null, visibleText(job)), ' ', visibleText(message)))));
}

/** @type {Filter[]} */
const FILTERS = ['all', 'down', 'up', 'unknown'];

/** @param {{list: ScrapeTarget[]}} props */
function Targets({ list }) {
  const [filter, setFilter] = useState(/** @type {Filter} */ ('all'));
  const [search, setSearch] = useState('');
  const counts = countHealth(list);
  const shown = useMemo(() => chooseTargets(list, { filter, search }), [list, filter, search]);
  const showAll = () => {
    setFilter('all');
    setSearch('');
  };
  return h(Fragment, null,
    h('div', { class: 'filters' },
      h('label', { class: 'search' }, h(Icon, { name: 'search' }), h('input', {
        class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search targets', 'aria-keyshortcuts': '/',
        onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      })),
      h('div', { class: 'filter-group', role: 'group', 'aria-label': 'State' }, FILTERS.filter((value) => value !== 'unknown' || counts.unknown > 0).map((value) => h('button', {
        key: value, type: 'button', class: `filter host-filter target-filter is-${value}`, 'aria-pressed': filter === value, onClick: () => setFilter(value),
      }, value === 'all' ? null : h(Icon, { name: TARGET_STATES[value].icon, size: 14 }), `${value === 'all' ? 'All' : TARGET_STATES[value].label} `, h('span', { class: 'host-count' }, counts[value])))),
      h('span', { class: 'filter-count', role: 'status' }, shown.length === list.length ? '' : `${shown.length} of ${list.length}`)),
    shown.length === 0
      ? h(Message, { title: 'No target matches', children: h(Button, { onClick: showAll }, 'Show all') })
      : h(TargetTable, { list: shown }));
}

const COLUMNS = ['State', 'Last scrape', 'Took', 'Samples'];

/** @param {{list: ScrapeTarget[]}} props */
function TargetTable({ list }) {
  return h('div', { class: 'table-scroll is-stacking' }, h('table', { class: 'table targets' },
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Target'), COLUMNS.map((text) => h('th', { key: text, scope: 'col' }, text)))),
    h('tbody', null, list.map((target) => h(Row, { key: `${target.job} ${target.url} ${JSON.stringify(target.labels)}`, target })))));
}

/** @param {{target: ScrapeTarget}} props */
function Row({ target }) {
  const { label, icon } = TARGET_STATES[target.health];
  const labels = moreLabels(target).map(([name, value]) => `${visibleText(name)}=${visibleText(value)}`).join(', ');
  const error = describeError(target);
  return h('tr', { class: 'target' },
    h('td', { class: 'is-name' },
      h('span', { class: 'cell-text', title: visibleText(target.url) }, visibleText(target.instance)), h('span', { class: 'chip' }, visibleText(target.job)),
      h('span', { class: 'cell-note' }, visibleText(target.url)),
      labels === '' ? null : h('span', { class: 'cell-note' }, labels),
      error === '' ? null : h('span', { class: `target-error is-${target.health}` }, visibleText(error))),
    h('td', null, h('span', { class: `target-state is-${target.health}` }, h(Icon, { name: icon, size: 15 }), label)),
    h('td', { 'data-label': 'Last scrape' }, h(Age, { at: target.lastScrapeAt, otherwise: 'not yet' })),
    h('td', { 'data-label': 'Took', class: 'is-number' }, describeDuration(target.lastDurationMs)),
    h('td', { 'data-label': 'Samples', class: 'is-number' }, target.samples === null || target.samples === undefined ? '–' : target.samples.toLocaleString()));
}
