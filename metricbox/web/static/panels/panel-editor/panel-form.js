// The form beside the preview: title, type, and the options that the type uses.
import { Fragment, h } from '../../ui/html.js';
import { TextField } from '../../ui/field.js';
import { Segmented } from '../../ui/segmented.js';
import { SelectField } from '../../ui/select.js';
import { TextArea } from '../../ui/text-area.js';
import { visibleText } from '../../lib/labels.js';
import { EDITABLE_TYPES, TYPE_LABELS, usesOption } from '../../lib/panel-options.js';
import { LinksField } from './links-field.js';
import { DrawingOptions, LegendOptions, ValueOptions } from './option-fields.js';
import { ThresholdsField } from './thresholds-field.js';
import { ValueTextsField } from './value-texts-field.js';

/** @typedef {import('../../../types/app').PanelOptions} PanelOptions */
/** @typedef {import('../../lib/panel-draft.js').Draft} Draft */

/**
 * @typedef {object} PanelFormProps
 * @property {Draft} draft
 * @property {(label: string, change: Partial<Draft>) => void} onChange label: of the step, "" for one of its own
 * @property {(label: string, change: PanelOptions) => void} onOptions
 * @property {Record<string, string>} errors by the API's name of the field
 * @property {import('../../../types/app').VariableShown[]} variables of the dashboard
 * @property {import('../../lib/variables.js').Selection} selection
 */

/** @type {Record<string, string>} */
const DRAWINGS = {
  line: 'M4 4v16h16M7 15l4-5 3 3 5-7',
  area: 'M4 4v16h16M4 16l5-6 4 3 7-7v14M8 20v-4M12 20v-3M16 20v-6',
  bar: 'M4 20h16M7 20v-7M12 20V5M17 20v-10',
  stat: 'M6 7l3-2v10M13 7.500c.5-1.700 2-2.500 3.300-2.500c3.400 0 4 3 1.700 5.500L13 15h6M4 20h16',
  gauge: 'M5 18a9 9 0 1 1 14 0M12 13l4-5',
  table: 'M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9',
  text: 'M5 6h14M5 10h14M5 14h14M5 18h8',
};

const TYPES = EDITABLE_TYPES.map((value) => ({ value, label: TYPE_LABELS[value] ?? value, drawing: DRAWINGS[value] ?? '' }));

/** @param {PanelFormProps} props */
export function PanelForm({ draft, onChange, onOptions, errors, variables, selection }) {
  const { type, options } = draft;
  const shared = { type, options, onChange: onOptions, errors };
  return h('div', { class: 'panel-form' },
    h(TextField, { label: 'Title', name: 'title', value: draft.title, maxLength: 200, error: errors.title ?? null, onInput: (title) => onChange('title', { title }) }),
    h(Segmented, { label: 'Type', value: type, options: TYPES, error: errors.type ?? null, onChange: (value) => onChange('', { type: /** @type {Draft['type']} */ (value) }) }),
    usesOption(type, 'content') ? h(TextArea, {
      label: 'Content', name: 'content', value: options.content ?? '', rows: 12, isCode: true, error: errors['options.content'] ?? null,
      help: 'Markdown: # heading, **bold**, - list, [words](address), `code`.', onInput: (content) => onOptions('content', { content }),
    }) : null,
    type === 'text' ? null : h('section', { class: 'form-group', 'aria-label': 'Values' }, h(ValueOptions, shared)),
    type === 'text' ? null : h('section', { class: 'form-group', 'aria-label': 'Drawing' }, h(DrawingOptions, shared), h(LegendOptions, shared)),
    usesOption(type, 'thresholds') ? h(ThresholdsField, {
      value: options.thresholds ?? [], unit: options.unit ?? null, error: errors['options.thresholds'] ?? null, onChange: (label, thresholds) => onOptions(label, { thresholds }),
    }) : null,
    usesOption(type, 'valueTexts') ? h(ValueTextsField, {
      value: options.valueTexts ?? [], unit: options.unit ?? null, error: errors['options.valueTexts'] ?? null, onChange: (label, valueTexts) => onOptions(label, { valueTexts }),
    }) : null,
    h('section', { class: 'form-group', 'aria-label': 'About the panel' },
      h(TextArea, {
        label: 'Description', name: 'description', value: options.description ?? '', rows: 2, help: 'Shown behind a mark beside the title.', error: errors['options.description'] ?? null,
        onInput: (description) => onOptions('description', { description }),
      }),
      h(LinksField, { value: options.links ?? [], selection, error: errors['options.links'] ?? null, onChange: (label, links) => onOptions(label, { links }) })),
    variables.length > 0 || options.repeat ? h(RepeatFields, { options, onOptions, errors, variables }) : null);
}

/** @param {{options: PanelOptions, onOptions: PanelFormProps['onOptions'], errors: Record<string, string>, variables: PanelFormProps['variables']}} props */
function RepeatFields({ options, onOptions, errors, variables }) {
  const repeat = options.repeat ?? '';
  const names = variables.map(({ name, label }) => ({ value: name, label: visibleText(label || name) }));
  const isGone = repeat !== '' && !names.some((one) => one.value === repeat);
  const perRow = String(options.repeatPerRow ?? '');
  return h('section', { class: 'form-group', 'aria-label': 'Repeat' },
    h('div', { class: 'form-pair' },
      h(SelectField, {
        label: 'Repeat by', name: 'repeat', value: repeat, error: isGone ? `There is no variable ${visibleText(repeat)}` : errors['options.repeat'] ?? null,
        options: [{ value: '', label: 'No repeat' }, ...names, ...(isGone ? [{ value: repeat, label: visibleText(repeat) }] : [])],
        onChange: (value) => onOptions('', { repeat: value || null, ...(value ? {} : { repeatPerRow: null }) }),
      }),
      repeat === '' ? h(Fragment, null) : h(SelectField, {
        label: 'Side by side', name: 'repeatPerRow', value: perRow, error: errors['options.repeatPerRow'] ?? null,
        options: [{ value: '', label: 'As many as fit' }, ...Array.from({ length: 12 }, (_, index) => ({ value: String(index + 1), label: `At most ${index + 1}` }))],
        onChange: (value) => onOptions('', { repeatPerRow: value === '' ? null : Number(value) }),
      })));
}
