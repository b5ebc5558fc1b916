// Alerts: what fires and is about to, the rules, the silences. Which of them, and the alert that is open, is in the address.
import { Fragment, h, useEffect, useLate, useMemo } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { describeAge } from '../lib/durations.js';
import { AlertList } from '../state/alert-list.js';
import { changeUrlState, navigate, urlState } from '../state/location.js';
import { nowMs, speak } from '../state/notices.js';
import { canEdit } from '../state/session.js';
import { ActiveTab } from './alerts/active-tab.js';
import { RulesTab } from './alerts/rules-tab.js';

/** @typedef {'active' | 'rules' | 'silences'} Tab */

/** @type {{value: Tab, label: string, href: string}[]} */
const TABS = [
  { value: 'active', label: 'Active', href: '/alerts' },
  { value: 'rules', label: 'Rules', href: '/alerts?tab=rules' },
  { value: 'silences', label: 'Silences', href: '/alerts?tab=silences' },
];

const loadDrawer = async () => (await import('./alerts/alert-drawer.js')).AlertDrawer;
const loadSilences = async () => (await import('./alerts/silences-tab.js')).SilencesTab;

export function AlertsPage() {
  const list = useMemo(() => new AlertList(), []);
  useEffect(() => () => list.dispose(), [list]);
  const { own } = urlState.value;
  const tab = TABS.find(({ value }) => value === own['tab']?.[0])?.value ?? 'active';
  const opened = own['alert']?.[0] ?? null;
  const alerts = list.alerts.value;
  const rules = list.rules.value;
  /** @type {Record<Tab, number | null>} */
  const counts = { active: alerts === null ? null : list.firingTotal.value, rules: rules?.length ?? null, silences: null };
  const open = (/** @type {string | null} */ id) => changeUrlState({ own: { ...(tab === 'active' ? {} : { tab: [tab] }), ...(id === null ? {} : { alert: [id] }) } });
  return h(Fragment, null,
    h(PageHeader, { title: 'Alerts', onAnnounce: speak, mark: h(TabLinks, { tab, counts }) },
      h('a', { class: 'button is-plain', href: '/alerts/history' }, h(Icon, { name: 'history' }), 'History'),
      canEdit() && tab !== 'silences' ? h(Button, { kind: 'primary', icon: 'plus', onClick: () => navigate('/alerts/rules/new') }, 'New rule') : null),
    h(Stopped, { list }),
    h('div', { class: 'page-body' },
      tab === 'silences' ? h(LateSilences, {})
        : rules === null || alerts === null ? h(Waiting, { fault: list.fault.value, onRetry: () => list.refresh() })
          : h(Fragment, null,
            list.fault.value === '' ? null : h('p', { class: 'form-error', role: 'alert' }, `This could not be renewed: ${list.fault.value}`),
            tab === 'rules' ? h(RulesTab, { list, rules }) : h(ActiveTab, { list, alerts, rules, onOpen: open }))),
    opened !== null && tab === 'active' ? h(LateDrawer, { key: opened, id: opened, list, onClose: () => open(null) }) : null);
}

/** @param {{tab: Tab, counts: Record<Tab, number | null>}} props */
function TabLinks({ tab, counts }) {
  return h('nav', { class: 'alert-tabs', 'aria-label': 'Parts of alerts' }, TABS.map(({ value, label, href }) => h('a', {
    key: value, class: 'filter', href, 'aria-current': value === tab ? 'page' : undefined,
  }, label, counts[value] === null ? null : h('span', { class: 'alert-count' }, ` ${(counts[value] ?? 0).toLocaleString()}`))));
}

/** Nobody is woken any more, and silence looks like peace. @param {{list: AlertList}} props */
function Stopped({ list }) {
  const { lastMs, hasStopped } = list.evaluation.value;
  if (!hasStopped) return null;
  return h('div', { class: 'banner is-critical', role: 'alert' }, h(Icon, { name: 'critical' }), h('div', { class: 'banner-text' },
    h('strong', null, 'Alert evaluation has stopped.'),
    h('span', null, lastMs === null ? 'No rule was evaluated since this page was opened. The server’s log says why.' : `The last one was ${describeAge(lastMs, nowMs.value)}. The server’s log says why.`)));
}

/** @param {{fault: string, onRetry: () => void}} props */
function Waiting({ fault, onRetry }) {
  if (fault !== '') return h(Message, { icon: 'critical', title: fault, children: h(Button, { icon: 'refresh', onClick: onRetry }, 'Retry') });
  return h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' })));
}

/** @param {import('./alerts/alert-drawer.js').AlertDrawerProps} props */
function LateDrawer(props) {
  const { loaded } = useLate(loadDrawer);
  return loaded ? h(loaded, props) : null;
}

function LateSilences() {
  const { loaded, hasFailed } = useLate(loadSilences);
  if (hasFailed) return h(Message, { icon: 'critical', title: 'This part could not be loaded', text: 'Reload the page to try again.' });
  return loaded ? h(loaded, {}) : null;
}
