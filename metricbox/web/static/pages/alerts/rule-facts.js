// What a rule watches, in words, for those who may not change it.
import { h } from '../../ui/html.js';
import { Icon } from '../../ui/icon.js';
import { CONDITIONS, formatLimit, RULE_STATES, SEVERITIES, stateOfRule } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { canExplore } from '../../state/session.js';
import { Age } from '../age.js';
import { useRuleUnit } from './use-rule-unit.js';

/** @param {{rule: import('../../../types/app').AlertRule}} props */
export function RuleFacts({ rule }) {
  const unit = useRuleUnit(rule);
  const state = RULE_STATES[stateOfRule(rule)];
  const severity = SEVERITIES[rule.severity];
  const wait = rule.duration === '0s' ? 'at once' : `once it has been so for ${rule.duration}`;
  const { firing, pending } = rule.counts;
  return h('div', { class: 'rule-facts' },
    h('p', { class: 'page-lead' }, 'Editors and administrators can change it.'),
    h('dl', { class: 'alert-facts' },
      h(Fact, { name: 'State' }, h('span', { class: 'rule-state' }, h(Icon, { name: state.icon }), state.label, firing + pending > 0 ? ` (${firing} firing, ${pending} pending)` : '')),
      h(Fact, { name: 'Severity' }, h('span', { class: 'rule-state' }, h(Icon, { name: severity.icon }), severity.label)),
      h(Fact, { name: 'Last run' }, h(Age, { at: rule.evaluatedAt, otherwise: 'not yet' }))),
    rule.error ? h('p', { class: 'rule-fault' }, `The query fails: ${visibleText(rule.error)}`) : null,
    h('p', null, `Fires ${wait}, for each series whose value ${CONDITIONS[rule.condition].words} ${formatLimit(rule.threshold, unit)}.`),
    h('pre', { class: 'rule-text' }, visibleText(rule.query)),
    h('p', null, h('a', { class: 'button is-plain', href: '/alerts' }, 'What fires now'),
      canExplore() ? h('a', { class: 'button is-plain', href: `/explore?${new URLSearchParams({ q: rule.query })}` }, h(Icon, { name: 'explore' }), 'Explore') : null));
}

/** @param {{name: string, children?: import('../../ui/html.js').Children}} props */
function Fact({ name, children }) {
  return h('div', { class: 'alert-fact' }, h('dt', null, name), h('dd', null, children));
}
