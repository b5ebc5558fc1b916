// The editor of a rule: what it asks, when it fires, whom it tells; and all the while what it would have done.
import { Fragment, h, signal, useEffect, useMemo, useRef, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { focusFirstError, TextField } from '../../ui/field.js';
import { Icon } from '../../ui/icon.js';
import { PageHeader } from '../../ui/page-header.js';
import { Segmented } from '../../ui/segmented.js';
import { Switch } from '../../ui/switch.js';
import { SEVERITIES } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { draftOfRule, readRuleLink, RULE_LABELS } from '../../lib/rule-draft.js';
import { RULE_WINDOW, ruleText } from '../../lib/rule-query.js';
import { QueryEditor } from '../../panels/panel-editor/query-editor.js';
import { ListField } from '../../panels/panel-editor/list-field.js';
import { navigate, urlState } from '../../state/location.js';
import { speak } from '../../state/notices.js';
import { RuleData } from '../../state/rule-data.js';
import { RULES_LINK } from '../rule-page.js';
import { RuleTell } from './rule-tell.js';
import { RuleTrial } from './rule-trial.js';
import { RuleWhen } from './rule-when.js';
import { useRuleSave } from './use-rule-save.js';
import { useRuleUnit } from './use-rule-unit.js';

/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {(change: Partial<RuleDraft>) => void} ChangeRule */

const SEVERITY_OPTIONS = /** @type {const} */ (['info', 'warning', 'critical']).map((value) => ({ value, label: SEVERITIES[value].label }));
/** @type {string[]} */
const NO_NAMES = [];

/** @param {{rule: AlertRule | null}} props null for a new one */
export function RuleEditor({ rule }) {
  const link = useMemo(() => readRuleLink(urlState.peek().own), []);
  const draft = useMemo(() => signal(rule ? draftOfRule(rule) : link), []);
  const data = useMemo(() => new RuleData({ draft, ruleId: rule?.id ?? null, savedQuery: rule?.query ?? '' }), []);
  useEffect(() => () => data.dispose(), []);
  const page = useRef(/** @type {HTMLDivElement | null} */ (null));
  const shown = draft.value;
  const usualUnit = useRuleUnit({ query: shown.query, unit: '' });
  const unit = shown.unit.trim() || usualUnit;
  const { save, errors, isBusy, isChanged, forget } = useRuleSave({ draft, rule, first: link, usualUnit: usualUnit ?? '' });
  /** @type {ChangeRule} */
  const change = (part) => {
    draft.value = { ...draft.peek(), ...part };
    forget(Object.keys(part));
    data.settle();
  };
  const done = async () => {
    const unread = page.current?.querySelector('[data-unread]');
    if (unread instanceof HTMLElement) unread.focus();
    else if (!(await save())) focusFirstError(page.current);
  };
  return h('div', {
    class: 'rule-page', ref: page,
    onKeyDown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      done();
    },
  },
    h(PageHeader, { title: visibleText(shown.name.trim()) || (rule ? 'Rule without a name' : 'New rule'), parent: RULES_LINK, onAnnounce: speak },
      isChanged ? h('span', { class: 'rule-unsaved', role: 'status' }, 'Not saved') : null,
      h(Button, { onClick: () => navigate(RULES_LINK.href) }, 'Cancel'),
      h(Button, { kind: 'primary', onClick: done, isBusy }, 'Save')),
    h('div', { class: 'rule-body' },
      errors.form ? h('p', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(Head, { draft: shown, errors, onChange: change }),
      h(Part, { number: 1, title: 'Query' }, h(Query, { draft: shown, data, error: errors.query ?? null, onChange: change })),
      h(Part, { number: 2, title: 'When' },
        h(RuleWhen, { draft: shown, errors, unit, usualUnit, onChange: change }),
        h(RuleTrial, { draft: shown, data, unit, isSaved: rule !== null && !isChanged, onThreshold: (threshold) => change({ threshold }) })),
      h(Part, { number: 3, title: 'Tell' }, h(RuleTell, { draft: shown, errors, data, unit: rule === null ? unit ?? '' : shown.unit.trim(), onChange: change })),
      h(Part, { number: 4, title: 'Labels' }, h(Labels, { draft: shown, error: errors.labels ?? null, onChange: change }))));
}

/** @param {{number: number, title: string, children?: import('../../ui/html.js').Children}} props */
function Part({ number, title, children }) {
  return h('section', { class: 'rule-part', 'aria-label': title },
    h('h2', { class: 'rule-part-title' }, h('span', { class: 'rule-part-number', 'aria-hidden': 'true' }, number), title), children);
}

/** @param {{draft: RuleDraft, errors: Record<string, string>, onChange: ChangeRule}} props */
function Head({ draft, errors, onChange }) {
  return h('div', { class: 'rule-head' },
    h(TextField, { label: 'Name', name: 'name', value: draft.name, onInput: (name) => onChange({ name }), error: errors.name ?? null, isRequired: true, maxLength: 200, placeholder: 'Disk nearly full' }),
    h(Segmented, { label: 'Severity', value: draft.severity, options: SEVERITY_OPTIONS, onChange: (severity) => onChange({ severity: /** @type {RuleDraft['severity']} */ (severity) }), error: errors.severity ?? null }),
    h('div', { class: 'rule-enabled' }, h('span', { class: 'field-label', 'aria-hidden': 'true' }, 'Enabled'), h(Switch, { label: 'Enabled', isOn: draft.enabled, onChange: (enabled) => onChange({ enabled }) })));
}

/** @param {{draft: RuleDraft, data: RuleData, error: string | null, onChange: ChangeRule}} props */
function Query({ draft, data, error, onChange }) {
  const round = data.round.value;
  const answer = round && round.query === draft.query.trim() ? round.answer : null;
  const [richer, setRicher] = useState(false);
  const queries = useMemo(() => [{ query: draft.query }], [draft.query]);
  return h(Fragment, null,
    h(QueryEditor, {
      queries, answers: [answer], variableNames: NO_NAMES, maxQueries: 1, usualWindow: RULE_WINDOW, hasLegend: false,
      onChange: ([next]) => {
        if (!next) return;
        const text = ruleText(next);
        setRicher(text === null);
        if (text !== null && text !== draft.query) onChange({ query: text });
      },
      onRun: () => data.run(),
    }),
    richer ? h('p', { class: 'query-note' }, h(Icon, { name: 'info' }), 'A rule cannot say this; write it as PromQL.') : null,
    error ? h('p', { class: 'field-error', role: 'alert' }, error) : null);
}

/** @param {{draft: RuleDraft, error: string | null, onChange: ChangeRule}} props */
function Labels({ draft: { labels }, error, onChange }) {
  /** @param {number} index @param {Partial<RuleDraft['labels'][number]>} part */
  const change = (index, part) => onChange({ labels: labels.map((one, place) => (place === index ? { ...one, ...part } : one)) });
  return h(ListField, {
    label: RULE_LABELS['labels'] ?? '', itemName: 'Label', count: labels.length, className: 'is-label', error, help: 'They are added to those of the series: silences match them, and receivers sort by them.',
    onAdd: labels.length < 32 ? () => onChange({ labels: [...labels, { name: '', value: '' }] }) : null,
    onRemove: (index) => onChange({ labels: labels.filter((_, place) => place !== index) }),
    renderItem: (index) => [
      h('input', {
        key: 'name', class: 'input', value: labels[index]?.name ?? '', placeholder: 'team', 'aria-label': `Name of label ${index + 1}`, autocomplete: 'off', spellcheck: false, autocapitalize: 'none',
        'aria-invalid': error ? true : undefined, onInput: (/** @type {Event} */ event) => change(index, { name: /** @type {HTMLInputElement} */ (event.currentTarget).value }),
      }),
      h('span', { key: 'is', class: 'rule-equals', 'aria-hidden': 'true' }, '='),
      h('input', {
        key: 'value', class: 'input', value: labels[index]?.value ?? '', placeholder: 'ops', maxLength: 1024, 'aria-label': `Value of label ${index + 1}`, autocomplete: 'off', spellcheck: false, autocapitalize: 'none',
        onInput: (/** @type {Event} */ event) => change(index, { value: /** @type {HTMLInputElement} */ (event.currentTarget).value }),
      }),
    ],
  });
}
