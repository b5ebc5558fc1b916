// The rules: what each watches, how it stands, and whether it is on.
import { Fragment, h, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Menu } from '../../ui/menu.js';
import { Message } from '../../ui/page-header.js';
import { Pager } from '../../ui/pager.js';
import { Switch } from '../../ui/switch.js';
import { messageOf } from '../../api/client.js';
import { deleteRule } from '../../api/alerts.js';
import { chooseRules, CONDITIONS, formatLimit, RULE_STATES, SEVERITIES, stateOfRule } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { navigate } from '../../state/location.js';
import { showToast } from '../../state/notices.js';
import { deleteWithUndo, pendingDeletes } from '../../state/pending-deletes.js';
import { canEdit } from '../../state/session.js';
import { Age } from '../age.js';
import { BuiltInButton } from './built-in-button.js';
import { RuleSpark } from './rule-spark.js';
import { useRuleSparks } from './use-rule-sparks.js';
import { useRuleUnit } from './use-rule-unit.js';

/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../state/alert-list.js').AlertList} AlertList */

const PAGE_SIZE = 50;
const COLUMNS = ['Rule', 'Last 6 hours', 'Condition', 'State', 'Last run', 'On'];

/** @param {{list: AlertList, rules: AlertRule[]}} props */
export function RulesTab({ list, rules }) {
  const [search, setSearch] = useState('');
  const [place, setPlace] = useState({ search: '', page: 1 });
  const gone = pendingDeletes.value;
  const found = useMemo(() => chooseRules(rules.filter((rule) => !gone.has(rule.id)), search), [rules, gone, search]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = place.search === search ? Math.min(place.page, pages) : 1;
  const shown = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  const sparks = useRuleSparks(shown);
  if (rules.length === 0) return h(NoRules, { list });
  return h(Fragment, null,
    h('div', { class: 'filters' },
      h('label', { class: 'search' }, h(Icon, { name: 'search' }), h('input', {
        class: 'input', type: 'search', value: search, placeholder: 'Search', 'aria-label': 'Search rules', 'aria-keyshortcuts': '/',
        onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      })),
      h('span', { class: 'filter-count', role: 'status' }, search.trim() === '' ? '' : `${found.length} of ${rules.length}`),
      canEdit() ? h(BuiltInButton, { onAdded: () => list.refresh() }) : null),
    found.length === 0 ? h(Message, { title: 'No rule matches', children: h(Button, { onClick: () => setSearch('') }, 'Show all') })
      : h('div', { class: 'table-scroll is-stacking' }, h('table', { class: 'table rules' },
        h('caption', { class: 'only-spoken' }, 'Rules'),
        h('thead', null, h('tr', null, COLUMNS.map((text) => h('th', { key: text, scope: 'col' }, text)), canEdit() ? h('th', { scope: 'col' }, h('span', { class: 'only-spoken' }, 'Actions')) : null)),
        h('tbody', null, shown.map((rule) => h(Row, { key: rule.id, rule, spark: sparks.get(rule.id) ?? null, list }))))),
    h(Pager, { page, pageSize: PAGE_SIZE, total: found.length, label: 'Rules', onChange: (next) => setPlace({ search, page: next }) }));
}

/** @param {{list: AlertList}} props */
function NoRules({ list }) {
  return h(Message, {
    icon: 'bell', title: 'No rules yet', text: canEdit() ? 'A rule watches every series of a query, and tells whom you choose. It is tried on the past before it is saved. Or begin with those that come with metricbox.' : 'An editor or administrator can make the first one.',
    children: canEdit() ? [h('a', { key: 'new', class: 'button is-primary', href: '/alerts/rules/new' }, h(Icon, { name: 'plus' }), 'New rule'), h(BuiltInButton, { key: 'built-in', onAdded: () => list.refresh() })] : null,
  });
}

/** @param {{rule: AlertRule, spark: import('./use-rule-sparks.js').Spark | null, list: AlertList}} props */
function Row({ rule, spark, list }) {
  const name = visibleText(rule.name);
  const unit = useRuleUnit(rule);
  const severity = SEVERITIES[rule.severity];
  const toggle = async (/** @type {boolean} */ isOn) => {
    try {
      await list.setEnabled(rule, isOn);
    } catch (error) {
      showToast(`${name} is still ${isOn ? 'off' : 'on'}: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  return h('tr', { class: rule.enabled ? '' : 'is-off' },
    h('td', { class: 'is-name' },
      h('span', { class: 'rule-title' },
        h('span', { class: `rule-severity is-${rule.severity}`, title: severity.label }, h(Icon, { name: severity.icon, label: severity.label })),
        h('a', { class: 'cell-text', href: `/alerts/rules/${encodeURIComponent(rule.id)}`, title: name }, name)),
      h('code', { class: 'cell-note rule-query', title: visibleText(rule.query) }, visibleText(rule.query)),
      rule.error && rule.enabled ? h('span', { class: 'cell-note rule-fault', title: visibleText(rule.error) }, visibleText(rule.error)) : null),
    h('td', { 'data-label': 'Last 6 hours' }, h(RuleSpark, { rule, spark })),
    h('td', { 'data-label': 'Condition' }, `${CONDITIONS[rule.condition].sign} ${formatLimit(rule.threshold, unit)}`, rule.duration === '0s' ? null : h('span', { class: 'rule-for' }, ` for ${rule.duration}`)),
    h('td', { 'data-label': 'State' }, h(State, { rule })),
    h('td', { 'data-label': 'Last run' }, h(Age, { at: rule.evaluatedAt, otherwise: rule.enabled ? 'not yet' : '–' })),
    h('td', { 'data-label': 'On' }, canEdit() ? h(Switch, { label: `${name} is on`, isLabelHidden: true, isOn: rule.enabled, onChange: toggle }) : rule.enabled ? 'On' : 'Off'),
    canEdit() ? h('td', { class: 'is-actions' }, h(Menu, {
      label: `More for ${name}`, children: h(Icon, { name: 'more' }),
      items: [
        { label: 'Edit', icon: 'pencil', onSelect: () => navigate(`/alerts/rules/${encodeURIComponent(rule.id)}`) },
        { label: 'Delete', icon: 'trash', isDanger: true, onSelect: () => deleteWithUndo(rule.id, `Deleted "${name}"`, async () => {
          await deleteRule(rule.id);
          list.refresh();
        }) },
      ],
    })) : null);
}

/** @param {{rule: AlertRule}} props */
function State({ rule }) {
  const state = stateOfRule(rule);
  const { icon, label } = RULE_STATES[state];
  const { firing, pending } = rule.counts;
  const parts = [firing > 0 ? `${firing.toLocaleString()} firing` : '', pending > 0 ? `${pending.toLocaleString()} pending` : ''].filter((part) => part !== '');
  const isCounted = (state === 'firing' || state === 'pending') && parts.length > 0;
  return h('span', { class: `rule-state is-${state === 'firing' ? rule.severity : state}` }, h(Icon, { name: state === 'firing' ? SEVERITIES[rule.severity].icon : icon }), isCounted ? parts.join(', ') : label);
}
