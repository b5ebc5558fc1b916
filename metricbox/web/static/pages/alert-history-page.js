// What fired, and what was told of it: events and the ledger of deliveries. What is looked for is in the address.
import { Fragment, h, useEffect, useLate, useState } from '../ui/html.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { listRules } from '../api/alerts.js';
import { place, urlState } from '../state/location.js';
import { speak } from '../state/notices.js';
import { setTimeDefaults } from '../state/time-range.js';

/** @typedef {import('../../types/app').AlertRule} AlertRule */

const TABS = [{ value: 'events', label: 'Events' }, { value: 'deliveries', label: 'Deliveries' }];
const PARENT = { label: 'Alerts', href: '/alerts' };

const loadEvents = async () => (await import('./alerts/events-tab.js')).EventsTab;
const loadDeliveries = async () => (await import('./alerts/deliveries-tab.js')).DeliveriesTab;

export function AlertHistoryPage() {
  // Before the first question: it is asked with the page's own range.
  useState(() => setTimeDefaults({ from: 'now-24h', to: 'now' }, '30s'));
  const isLedger = urlState.value.own['tab']?.[0] === 'deliveries';
  const rules = useRules();
  const { loaded, hasFailed } = useLate(isLedger ? loadDeliveries : loadEvents);
  if (hasFailed) return h(Fragment, null, h(PageHeader, { title: 'Alert history', parent: PARENT, onAnnounce: speak }), h('div', { class: 'page-body' }, h(Message, { icon: 'critical', title: 'This part could not be loaded', text: 'Reload the page to try again.' })));
  const tabs = h('nav', { class: 'tabs', 'aria-label': 'History' }, TABS.map((tab) => h('a', {
    key: tab.value, class: 'tab', href: tabLink(tab.value), 'aria-current': isLedger === (tab.value === 'deliveries') ? 'page' : undefined,
  }, tab.label)));
  return loaded ? h(loaded, { key: String(isLedger), rules, parent: PARENT, tabs }) : h('div', { class: 'page-body', 'aria-busy': 'true' });
}

/** The same time and rule on the other tab. @param {string} tab */
function tabLink(tab) {
  const params = new URLSearchParams(place.value.search);
  for (const name of ['status', 'severity', 'state', 'search']) params.delete(name);
  if (tab === 'events') params.delete('tab');
  else params.set('tab', tab);
  const text = params.toString();
  return `/alerts/history${text === '' ? '' : `?${text}`}`;
}

/** For the names in the filter; without an answer it has none. */
function useRules() {
  const [rules, setRules] = useState(/** @type {AlertRule[]} */ ([]));
  useEffect(() => {
    const abort = new AbortController();
    listRules(abort.signal).then(({ list }) => setRules(list)).catch(() => undefined);
    return () => abort.abort();
  }, []);
  return rules;
}
