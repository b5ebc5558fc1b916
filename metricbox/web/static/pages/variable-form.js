// One variable: its name, its kind, what it offers and what is chosen at first, with what would be offered underneath.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/check-field.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { Segmented } from '../ui/segmented.js';
import { SelectField } from '../ui/select.js';
import { TextArea } from '../ui/text-area.js';
import { previewVariable } from '../api/variables.js';
import { visibleText } from '../lib/labels.js';
import { draftOf, emptyDraft, KINDS, variableOf } from '../lib/variable-form.js';
import { describeUse, usesOf } from '../lib/variable-uses.js';
import { errorsOf, useForm } from './use-form.js';
import { useVariablePreview } from './use-variable-preview.js';
import { VariableChoiceFields } from './variable-choice-fields.js';
import { VariableQueryFields } from './variable-query-fields.js';

/** @typedef {import('../../types/app').VariableShown} Variable */
/** @typedef {import('../lib/variable-form.js').Draft} Draft */

/**
 * @typedef {object} VariableFormProps
 * @property {import('../../types/app').Dashboard} dashboard
 * @property {Variable | null} variable null for a new one
 * @property {Record<string, string[]>} chosen of the dashboard's variables
 * @property {(variable: import('../../types/app').Variable, isRenaming: boolean) => void} onSave isRenaming: what refers to the old name follows
 * @property {() => void} onBack
 * @property {() => void} onClose
 */

// Until it has a name of its own; no variable may be called so.
const UNNAMED = 'unnamed_variable';
const HIDES = [{ value: '', label: 'Label and value' }, { value: 'label', label: 'Value alone' }, { value: 'variable', label: 'Nothing: only the link chooses' }];

/**
 * Where the server's faults stand in the form; the first that fits.
 * @param {number} index of the variable
 */
function labelsOf(index) {
  const own = `variables[${index}]`;
  return {
    [`${own}.name`]: 'Name', name: 'Name', [`${own}.label`]: 'Label', [`${own}.query.metric`]: 'Metric', [`${own}.query.label`]: 'Tag', [`${own}.query.matchers`]: 'Conditions',
    [`${own}.query`]: 'The question', [`${own}.values`]: 'Values', [`${own}.regex`]: 'The expression', [`${own}.allValue`]: 'The pattern', [`${own}.current`]: 'Chosen at first', [own]: 'The variable',
  };
}

/**
 * @param {Record<string, string>} errors
 * @param {number} index
 * @returns {Record<string, string>} by the short names of the fields
 */
function shortErrors(errors, index) {
  const own = `variables[${index}]`;
  const short = Object.fromEntries(Object.entries(errors).map(([field, text]) => [field.replace(`${own}.`, '').replace('query.label', 'tag').replace('query.', ''), text]));
  return { ...short, ...(errors[own] ? { whole: errors[own] } : {}) };
}

/** @param {VariableFormProps} props */
export function VariableForm({ dashboard, variable, chosen, onSave, onBack, onClose }) {
  const [draft, setDraft] = useState(() => (variable ? draftOf(variable) : emptyDraft()));
  const [isRenaming, setRenaming] = useState(true);
  const change = (/** @type {Partial<Draft>} */ part) => setDraft((before) => ({ ...before, ...part }));
  const { variables } = dashboard;
  const place = variable ? variables.findIndex((one) => one.name === variable.name) : -1;
  const index = place < 0 ? variables.length : place;
  const others = variables.filter((one) => one.name !== variable?.name).map((one) => one.name);
  const isTaken = others.includes(draft.name.trim());
  /** @param {string} name */
  const wishFor = (name) => {
    const list = [...variables];
    list[index] = { ...variableOf(draft), name };
    const { [variable?.name ?? '']: _, ...rest } = chosen;
    return /** @type {import('../../types/app').VariablePreview} */ ({ name, variables: list, chosen: rest });
  };
  const preview = useVariablePreview(dashboard.id, wishFor(/^(?!__)[A-Za-z_]\w*$/.test(draft.name.trim()) && !isTaken ? draft.name.trim() : UNNAMED));
  const labels = labelsOf(index);
  const { errors: found, isBusy, form } = useForm({
    model: 'VariablePreview',
    labels,
    read: () => wishFor(draft.name.trim()),
    check: () => ({
      ...(isTaken ? { name: 'Another variable has this name' } : {}),
      ...(draft.type === 'query' && draft.text === null && draft.tag === '' ? { [`variables[${index}].query.label`]: 'Choose a tag' } : {}),
      ...(draft.type === 'list' && draft.list.trim() === '' ? { [`variables[${index}].values`]: 'Write at least one value' } : {}),
    }),
    send: async (wish) => {
      // The server's word on all of them, before they are shown as changed.
      await previewVariable(dashboard.id, wish);
      onSave(variableOf(draft), isRenaming);
    },
  });
  const errors = shortErrors(found, index);
  const told = preview.error ? shortErrors(errorsOf(preview.error, labels), index) : {};
  const uses = variable && draft.name.trim() !== variable.name ? usesOf(dashboard, variable.name) : [];
  const kind = KINDS.find((one) => one.value === draft.type);
  return h(Dialog, { title: variable ? `Variable ${variable.name}` : 'New variable', onClose, isWide: true },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h('div', { class: 'variable-pair' },
        h(TextField, {
          label: 'Name', name: 'name', value: draft.name, hasFocus: true, isRequired: true, maxLength: 50, error: errors.name ?? null,
          help: draft.name.trim() === '' ? 'Letters, digits and _.' : `Panels refer to it as $${draft.name.trim()}.`, onInput: (name) => change({ name }),
        }),
        h(TextField, { label: 'Label', name: 'label', value: draft.label, maxLength: 200, error: errors.label ?? null, help: 'What stands above the panels; the name when empty.', onInput: (label) => change({ label }) })),
      uses.length > 0 ? h(CheckField, {
        label: `Change ${uses.length === 1 ? 'the place that refers' : `the ${uses.length} places that refer`} to $${variable?.name}`, value: isRenaming, onChange: setRenaming,
        help: uses.slice(0, 8).map((use) => visibleText(describeUse(use))).join('; '),
      }) : null,
      h(Segmented, { label: 'Kind', value: draft.type, options: KINDS, help: kind?.help ?? '', onChange: (type) => change({ type: /** @type {Draft['type']} */ (type), current: null }) }),
      h(KindFields, { draft, onChange: change, others, errors: { ...told, ...errors } }),
      h(VariableChoiceFields, { draft, onChange: change, preview, errors: { ...told, ...errors } }),
      draft.type === 'constant' ? null : h(SelectField, {
        label: 'Shown above the panels', name: 'hide', value: draft.hide, options: HIDES, onChange: (hide) => change({ hide: /** @type {Draft['hide']} */ (hide) }),
      }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onBack }, 'Back'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, variable ? 'Save variable' : 'Add variable'))));
}

/**
 * @param {{draft: Draft, onChange: (change: Partial<Draft>) => void, others: string[], errors: Record<string, string>}} props
 */
function KindFields({ draft, onChange, others, errors }) {
  const error = errors.values ?? errors.whole ?? null;
  if (draft.type === 'query') return h(VariableQueryFields, { draft, onChange, others, errors });
  if (draft.type === 'list') {
    return h(TextArea, { label: 'Values', name: 'values', rows: 5, isCode: true, value: draft.list, error, help: 'One a line.', onInput: (list) => onChange({ list }) });
  }
  if (draft.type === 'interval') {
    return h(TextArea, {
      label: 'Durations', name: 'values', rows: 5, isCode: true, value: draft.intervals, error, help: 'One a line, such as 5m or 1h. auto follows the width of the chart.',
      onInput: (intervals) => onChange({ intervals }),
    });
  }
  if (draft.type === 'constant') return h(TextField, { label: 'Value', name: 'values', value: draft.constant, error, onInput: (constant) => onChange({ constant }) });
  return h(TextField, {
    label: 'Text at first', name: 'typed', value: draft.typed, error: errors.current ?? null, help: 'Until somebody types another one. Visitors of a public dashboard cannot change it.',
    onInput: (typed) => onChange({ typed }),
  });
}
