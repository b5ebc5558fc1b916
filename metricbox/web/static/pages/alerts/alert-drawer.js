// One alert: its series with threshold and the times at which it fired, its labels, what was told to whom.
import { Fragment, h, useEffect, useLate, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Drawer } from '../../ui/drawer.js';
import { Icon } from '../../ui/icon.js';
import { Message } from '../../ui/page-header.js';
import { loadStyle } from '../../ui/style-sheet.js';
import { CONDITIONS, describeSince, describeValue, formatLimit, SEVERITIES, shownLabels } from '../../lib/alerts.js';
import { messageText } from '../../lib/alert-message.js';
import { formatValue } from '../../lib/format.js';
import { visibleText } from '../../lib/labels.js';
import { formatDateTime } from '../../lib/time.js';
import { RuleChart } from '../../panels/rule-editor/rule-chart.js';
import { nowMs, speak } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';
import { canEdit } from '../../state/session.js';
import { palette } from '../../state/theme.js';
import { AlertActions } from './alert-actions.js';
import { useAlertDetails } from './use-alert-details.js';
import { useRuleUnit } from './use-rule-unit.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../../types/app').Delivery} Delivery */

/**
 * @typedef {object} AlertDrawerProps
 * @property {string} id of the event
 * @property {import('../../state/alert-list.js').AlertList} list
 * @property {() => void} onClose
 */

/** @param {AlertDrawerProps} props */
export function AlertDrawer({ id, list, onClose }) {
  const listed = list.alerts.value?.find((alert) => alert.event?.id === id)?.event ?? null;
  // It stays while somebody reads, also when it is over.
  const [kept, setKept] = useState(/** @type {AlertEvent | null} */ (null));
  useEffect(() => {
    if (listed) setKept(listed);
  }, [listed]);
  const event = listed ?? kept;
  if (list.alerts.value === null) return null;
  if (event === null) {
    return h(Drawer, { title: 'Alert', onClose, children: h(Message, {
      icon: 'check', title: 'This alert does not fire any more', text: 'The history has it, with what was told to whom.', children: h('a', { class: 'button is-plain', href: '/alerts/history' }, 'History'),
    }) });
  }
  const rule = list.rules.value?.find((one) => one.id === event.ruleId) ?? null;
  const severity = SEVERITIES[event.severity];
  return h(Drawer, {
    title: visibleText(event.ruleName), onClose,
    mark: h('span', { class: `alert-severity is-${event.severity}` }, h(Icon, { name: severity.icon, size: 18 }), severity.label),
    children: [
      canEdit() && listed ? h('div', { key: 'actions', class: 'drawer-buttons' }, h(AlertActions, { event, list })) : null,
      h(Details, { key: 'details', event, rule, isOver: listed === null, isMuted: list.isMuted(event.labels) }),
    ],
  });
}

/** @param {{event: AlertEvent, rule: AlertRule | null, isOver: boolean, isMuted: boolean}} props */
function Details({ event, rule, isOver, isMuted }) {
  const unit = useRuleUnit(rule ?? { query: '', unit: event.unit });
  const details = useAlertDetails(event, rule);
  const alert = { state: /** @type {const} */ ('firing'), sinceMs: Date.parse(event.triggeredAt), firesMs: null, kind: event.kind, value: event.value ?? null };
  const since = isOver ? 'over since this page was opened' : describeSince(alert, nowMs.value, preferredZone.value);
  return h(Fragment, null,
    h('dl', { class: 'alert-facts' },
      h(Fact, { name: 'Value' }, describeValue(alert, unit)),
      rule && event.kind === 'condition' ? h(Fact, { name: 'Limit' }, `${CONDITIONS[rule.condition].sign} ${formatLimit(rule.threshold, unit)}`) : null,
      event.peak === null || event.peak === undefined ? null : h(Fact, { name: 'Worst' }, formatValue(event.peak, unit)),
      h(Fact, { name: 'Fires' }, h('time', { dateTime: event.triggeredAt, title: formatDateTime(alert.sinceMs, preferredZone.value) }, since)),
      h(Fact, { name: 'Seen' }, event.acknowledgedBy ? `by ${visibleText(event.acknowledgedBy)}` : 'by nobody yet'),
      isMuted ? h(Fact, { name: 'Silence' }, 'muted now') : null),
    event.comment ? h('blockquote', { class: 'alert-comment' }, event.comment.split('\n').map(visibleText).join('\n')) : null,
    rule?.error ? h('p', { class: 'rule-fault' }, `The query fails: ${visibleText(rule.error)}`) : null,
    event.kind === 'condition' ? h(Picture, { event, rule, unit, details }) : null,
    h('h3', { class: 'drawer-part' }, 'Labels'),
    h('ul', { class: 'alert-tags' }, shownLabels(event.labels).map(([name, value]) => h('li', { key: name, class: 'alert-label' }, `${visibleText(name)}=`, h('b', null, visibleText(value)))),
      shownLabels(event.labels).length === 0 ? h('li', { class: 'alert-none' }, 'none') : null),
    rule && event.kind === 'condition' ? [
      h('h3', { key: 'head', class: 'drawer-part' }, 'Message'),
      h('p', { key: 'text', class: 'alert-message' }, visibleText(messageText({
        template: rule.notification.message ?? '', rule: event.ruleName, condition: rule.condition, threshold: rule.threshold, severity: event.severity, labels: event.labels, value: event.value ?? null, unit: rule.unit,
      }))),
    ] : null,
    h('h3', { class: 'drawer-part' }, 'Told'),
    h(Deliveries, { list: details.deliveries, fault: details.deliveriesFault, hasChannels: (rule?.notification.channels ?? []).length > 0 }),
    rule ? h('p', { class: 'drawer-link' }, h('a', { class: 'button is-plain', href: `/alerts/rules/${encodeURIComponent(rule.id)}` }, h(Icon, { name: canEdit() ? 'pencil' : 'open' }), canEdit() ? 'Edit the rule' : 'The rule'))
      : h('p', { class: 'alert-none' }, 'The rule was deleted.'));
}

/** @param {{name: string, children?: import('../../ui/html.js').Children}} props */
function Fact({ name, children }) {
  return h('div', { class: 'alert-fact' }, h('dt', null, name), h('dd', null, children));
}

const loadSheets = () => Promise.all(['/static/vendor/uplot/uPlot.min.css', '/static/styles/panels.css'].map(loadStyle)).then(() => true);

/** @param {{event: AlertEvent, rule: AlertRule | null, unit: string | null, details: import('./use-alert-details.js').AlertDetails}} props */
function Picture({ event, rule, unit, details }) {
  const { loaded: isReady } = useLate(loadSheets);
  const colors = palette.value;
  const zone = preferredZone.value;
  const context = useMemo(() => (colors ? { palette: colors, zone, onSpeak: speak } : null), [colors, zone]);
  const { frame, span, slots, spans, table, fault } = details;
  if (!rule || details.isHidden) return null;
  if (fault !== '') return h('div', { class: 'alert-chart is-empty' }, h('p', null, fault), h(Button, { icon: 'refresh', onClick: details.retry }, 'Retry'));
  if (!isReady || !context || !frame || !span) return h('div', { class: 'alert-chart', 'aria-busy': 'true' });
  if (frame.series.length === 0) return h('div', { class: 'alert-chart is-empty' }, h('p', null, 'There are no data of this series any more.'));
  return h('div', { class: 'alert-chart' }, h(RuleChart, {
    label: visibleText(event.ruleName), frame, slots, span, unit, table, threshold: rule.threshold, recoveryThreshold: rule.recoveryThreshold ?? null, severity: event.severity, spans, context,
  }));
}

/** @type {Record<Delivery['state'], {icon: string, label: string}>} */
const STATES = {
  delivered: { icon: 'check', label: 'delivered' }, queued: { icon: 'clock', label: 'waiting' }, given_up: { icon: 'critical', label: 'given up' }, dropped: { icon: 'stop', label: 'dropped' },
};

/** @param {{list: Delivery[] | null, fault: string, hasChannels: boolean}} props */
function Deliveries({ list, fault, hasChannels }) {
  if (fault !== '') return h('p', { class: 'form-error' }, fault);
  if (list === null) return h('p', { class: 'alert-none', 'aria-busy': 'true' }, '…');
  if (list.length === 0) return h('p', { class: 'alert-none' }, hasChannels ? 'nobody yet' : 'nobody: the rule has no channels');
  return h('ul', { class: 'alert-told' }, list.map((one) => h('li', { key: one.id, class: `is-${one.state}` },
    h('span', { class: 'told-state' }, h(Icon, { name: STATES[one.state].icon, size: 14 }), STATES[one.state].label),
    h('span', { class: 'told-channel' }, visibleText(one.channelName)),
    h('span', null, one.status),
    h('time', { dateTime: one.createdAt }, formatDateTime(Date.parse(one.createdAt), preferredZone.value)),
    one.answer ? h('span', { class: 'told-answer' }, visibleText(one.answer)) : null)));
}
