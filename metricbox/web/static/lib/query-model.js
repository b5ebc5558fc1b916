// A query of a panel and what the builder shows of it. Pure.
//
// A query is the name of a metric or a plain selector, whose samples are joined inside each step (`aggregation`, `groupBy`), or
// an expression that says all of that itself. The builder writes the first as long as that can say what is wanted, since it
// joins samples of every table exactly; see docs/decisions/0016-query-builder.md.
import { emptyModel, formatModel, isExpression, JOIN, usualWindowOf } from './promql-builder.js';
import { parseQuery } from './promql-parse.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../types/app').MetricDefinition} MetricDefinition */
/** @typedef {import('./promql-builder.js').Model} Model */

/**
 * Whether `aggregation`, `tags` and `groupBy` may go with this text.
 * @param {string} text
 * @param {(name: string) => boolean} [isMetric]
 */
export function isPlain(text, isMetric) {
  const model = parseQuery(text, isMetric);
  return model !== null && !isExpression(model);
}

/**
 * @param {PanelQuery} query
 * @param {(name: string) => boolean} [isMetric] of a name with dashes
 * @returns {Model | null} null: richer than the builder
 */
export function readQuery(query, isMetric) {
  const model = parseQuery(query.query, isMetric);
  if (!model) return null;
  const tags = Object.entries(query.tags ?? {});
  if (isExpression(model)) return query.aggregation || query.groupBy || tags.length > 0 ? null : model;
  // None of no values is nothing at all, which no matcher of the builder says.
  if (tags.some(([, values]) => values.length === 0)) return null;
  const matchers = tags.map(([name, values]) => ({ name, op: /** @type {const} */ ('='), values: Array.isArray(values) ? values : [values] }));
  return {
    ...model,
    matchers: [...model.matchers, ...matchers],
    step: query.aggregation ?? '',
    group: query.groupBy ? { op: JOIN, args: [], labels: query.groupBy, isWithout: false } : null,
  };
}

/**
 * @param {PanelQuery} query
 * @param {Model} model
 * @param {string} [usualWindow]
 * @returns {PanelQuery} the query with what it asks replaced
 */
export function writeQuery(query, model, usualWindow) {
  const { tags: _tags, aggregation: _aggregation, groupBy: _groupBy, ...rest } = query;
  /** @type {PanelQuery} */
  const next = { ...rest, query: formatModel(model, usualWindow) };
  if (next.query === '' || isExpression(model)) return next;
  if (model.step !== '') next.aggregation = /** @type {any} */ (model.step);
  if (model.group) next.groupBy = model.group.labels;
  return next;
}

/**
 * The model without the window that an expression had for a group or a function which is gone now.
 * @param {Model} model
 * @param {string} [usualWindow]
 * @returns {Model}
 */
export function withoutUsualWindow(model, usualWindow) {
  const isBare = model.group === null && model.functions.length === 0;
  return isBare && model.window === (usualWindow || usualWindowOf(model.step)) ? { ...model, window: '' } : model;
}

/**
 * How a metric is looked at first.
 * @param {MetricDefinition} metric
 * @returns {Model}
 */
export function startModel({ name, type }) {
  const model = { ...emptyModel(), metric: name };
  if (type === 'counter') return { ...model, step: 'rate' };
  if (type !== 'histogram') return { ...model, step: 'avg' };
  if (!name.endsWith('_bucket')) return { ...model, step: 'p95' };
  return {
    ...model,
    step: 'rate',
    group: { op: 'sum', args: [], labels: ['le'], isWithout: false },
    functions: [{ kind: 'function', name: 'histogram_quantile', args: ['0.95'], labels: [], isWithout: false }],
  };
}

const OF_COUNTERS = new Set(['rate', 'increase', 'irate', 'resets', 'count', 'changes', 'present_over_time']);

/**
 * Whether a counter is drawn as it stands: a line that only ever rises.
 * @param {Model} model
 * @param {MetricDefinition | null} metric
 */
export function lacksRate(model, metric) {
  return metric?.type === 'counter' && metric.name === model.metric && !OF_COUNTERS.has(model.step);
}

/**
 * The same with the rate of the counter.
 * @param {Model} model
 * @returns {Model}
 */
export function withRate(model) {
  return { ...model, step: 'rate', stepArgs: [], window: '' };
}
