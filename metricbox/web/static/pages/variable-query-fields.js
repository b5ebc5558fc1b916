// The question of a variable whose values are those of a tag: picked together, or written as text.
import { h } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Field, TextField } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { questionText, readQuestion } from '../lib/variable-form.js';
import { MetricPicker } from '../panels/panel-editor/metric-picker.js';
import { SearchPicker } from '../panels/panel-editor/search-picker.js';
import { findTags, ownTag, TagFilter } from '../panels/panel-editor/tag-filter.js';

/** @typedef {import('../lib/variable-form.js').Draft} Draft */

/**
 * @typedef {object} VariableQueryFieldsProps
 * @property {Draft} draft
 * @property {(change: Partial<Draft>) => void} onChange
 * @property {string[]} others names of the other variables, which conditions may refer to
 * @property {Record<string, string>} errors by part
 */

const SORTS = [
  { value: 'asc', label: 'A to Z' },
  { value: 'desc', label: 'Z to A' },
  { value: 'numericAsc', label: 'By number, smallest first' },
  { value: 'numericDesc', label: 'By number, largest first' },
  { value: 'none', label: 'As they come' },
];

/** @param {VariableQueryFieldsProps} props */
export function VariableQueryFields({ draft, onChange, others, errors }) {
  return h('div', { class: 'form' },
    draft.text === null ? h(Picked, { draft, onChange, others, errors }) : h(Written, { draft, onChange, others, errors }),
    h('div', { class: 'variable-pair' },
      h(TextField, {
        label: 'Only values that fit', name: 'regex', value: draft.regex, placeholder: 'web-(.*)', error: errors.regex ?? null,
        help: 'A regular expression. Its first group, if any, becomes the value.', onInput: (regex) => onChange({ regex }),
      }),
      h(SelectField, { label: 'Order', name: 'sort', value: draft.sort, options: SORTS, onChange: (sort) => onChange({ sort: /** @type {Draft['sort']} */ (sort) }) })));
}

/** @param {VariableQueryFieldsProps} props */
function Picked({ draft, onChange, others, errors }) {
  const question = `${draft.metric} ${draft.tag}`;
  return h('fieldset', { class: 'variable-question' },
    h('legend', { class: 'field-label' }, 'Values of'),
    h('div', { class: 'variable-picks' },
      h(SearchPicker, {
        key: question, label: 'Tag', summary: draft.tag || 'Choose a tag', isEmpty: draft.tag === '', chosen: draft.tag === '' ? [] : [draft.tag],
        load: (search) => findTags(draft.metric, search), ownChoice: ownTag, onChoose: (tag) => onChange({ tag }),
      }),
      h('span', { class: 'variable-word' }, 'in'),
      h(MetricPicker, { value: draft.metric, variableNames: others, onChange: (metric) => onChange({ metric }) }),
      draft.metric === '' ? null : h(Button, { kind: 'quiet', onClick: () => onChange({ metric: '' }) }, 'All metrics')),
    h('div', { class: 'variable-picks' },
      h('span', { class: 'variable-word' }, 'where'),
      h(TagFilter, { metric: draft.metric, matchers: draft.matchers, variableNames: others, onChange: (matchers) => onChange({ matchers }) })),
    h(Errors, { errors }),
    h(Button, { kind: 'quiet', onClick: () => onChange({ text: draft.tag === '' ? 'label_values()' : questionText(draft) }) }, 'Write it as text'));
}

/** @param {VariableQueryFieldsProps} props */
function Written({ draft, onChange, errors }) {
  const read = draft.text === null ? null : readQuestion(draft.text);
  return h('div', { class: 'variable-question' },
    h(Field, {
      label: 'Question', error: errors.query ?? null, help: 'label_values(metric{tag="value"}, tag), or label_values(tag). It may refer to other variables.',
      children: ({ id, describedBy, isInvalid }) => h('input', {
        id, name: 'query', class: 'input is-code', value: draft.text ?? '', autocomplete: 'off', spellcheck: false, 'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined,
        onInput: (/** @type {Event} */ event) => onChange({ text: /** @type {HTMLInputElement} */ (event.currentTarget).value }),
      }),
    }),
    read ? h(Button, { kind: 'quiet', onClick: () => onChange(read) }, 'Pick it together') : h('p', { class: 'field-help' }, 'It is richer than the fields, so it stays a text.'));
}

/** @param {{errors: Record<string, string>}} props */
function Errors({ errors }) {
  const found = [errors.query, errors.metric, errors.tag, errors.matchers].filter((text) => text);
  return found.length > 0 ? h('p', { class: 'field-error', role: 'alert', tabIndex: -1, 'aria-invalid': 'true' }, found.join(' ')) : null;
}
