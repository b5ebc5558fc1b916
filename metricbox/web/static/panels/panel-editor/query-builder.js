// A query by clicks: metric, filters, how a step becomes one value, groups, functions.
import { h, useId } from '../../ui/html.js';
import { IconButton } from '../../ui/button.js';
import { Select } from '../../ui/select.js';
import { emptyModel, isExpression, JOIN, usualWindowOf } from '../../lib/promql-builder.js';
import { faultOfArgument, faultOfWindow, firstArgs, functionChoices, groupChoices, newLayer, parametersOf, stepChoices } from '../../lib/builder-choices.js';
import { startModel } from '../../lib/query-model.js';
import { findMetric } from '../../api/metrics.js';
import { ArgumentField } from './argument-field.js';
import { describeMetric, MetricPicker } from './metric-picker.js';
import { SearchPicker } from './search-picker.js';
import { findTags, ownTag, TagFilter } from './tag-filter.js';

/** @typedef {import('../../lib/promql-builder.js').Model} Model */
/** @typedef {import('../../lib/promql-builder.js').Layer} Layer */
/** @typedef {import('../../../types/app').MetricDefinition} MetricDefinition */

/**
 * @typedef {object} QueryBuilderProps
 * @property {Model} model
 * @property {MetricDefinition | null} metric what is known of the model's metric
 * @property {string[]} variableNames
 * @property {string} usualWindow "" for one that follows the step
 * @property {(model: Model) => void} onChange
 */

/** @param {QueryBuilderProps} props */
export function QueryBuilder(props) {
  const { model, metric, variableNames, onChange } = props;
  /** @param {string} name */
  const chooseMetric = async (name) => {
    // Filters go on to another metric, which mostly has the same tags; how its values are joined follows its type.
    const found = await findMetric(name).catch(() => null);
    const isFirst = model.metric === '' && model.functions.length === 0 && model.group === null;
    const start = found ? startModel(found) : { ...emptyModel(), metric: name };
    onChange(isFirst ? { ...start, matchers: model.matchers } : { ...model, metric: name, step: isExpression(model) ? model.step : start.step });
  };
  return h('div', { class: 'builder' },
    h(Line, { label: 'Metric' },
      h(MetricPicker, { value: model.metric, variableNames, onChange: chooseMetric }),
      metric ? h('span', { class: 'builder-note' }, describeMetric(metric), metric.description ? ` · ${metric.description}` : '') : null),
    h(Line, { label: 'Where' }, h(TagFilter, { metric: model.metric, matchers: model.matchers, variableNames, onChange: (matchers) => onChange({ ...model, matchers }) })),
    // Without series there is nothing to join.
    model.metric === '' && model.matchers.length === 0 ? null : [h(StepLine, { key: 'step', ...props }), h(GroupLine, { key: 'group', ...props }), h(FunctionsLine, { key: 'functions', ...props })]);
}

/** @param {{label: string, children?: import('../../ui/html.js').Children}} props */
function Line({ label, children }) {
  const id = useId();
  return h('div', { class: 'builder-line', role: 'group', 'aria-labelledby': id },
    h('span', { class: 'builder-label', id }, label),
    h('div', { class: 'builder-parts' }, children));
}

/** @param {QueryBuilderProps} props */
function StepLine({ model, usualWindow, onChange }) {
  const isWritten = isExpression(model);
  const parameters = parametersOf(model.step);
  return h(Line, { label: 'Every step' },
    h(GroupedSelect, {
      label: 'How the samples of a step become one value', value: isWritten ? model.step : model.step || 'avg', groups: stepChoices(isWritten),
      onChange: (step) => onChange({ ...model, step, stepArgs: firstArgs(step), window: step === '' ? '' : model.window }),
    }),
    parameters.map((parameter, index) => h(ArgumentField, {
      key: parameter.name, label: `${model.step}: ${parameter.name}`, value: model.stepArgs[index] ?? '', faultOf: (text) => faultOfArgument(parameter, text),
      onChange: (value) => onChange({ ...model, stepArgs: replaced(model.stepArgs, index, value) }),
    })),
    isWritten && model.step !== '' ? [
      h('span', { key: 'over', class: 'builder-word' }, 'over'),
      h(ArgumentField, { key: 'window', label: 'Window', value: model.window, placeholder: usualWindow || usualWindowOf(model.step), faultOf: faultOfWindow, onChange: (window) => onChange({ ...model, window }) }),
    ] : null);
}

/** @param {QueryBuilderProps} props */
function GroupLine({ model, onChange }) {
  const { group } = model;
  const parameters = group ? parametersOf(group.op) : [];
  /** @param {string} op */
  const chooseOp = (op) => onChange({ ...model, group: op === '' ? null : { op, args: op === JOIN ? [] : firstArgs(op), labels: group?.labels ?? [], isWithout: op !== JOIN && Boolean(group?.isWithout) } });
  return h(Line, { label: 'Group' },
    h(Select, { label: 'How the series of a group are joined', isSmall: true, value: group?.op ?? '', options: groupChoices(), onChange: chooseOp }),
    parameters.map((parameter, index) => h(ArgumentField, {
      key: parameter.name, label: `${group?.op}: ${parameter.name}`, value: group?.args[index] ?? '', faultOf: (text) => faultOfArgument(parameter, text),
      onChange: (value) => { if (group) onChange({ ...model, group: { ...group, args: replaced(group.args, index, value) } }); },
    })),
    !group || group.op === JOIN ? h('span', { class: 'builder-word' }, 'by') : h(Select, {
      label: 'Which tags make a group', isSmall: true, value: group.isWithout ? 'without' : 'by', options: [{ value: 'by', label: 'by' }, { value: 'without', label: 'without' }],
      onChange: (value) => onChange({ ...model, group: { ...group, isWithout: value === 'without' } }),
    }),
    h(LabelList, {
      metric: model.metric, labels: group?.labels ?? [],
      onChange: (labels) => onChange({ ...model, group: group ? { ...group, labels } : { op: JOIN, args: [], labels, isWithout: false } }),
    }));
}

/** @param {{metric: string, labels: string[], onChange: (labels: string[]) => void}} props */
function LabelList({ metric, labels, onChange }) {
  return h('span', { class: 'label-list' },
    labels.map((label) => h('span', { key: label, class: 'query-chip' }, label,
      h('button', { type: 'button', class: 'chip-remove', 'aria-label': `Do not group by ${label}`, onClick: () => onChange(labels.filter((one) => one !== label)) }, '×'))),
    h(SearchPicker, {
      label: 'Group by a tag', adds: 'tag', summary: '', chosen: labels, isMulti: true, load: (search) => findTags(metric, search), ownChoice: ownTag,
      onChoose: (label) => onChange(labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label]),
    }));
}

/** @param {QueryBuilderProps} props */
function FunctionsLine({ model, onChange }) {
  /** @param {Layer[]} functions */
  const change = (functions) => onChange({ ...model, functions });
  return h(Line, { label: 'Functions' },
    model.functions.map((layer, index) => h(LayerChip, {
      key: index, layer, metric: model.metric,
      onChange: (next) => change(model.functions.map((one, place) => (place === index ? next : one))),
      onRemove: () => change(model.functions.filter((_, place) => place !== index)),
    })),
    h(SearchPicker, {
      label: 'Add a function', adds: 'function', summary: '', chosen: [],
      load: async (search) => {
        const list = functionChoices(search);
        return { list, total: list.length };
      },
      onChoose: (name) => change([...model.functions, newLayer(name)]),
    }));
}

/** @param {{layer: Layer, metric: string, onChange: (layer: Layer) => void, onRemove: () => void}} props */
function LayerChip({ layer, metric, onChange, onRemove }) {
  return h('span', { class: 'layer-chip', role: 'group', 'aria-label': `Function ${layer.name}` },
    h('code', { class: 'layer-name' }, layer.name),
    parametersOf(layer.name, layer.args.length).map((parameter, index) => h(ArgumentField, {
      key: index, label: `${layer.name}: ${parameter.name}`, value: layer.args[index] ?? '', placeholder: parameter.name, faultOf: (text) => faultOfArgument(parameter, text),
      onChange: (value) => onChange({ ...layer, args: value === '' && parameter.isOptional ? layer.args.slice(0, index) : replaced(layer.args, index, value) }),
    })),
    layer.kind === 'aggregation' ? [
      h('span', { key: 'by', class: 'builder-word' }, layer.isWithout ? 'without' : 'by'),
      h(LabelList, { key: 'labels', metric, labels: layer.labels, onChange: (labels) => onChange({ ...layer, labels }) }),
    ] : null,
    h(IconButton, { label: `Remove ${layer.name}`, icon: 'close', onClick: onRemove }));
}

/** @param {string[]} list @param {number} index @param {string} value */
function replaced(list, index, value) {
  const next = [...list];
  next[index] = value;
  return next;
}

/** @param {{label: string, value: string, groups: {label: string, options: {value: string, label: string}[]}[], onChange: (value: string) => void}} props */
function GroupedSelect({ label, value, groups, onChange }) {
  return h('select', {
    class: 'select is-small', 'aria-label': label, value,
    onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLSelectElement} */ (event.currentTarget).value),
  }, groups.map((group) => h('optgroup', { key: group.label, label: group.label }, group.options.map((option) => h('option', { key: option.value, value: option.value }, option.label)))));
}
