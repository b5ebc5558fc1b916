// The options of a panel, group by group. Only what the type uses is shown; each change is drawn at once.
import { Fragment, h } from '../../ui/html.js';
import { CheckField } from '../../ui/check-field.js';
import { NumberField } from '../../ui/number-field.js';
import { Segmented } from '../../ui/segmented.js';
import { SelectField } from '../../ui/select.js';
import { SLOT_NAMES, slotOfOption } from '../../lib/color.js';
import { LEGEND_COLUMNS } from '../../lib/frame-table.js';
import { CALCULATION_CHOICES, usesOption } from '../../lib/panel-options.js';
import { UnitField } from './unit-field.js';

/** @typedef {import('../../../types/app').PanelOptions} PanelOptions */

/**
 * @typedef {object} OptionsProps
 * @property {string} type
 * @property {PanelOptions} options
 * @property {(label: string, change: PanelOptions) => void} onChange label: of the step, "" for one of its own
 * @property {Record<string, string>} errors by the API's name of the field
 */

const DECIMALS = [{ value: '', label: 'Auto' }, ...[0, 1, 2, 3, 4, 5, 6].map((places) => ({ value: String(places), label: String(places) }))];

/** @param {OptionsProps} props */
export function ValueOptions({ type, options, onChange, errors }) {
  const unit = options.unit ?? null;
  const decimals = String(options.decimals ?? '');
  return h(Fragment, null,
    usesOption(type, 'unit') ? h('div', { class: 'form-pair is-wide-first' },
      h(UnitField, { value: options.unit ?? '', error: errors['options.unit'] ?? null, onChange: (value) => onChange('unit', { unit: value || null }) }),
      h(SelectField, {
        label: 'Decimals', name: 'decimals', value: decimals, error: errors['options.decimals'] ?? null,
        options: DECIMALS.some((choice) => choice.value === decimals) ? DECIMALS : [...DECIMALS, { value: decimals, label: decimals }],
        onChange: (value) => onChange('', { decimals: value === '' ? null : Number(value) }),
      })) : null,
    usesOption(type, 'calculation') ? h(SelectField, {
      label: 'Calculation', name: 'calculation', value: options.calculation ?? 'last', options: CALCULATION_CHOICES, error: errors['options.calculation'] ?? null,
      help: 'Which number of the range is shown.', onChange: (value) => onChange('', { calculation: value === 'last' ? null : /** @type {any} */ (value) }),
    }) : null,
    usesOption(type, 'min') ? h('div', { class: 'form-pair' },
      h(NumberField, { label: 'Min', value: options.min, unit, placeholder: type === 'gauge' ? '0' : 'auto', error: errors['options.min'] ?? null, onChange: (min) => onChange('min', { min }) }),
      h(NumberField, { label: 'Max', value: options.max, unit, placeholder: type === 'gauge' ? 'as the unit' : 'auto', error: rangeFault(options) ?? errors['options.max'] ?? null, onChange: (max) => onChange('max', { max }) })) : null);
}

/**
 * It can be drawn and saved, it only shows nothing that was meant.
 * @param {PanelOptions} options
 */
function rangeFault({ min, max }) {
  return typeof min === 'number' && typeof max === 'number' && min >= max ? 'Max must be more than Min' : null;
}

/** @param {OptionsProps} props */
export function DrawingOptions({ type, options, onChange, errors }) {
  return h(Fragment, null,
    usesOption(type, 'axis') ? h('div', { class: 'form-pair' },
      h(Segmented, {
        label: 'Axis', value: options.axis ?? 'left', options: [{ value: 'left', label: 'Left' }, { value: 'right', label: 'Right' }], error: errors['options.axis'] ?? null,
        onChange: (value) => onChange('', { axis: value === 'left' ? null : 'right' }),
      }),
      h(Segmented, {
        label: 'Scale', value: options.scale ?? 'linear', options: [{ value: 'linear', label: 'Linear' }, { value: 'log', label: 'Log' }], error: errors['options.scale'] ?? null,
        onChange: (value) => onChange('', { scale: value === 'linear' ? null : 'log' }),
      })) : null,
    usesOption(type, 'nullHandling') ? h(Segmented, {
      label: 'Gaps', value: options.nullHandling ?? 'gap', options: [{ value: 'gap', label: 'Gap' }, { value: 'join', label: 'Join' }, { value: 'zero', label: 'Zero' }],
      error: errors['options.nullHandling'] ?? null, onChange: (value) => onChange('', { nullHandling: value === 'gap' ? null : /** @type {any} */ (value) }),
    }) : null,
    usesOption(type, 'stack') ? h(Segmented, {
      label: 'Stack', value: options.stack ? 'on' : options.stack === false || type !== 'bar' ? 'off' : 'auto', error: errors['options.stack'] ?? null,
      options: [...(type === 'bar' ? [{ value: 'auto', label: 'Auto' }] : []), { value: 'off', label: 'Off' }, { value: 'on', label: 'On' }],
      onChange: (value) => onChange('', { stack: value === 'on' ? true : value === 'off' && type === 'bar' ? false : null }),
    }) : null,
    usesOption(type, 'sparkline') ? h(CheckField, {
      label: 'Sparkline', value: options.sparkline ?? true, help: 'The course of the range below the number.', onChange: (value) => onChange('', { sparkline: value ? null : false }),
    }) : null,
    usesOption(type, 'color') ? h(Segmented, {
      label: type === 'stat' ? 'Colour' : 'Colour of the first series', value: options.color === null || options.color === undefined ? '' : SLOT_NAMES[slotOfOption(options.color)] ?? '',
      error: errors['options.color'] ?? null,
      options: [{ value: '', label: 'Auto' }, ...SLOT_NAMES.map((name, index) => ({ value: name, label: name, swatch: `is-slot-${index + 1}` }))],
      onChange: (value) => onChange('', { color: value || null }),
    }) : null);
}

/** @param {OptionsProps} props */
export function LegendOptions({ type, options, onChange, errors }) {
  const mode = options.showLegend === false ? 'off' : options.legendMode === 'table' ? 'table' : 'list';
  const isTable = type === 'table' && options.tableRows !== 'times';
  return h(Fragment, null,
    usesOption(type, 'tableRows') ? h(Segmented, {
      label: 'Rows', value: options.tableRows ?? 'series', options: [{ value: 'series', label: 'Series' }, { value: 'times', label: 'Times' }], error: errors['options.tableRows'] ?? null,
      onChange: (value) => onChange('', { tableRows: value === 'times' ? 'times' : null }),
    }) : null,
    usesOption(type, 'showLegend') ? h(Segmented, {
      label: 'Legend', value: mode, options: [{ value: 'off', label: 'Off' }, { value: 'list', label: 'List' }, { value: 'table', label: 'Table' }],
      error: errors['options.showLegend'] ?? errors['options.legendMode'] ?? null,
      onChange: (value) => onChange('', { showLegend: value === 'off' ? false : null, legendMode: value === 'table' ? 'table' : null }),
    }) : null,
    isTable || (usesOption(type, 'showLegend') && mode === 'table') ? h(Columns, { label: isTable ? 'Columns' : 'Columns of the legend', usual: isTable ? [options.calculation ?? 'last'] : LEGEND_COLUMNS, options, onChange, error: errors['options.legendValues'] ?? null }) : null);
}

/** @param {{label: string, usual: readonly import('../../lib/reading.js').Calculation[], options: PanelOptions, onChange: OptionsProps['onChange'], error: string | null}} props usual: when none are named */
function Columns({ label, usual, options, onChange, error }) {
  const values = options.legendValues?.length ? options.legendValues : usual;
  return h('fieldset', { class: 'check-group' },
    h('legend', { class: 'field-label' }, label),
    CALCULATION_CHOICES.map((choice) => h(CheckField, {
      key: choice.value, label: choice.label, value: values.includes(choice.value),
      // In the order of the form, whatever the order of the clicks.
      onChange: (isOn) => onChange('', { legendValues: CALCULATION_CHOICES.map((one) => one.value).filter((one) => (one === choice.value ? isOn : values.includes(one))) }),
    })),
    error ? h('p', { class: 'field-error' }, error) : null);
}
