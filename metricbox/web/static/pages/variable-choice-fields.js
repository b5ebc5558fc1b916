// How many values of a variable may be chosen, which at first, and what there is to choose from just now.
import { h } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/check-field.js';
import { TextField } from '../ui/field.js';
import { ValuePicker } from '../ui/value-picker.js';
import { messageOf } from '../api/client.js';
import { visibleText } from '../lib/labels.js';
import { valuesOf } from '../lib/variable-form.js';

/** @typedef {import('../lib/variable-form.js').Draft} Draft */

/**
 * @typedef {object} VariableChoiceFieldsProps
 * @property {Draft} draft
 * @property {(change: Partial<Draft>) => void} onChange
 * @property {import('./use-variable-preview.js').Preview} preview
 * @property {Record<string, string>} errors
 */

const SHOWN_MAX = 40;

/** @param {VariableChoiceFieldsProps} props */
export function VariableChoiceFields({ draft, onChange, preview, errors }) {
  const { type } = draft;
  if (type === 'text' || type === 'constant') return null;
  const hasMany = type !== 'interval';
  return h('div', { class: 'form' },
    hasMany ? h('div', { class: 'variable-checks' },
      h(CheckField, { label: 'Several values at once', value: draft.multi, onChange: (multi) => onChange({ multi, current: null }) }),
      h(CheckField, { label: 'Offer All', value: draft.includeAll, onChange: (includeAll) => onChange({ includeAll, current: null }) })) : null,
    hasMany && draft.includeAll ? h(TextField, {
      label: 'All stands for', name: 'allValue', value: draft.allValue, placeholder: 'all values', error: errors.allValue ?? null,
      help: 'A regular expression such as .* where the values are too many to list them. Empty: the values.', onInput: (allValue) => onChange({ allValue }),
    }) : null,
    h(Offered, { draft, preview, errors }),
    h(AtFirst, { draft, onChange, preview }));
}

/** @param {{draft: Draft, preview: import('./use-variable-preview.js').Preview, errors: Record<string, string>}} props */
function Offered({ draft, preview, errors }) {
  if (draft.type !== 'query') return null;
  const values = preview.options?.values ?? [];
  const isAtField = Object.keys(errors).some((name) => name !== 'form');
  const text = preview.error ? (isAtField ? 'There is nothing to list until that is mended.' : messageOf(preview.error))
    : preview.options === null ? (preview.isAsking ? 'Looking…' : 'Choose a tag to see its values.')
      : values.length === 0 ? 'No values just now. They appear here as soon as there are such series.'
        : `${values.length.toLocaleString()} ${values.length === 1 ? 'value' : 'values'} just now`;
  return h('div', { class: 'variable-offered', 'aria-busy': preview.isAsking },
    h('p', { class: preview.error && !isAtField ? 'field-error' : 'field-help', role: 'status' }, text),
    values.length > 0 ? h('ul', { class: 'variable-values', 'aria-label': 'Values just now' },
      values.slice(0, SHOWN_MAX).map((value) => h('li', { key: value, class: 'chip' }, visibleText(value) || '(empty)')),
      values.length > SHOWN_MAX ? h('li', { key: '\u0000more', class: 'field-help' }, `and ${(values.length - SHOWN_MAX).toLocaleString()} more`) : null) : null);
}

/** @param {{draft: Draft, onChange: (change: Partial<Draft>) => void, preview: import('./use-variable-preview.js').Preview}} props */
function AtFirst({ draft, onChange, preview }) {
  const isList = draft.type !== 'query';
  const values = isList ? valuesOf(draft) : preview.options?.values ?? [];
  const hasAll = draft.includeAll && draft.type !== 'interval';
  const usual = hasAll ? ['$__all'] : values.slice(0, 1);
  if (values.length === 0 && draft.current === null) return null;
  return h('div', { class: 'variable-first' },
    h(ValuePicker, {
      label: 'Chosen at first', isLabelHidden: false, values, chosen: draft.current ?? usual, isMulti: draft.multi && draft.type !== 'interval', hasAll,
      onChange: (current) => onChange({ current }),
    }),
    draft.current === null ? h('span', { class: 'field-help' }, hasAll ? 'All, since nothing else was said' : 'the first value, whichever that is')
      : h(Button, { kind: 'quiet', onClick: () => onChange({ current: null }) }, hasAll ? 'All again' : 'The first one again'));
}
