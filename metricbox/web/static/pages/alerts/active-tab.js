// What fires and what is about to, the worst and newest first.
import { Fragment, h, useMemo } from '../../ui/html.js';
import { Icon } from '../../ui/icon.js';
import { Message } from '../../ui/page-header.js';
import { describeLabels, describeSince, describeValue, SEVERITIES, shownLabels } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { formatDateTime } from '../../lib/time.js';
import { SHOWN_MAX } from '../../state/alert-list.js';
import { nowMs } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';
import { canEdit } from '../../state/session.js';
import { AlertActions } from './alert-actions.js';
import { BuiltInButton } from './built-in-button.js';
import { useRuleUnit } from './use-rule-unit.js';

/** @typedef {import('../../lib/alerts.js').ActiveAlert} ActiveAlert */
/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../state/alert-list.js').AlertList} AlertList */

/**
 * @typedef {object} ActiveTabProps
 * @property {AlertList} list
 * @property {ActiveAlert[]} alerts
 * @property {AlertRule[]} rules
 * @property {(id: string) => void} onOpen
 */

/** @param {ActiveTabProps} props */
export function ActiveTab({ list, alerts, rules, onOpen }) {
  const byId = useMemo(() => new Map(rules.map((rule) => [rule.id, rule])), [rules]);
  if (alerts.length === 0) return h(Quiet, { list, rules });
  const hidden = list.firingTotal.value - alerts.filter((alert) => alert.state === 'firing').length;
  return h(Fragment, null,
    h('ul', { class: 'alerts', 'aria-label': 'Active alerts' }, alerts.map((alert) => h(Row, { key: alert.key, alert, rule: byId.get(alert.ruleId) ?? null, list, onOpen }))),
    hidden > 0 ? h('p', { class: 'alerts-note' }, `${hidden.toLocaleString()} older alerts fire besides; these are the newest ${SHOWN_MAX.toLocaleString()}.`) : null);
}

/** @param {{list: AlertList, rules: AlertRule[]}} props */
function Quiet({ list, rules }) {
  const { lastMs, hasStopped } = list.evaluation.value;
  const make = canEdit() ? [h('a', { key: 'new', class: 'button is-primary', href: '/alerts/rules/new' }, h(Icon, { name: 'plus' }), 'New rule'), h(BuiltInButton, { key: 'built-in', onAdded: () => list.refresh() })] : null;
  if (rules.length === 0) {
    return h(Message, { icon: 'bell', title: 'Nothing is watched yet', text: canEdit() ? 'A rule watches every series of a query, and tells whom you choose.' : 'An editor or administrator can make the first rule.', children: make });
  }
  const enabled = rules.filter((rule) => rule.enabled).length;
  if (enabled === 0) return h(Message, { icon: 'stop', title: 'All rules are switched off', children: h('a', { class: 'button is-plain', href: '/alerts?tab=rules' }, 'Rules') });
  const text = `${enabled.toLocaleString()} ${enabled === 1 ? 'rule is' : 'rules are'} evaluated`;
  return h('div', { class: hasStopped ? 'quiet' : 'quiet is-ok' }, h(Message, {
    icon: hasStopped ? 'warning' : 'check', title: hasStopped ? 'Nothing fired when it was last looked' : 'All quiet',
    text: lastMs === null ? `${text}.` : `${text}, last at ${formatDateTime(lastMs, preferredZone.value).slice(11)}.`,
  }));
}

/** @param {{alert: ActiveAlert, rule: AlertRule | null, list: AlertList, onOpen: (id: string) => void}} props */
function Row({ alert, rule, list, onOpen }) {
  const unit = useRuleUnit(rule);
  const { event } = alert;
  const name = visibleText(alert.ruleName);
  const labels = describeLabels(alert.labels);
  const isPending = alert.state === 'pending';
  const open = event ? () => onOpen(event.id) : null;
  return h('li', {
    class: `alert is-${isPending ? 'pending' : alert.severity}${event?.acknowledgedBy ? ' is-seen' : ''}`,
    // The whole row is a larger target for the button in it; what has a job of its own keeps it.
    onClick: open === null ? undefined : (/** @type {MouseEvent} */ click) => {
      if (!(click.target instanceof Element) || click.target.closest('a, button, [popover], dialog') === null) open();
    },
  },
    h('span', { class: 'alert-severity' }, h(Icon, { name: SEVERITIES[alert.severity].icon, size: 18 }), h('span', null, SEVERITIES[alert.severity].label)),
    h('span', { class: 'alert-name' },
      open ? h('button', { type: 'button', class: 'alert-link', title: name, onClick: open }, name, h('span', { class: 'only-spoken' }, ` ${labels}`))
        : h('a', { class: 'alert-link', href: `/alerts/rules/${encodeURIComponent(alert.ruleId)}`, title: name }, name)),
    h('span', { class: 'alert-labels', title: labels }, shownLabels(alert.labels).map(([key, value]) => h('span', { key, class: 'alert-label' }, `${visibleText(key)}=`, h('b', null, visibleText(value))))),
    h('span', { class: 'alert-value' }, describeValue(alert, unit)),
    h('span', { class: 'alert-since' }, isPending ? [h(Icon, { key: 'icon', name: 'clock', size: 14 }), 'pending, '] : null, describeSince(alert, nowMs.value, preferredZone.value)),
    h('span', { class: 'alert-marks' },
      event?.acknowledgedBy ? h('span', { class: 'chip', title: event.comment ? visibleText(event.comment) : undefined }, h(Icon, { name: 'check', size: 13 }), `seen by ${visibleText(event.acknowledgedBy)}`) : null,
      list.isMuted(alert.labels) ? h('span', { class: 'chip' }, h(Icon, { name: 'bellOff', size: 13 }), 'silenced') : null),
    event && canEdit() ? h('span', { class: 'alert-actions' }, h(AlertActions, { event, list })) : null);
}
