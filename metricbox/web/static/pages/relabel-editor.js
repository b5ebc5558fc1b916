// Relabel rules of a token: a list in the order in which they run, each with the fields that its action uses.
import { h, useEffect, useId, useRef } from '../ui/html.js';
import { IconButton } from '../ui/button.js';
import { TextField } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { ACTION_OPTIONS, faultKey, fieldsOf, newRule, RULES_MAX } from '../lib/relabel.js';
import { speak } from '../state/notices.js';

/** @typedef {import('../lib/relabel.js').RuleDraft} RuleDraft */

/**
 * @typedef {object} RelabelEditorProps
 * @property {RuleDraft[]} rules
 * @property {(rules: RuleDraft[]) => void} onChange
 * @property {Record<string, string>} errors of the form, by lib/relabel.js faultKey; "relabel" is of the list
 */

/** @param {RelabelEditorProps} props */
export function RelabelEditor({ rules, onChange, errors }) {
  const id = useId();
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const wanted = useRef('');
  // What has the focus goes away, or stands elsewhere, when rules are added, moved and removed.
  useEffect(() => {
    if (wanted.current === '') return;
    const found = list.current?.querySelector(`${wanted.current}:not(:disabled)`) ?? list.current?.querySelector('.rule-add');
    if (found instanceof HTMLElement) found.focus();
    wanted.current = '';
  }, [rules]);
  const add = () => {
    const rule = newRule(1 + Math.max(0, ...rules.map((one) => one.key)));
    wanted.current = `[data-rule="${rule.key}"] select`;
    onChange([...rules, rule]);
  };
  /** @param {number} index @param {-1 | 1} step */
  const move = (index, step) => {
    const next = [...rules];
    const [rule] = next.splice(index, 1);
    if (!rule) return;
    next.splice(index + step, 0, rule);
    const isAtEnd = step < 0 ? index + step === 0 : index + step === rules.length - 1;
    wanted.current = `[data-rule="${rule.key}"] .${(step < 0) === isAtEnd ? 'is-down' : 'is-up'} button`;
    onChange(next);
    speak(`Rule ${index + 1} is rule ${index + step + 1} now`);
  };
  /** @param {number} index */
  const remove = (index) => {
    wanted.current = `[data-rule="${rules[index + 1]?.key ?? rules[index - 1]?.key ?? 0}"] select`;
    onChange(rules.filter((_, place) => place !== index));
    speak(`Rule ${index + 1} removed`);
  };
  return h('fieldset', {
    class: 'relabel', ref: (/** @type {HTMLElement | null} */ element) => { list.current = element; }, tabIndex: -1, 'aria-invalid': errors.relabel ? true : undefined,
    'aria-describedby': errors.relabel ? `${id}-help ${id}-error` : `${id}-help`,
  },
    h('legend', { class: 'field-label' }, 'Rules'),
    h('p', { id: `${id}-help`, class: 'field-help' }, 'Optional. They drop series or change their labels, in this order, before anything is stored. As relabelling in Prometheus.'),
    rules.length > 0 ? h('ol', { class: 'rules' }, rules.map((rule, index) => h(Rule, {
      key: rule.key, rule, index, isLast: index === rules.length - 1, errors, onMove: (step) => move(index, step), onRemove: () => remove(index),
      onChange: (part) => onChange(rules.map((one) => (one === rule ? { ...one, ...part } : one))),
    }))) : null,
    errors.relabel ? h('p', { id: `${id}-error`, class: 'field-error' }, errors.relabel) : null,
    rules.length < RULES_MAX ? h('div', null, h('button', { type: 'button', class: 'button is-plain rule-add', onClick: add }, 'Add a rule')) : null);
}

/**
 * @param {{rule: RuleDraft, index: number, isLast: boolean, errors: Record<string, string>, onMove: (step: -1 | 1) => void, onRemove: () => void,
 *   onChange: (part: Partial<RuleDraft>) => void}} props
 */
function Rule({ rule, index, isLast, errors, onMove, onRemove, onChange }) {
  const place = index + 1;
  const fault = errors[faultKey(rule)];
  return h('li', { class: 'rule', 'data-rule': rule.key }, h('div', { class: 'rule-box', role: 'group', 'aria-label': `Rule ${place}` },
    h('div', { class: 'rule-head' },
      h(SelectField, { label: `What rule ${place} does`, name: `action${index}`, value: rule.action, options: ACTION_OPTIONS, onChange: (action) => onChange({ action }), error: fault ?? null }),
      h('span', { class: 'is-up' }, h(IconButton, { label: `Move rule ${place} up`, icon: 'up', isDisabled: index === 0, onClick: () => onMove(-1) })),
      h('span', { class: 'is-down' }, h(IconButton, { label: `Move rule ${place} down`, icon: 'down', isDisabled: isLast, onClick: () => onMove(1) })),
      h(IconButton, { label: `Remove rule ${place}`, icon: 'trash', onClick: onRemove })),
    h('div', { class: 'rule-fields' }, fieldsOf(rule).map(([field, { label, help, placeholder }]) => h('div', { key: field, class: `rule-field is-${field.toLowerCase()}` }, h(TextField, {
      label, name: `${field}${index}`, value: rule[field], onInput: (value) => onChange({ [field]: value }), error: errors[faultKey(rule, field)] ?? null,
      ...(help ? { help } : {}), ...(placeholder ? { placeholder } : {}), ...(field === 'modulus' ? { keys: /** @type {const} */ ('numeric') } : {}),
    }))))));
}
