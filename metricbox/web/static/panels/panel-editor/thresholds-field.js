// The limits that a panel draws: value, severity, label. At most four are drawn, in words when there are more.
import { h } from '../../ui/html.js';
import { NumberField } from '../../ui/number-field.js';
import { Select } from '../../ui/select.js';
import { THRESHOLDS_SHOWN } from '../../lib/panel-options.js';
import { ListField } from './list-field.js';

/** @typedef {import('../../../types/app').Threshold} Threshold */

/** @type {{value: string, label: string}[]} */
const SEVERITIES = [{ value: 'info', label: 'Info' }, { value: 'warning', label: 'Warning' }, { value: 'critical', label: 'Critical' }];

/**
 * @typedef {object} ThresholdsFieldProps
 * @property {Threshold[]} value
 * @property {string | null} unit
 * @property {(label: string, value: Threshold[]) => void} onChange label: of the step, for undo
 * @property {string | null} [error]
 */

/**
 * The next one is above the others and as severe as is left.
 * @param {Threshold[]} list
 * @returns {Threshold}
 */
function nextThreshold(list) {
  const last = list.at(-1);
  if (!last) return { value: 80, severity: 'warning' };
  return { value: last.value > 0 ? Math.round(last.value * 118.75) / 100 : last.value + 1, severity: 'critical' };
}

/** @param {ThresholdsFieldProps} props */
export function ThresholdsField({ value: list, unit, onChange, error = null }) {
  /** @param {number} index @param {Partial<Threshold>} change */
  const change = (index, change) => onChange(`threshold ${index} ${Object.keys(change).join()}`, list.map((one, place) => (place === index ? { ...one, ...change } : one)));
  return h(ListField, {
    label: 'Thresholds', itemName: 'Threshold', count: list.length, className: 'is-threshold', error,
    help: list.length > THRESHOLDS_SHOWN ? `The lowest ${THRESHOLDS_SHOWN} are drawn: more lines would hide the data.` : '',
    onAdd: list.length < THRESHOLDS_SHOWN ? () => onChange('', [...list, nextThreshold(list)]) : null,
    onRemove: (index) => onChange('', list.filter((_, place) => place !== index)),
    renderItem: (index) => {
      const item = list[index];
      if (!item) return null;
      const name = `threshold ${index + 1}`;
      return [
        h(NumberField, { key: 'value', label: `Value of ${name}`, isLabelHidden: true, value: item.value, unit, isRequired: true, onChange: (value) => { if (value !== null) change(index, { value }); } }),
        h(Select, { key: 'severity', label: `Severity of ${name}`, value: item.severity ?? 'warning', options: SEVERITIES, onChange: (severity) => change(index, { severity: /** @type {any} */ (severity) }) }),
        h('input', {
          key: 'label', class: 'input', value: item.label ?? '', placeholder: 'Label', maxLength: 200, 'aria-label': `Label of ${name}`, autocomplete: 'off',
          onInput: (/** @type {Event} */ event) => change(index, { label: /** @type {HTMLInputElement} */ (event.currentTarget).value || null }),
        }),
      ];
    },
  });
}
