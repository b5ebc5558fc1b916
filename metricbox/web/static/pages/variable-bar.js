// The bar of a dashboard's variables, under the page's header. What is chosen goes into the link; everything else follows from it.
import { h } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { ValuePicker } from '../ui/value-picker.js';
import { visibleText } from '../lib/labels.js';
import { changeVars } from '../lib/variables.js';
import { changeUrlState, urlState } from '../state/location.js';

/** @typedef {import('../../types/app').VariableShown} Variable */

/**
 * @param {Variable} variable
 * @param {string[]} values
 */
function choose(variable, values) {
  // Several ticks in one list are one step back, not one each.
  changeUrlState({ vars: changeVars(urlState.peek().vars, variable, values) }, { replace: Boolean(variable.multi) });
}

/**
 * @typedef {object} VariableBarProps
 * @property {import('../state/variables.js').VariableState} state
 * @property {boolean} isEditable texts may be changed
 */

/** @param {VariableBarProps} props */
export function VariableBar({ state, isEditable }) {
  const shown = state.variables.filter((variable) => variable.hide !== 'variable' && variable.type !== 'constant');
  // Read here: with them come other variables, too.
  const [offered, chosen, error] = [state.offered.value, state.chosen.value, state.error.value];
  if (shown.length === 0 && error === '') return null;
  return h('div', { class: 'variable-bar', role: 'group', 'aria-label': 'Variables' },
    shown.map((variable) => h(Control, {
      key: variable.name, variable, values: offered.get(variable.name) ?? [], chosen: chosen.get(variable.name) ?? [], isEditable,
    })),
    error === '' ? null : h('p', { class: 'variable-error', role: 'alert' }, h(Icon, { name: 'critical', size: 15 }), error));
}

/** @param {{variable: Variable, values: string[], chosen: string[], isEditable: boolean}} props */
function Control({ variable, values, chosen, isEditable }) {
  const label = visibleText(variable.label || variable.name);
  const isLabelHidden = variable.hide === 'label';
  const onChange = (/** @type {string[]} */ wanted) => choose(variable, wanted);
  if (variable.type === 'text') return h(TextControl, { label, isLabelHidden, value: chosen[0] ?? '', isEditable, onChange });
  return h(ValuePicker, {
    label, isLabelHidden, values, chosen, isMulti: Boolean(variable.multi), hasAll: Boolean(variable.includeAll), onChange,
  });
}

/** @param {{label: string, isLabelHidden: boolean, value: string, isEditable: boolean, onChange: (values: string[]) => void}} props */
function TextControl({ label, isLabelHidden, value, isEditable, onChange }) {
  return h('label', { class: 'variable-text' },
    h('span', { class: isLabelHidden ? 'only-spoken' : 'variable-label' }, label),
    h('input', {
      class: 'input', value, size: 14, maxLength: 1000, autocomplete: 'off', spellcheck: false, readOnly: !isEditable,
      // On Enter and on leaving the field.
      onChange: (/** @type {Event} */ event) => onChange([/** @type {HTMLInputElement} */ (event.currentTarget).value].filter((text) => text !== '')),
    }));
}
