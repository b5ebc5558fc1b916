// Texts that stand for values, such as "up" for 1: value, text, and a severity that brings colour and icon.
import { h } from '../../ui/html.js';
import { NumberField } from '../../ui/number-field.js';
import { Select } from '../../ui/select.js';
import { VALUE_TEXTS_MAX } from '../../lib/panel-options.js';
import { ListField } from './list-field.js';

/** @typedef {import('../../../types/app').ValueText} ValueText */

/** @type {{value: string, label: string}[]} */
const SEVERITIES = [
  { value: '', label: 'Plain' }, { value: 'ok', label: 'OK' }, { value: 'info', label: 'Info' }, { value: 'warning', label: 'Warning' }, { value: 'critical', label: 'Critical' },
];

/**
 * @typedef {object} ValueTextsFieldProps
 * @property {ValueText[]} value
 * @property {string | null} unit
 * @property {(label: string, value: ValueText[]) => void} onChange label: of the step, for undo
 * @property {string | null} [error]
 */

/** @param {ValueTextsFieldProps} props */
export function ValueTextsField({ value: list, unit, onChange, error = null }) {
  /** @param {number} index @param {Partial<ValueText>} change */
  const change = (index, change) => onChange(`value text ${index} ${Object.keys(change).join()}`, list.map((one, place) => (place === index ? { ...one, ...change } : one)));
  const next = list.reduce((most, one) => Math.max(most, one.value), -1) + 1;
  return h(ListField, {
    label: 'Value texts', itemName: 'Value text', count: list.length, className: 'is-value-text', error,
    help: list.length === 0 ? 'Words in place of numbers, such as "up" for 1.' : '',
    onAdd: list.length < VALUE_TEXTS_MAX ? () => onChange('', [...list, { value: next, text: '' }]) : null,
    onRemove: (index) => onChange('', list.filter((_, place) => place !== index)),
    renderItem: (index) => {
      const item = list[index];
      if (!item) return null;
      const name = `value text ${index + 1}`;
      return [
        h(NumberField, { key: 'value', label: `Value of ${name}`, isLabelHidden: true, value: item.value, unit, isRequired: true, onChange: (value) => { if (value !== null) change(index, { value }); } }),
        h('input', {
          key: 'text', class: 'input', value: item.text, placeholder: 'Text', maxLength: 200, 'aria-label': `Text of ${name}`, autocomplete: 'off',
          onInput: (/** @type {Event} */ event) => change(index, { text: /** @type {HTMLInputElement} */ (event.currentTarget).value }),
        }),
        h(Select, {
          key: 'severity', label: `Severity of ${name}`, value: item.severity ?? '', options: SEVERITIES,
          onChange: (severity) => change(index, { severity: /** @type {any} */ (severity || null) }),
        }),
      ];
    },
  });
}
