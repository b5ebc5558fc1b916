// What the query builder can say, and its PromQL. Pure. The way back is promql-parse.js.
//
//   functions   topk(5, …) / 8           outermost last
//   group       sum by (host) (…)
//   step        rate(…[5m])              how the samples of a step become one value
//   selector    metric{host="a"}
import { AGGREGATIONS, FUNCTIONS, KEYWORDS } from './promql-functions.js';
import { joinPattern, quoteText } from './promql-text.js';

/** @typedef {'=' | '!=' | '=~' | '!~'} MatchOp */

/**
 * @typedef {object} Matcher
 * @property {string} name "" while it is not chosen
 * @property {MatchOp} op
 * @property {string[]} values with = and != any number: one of them, none of them; with =~ and !~ one pattern
 */

/**
 * @typedef {object} Group
 * @property {string} op an aggregation, or JOIN
 * @property {string[]} args
 * @property {string[]} labels
 * @property {boolean} isWithout labels are those to leave out
 */

/**
 * @typedef {object} Layer something done to all of what is inside it
 * @property {'function' | 'operator' | 'aggregation'} kind
 * @property {string} name
 * @property {string[]} args without the series; texts without quotes
 * @property {string[]} labels of an aggregation
 * @property {boolean} isWithout
 */

/**
 * @typedef {object} Model
 * @property {string} metric may be "" where matchers say it
 * @property {Matcher[]} matchers
 * @property {string} step "" for the value as it is, a name of STEPS, or a function of range vectors
 * @property {string[]} stepArgs
 * @property {string} window of the function of the step; "" for the usual one
 * @property {Group | null} group null: every series stays itself
 * @property {Layer[]} functions
 */

/** Joins the samples of a group as if they were of one series: `groupBy` of a query that is no expression. */
export const JOIN = 'join';

// Steps that both kinds of query have, and the function of each in an expression.
/** @type {Map<string, {fn: string, args: string[]}>} */
export const STEPS = new Map([
  ['avg', { fn: 'avg_over_time', args: [] }],
  ['min', { fn: 'min_over_time', args: [] }],
  ['max', { fn: 'max_over_time', args: [] }],
  ['sum', { fn: 'sum_over_time', args: [] }],
  ['count', { fn: 'count_over_time', args: [] }],
  ['last', { fn: 'last_over_time', args: [] }],
  ['p50', { fn: 'quantile_over_time', args: ['0.5'] }],
  ['p90', { fn: 'quantile_over_time', args: ['0.9'] }],
  ['p95', { fn: 'quantile_over_time', args: ['0.95'] }],
  ['p99', { fn: 'quantile_over_time', args: ['0.99'] }],
  ['rate', { fn: 'rate', args: [] }],
  ['increase', { fn: 'increase', args: [] }],
]);

/** By how tightly they bind; all but ^ from left to right. */
export const OPERATORS = new Map([
  ['^', 4], ['*', 3], ['/', 3], ['%', 3], ['+', 2], ['-', 2], ['==', 1], ['!=', 1], ['<', 1], ['<=', 1], ['>', 1], ['>=', 1],
]);

const RATES = new Set(['rate', 'increase', 'irate']);
const BARE_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*(?:\.[A-Za-z0-9_:]+)*$/;
const BARE_LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const REFERENCE = /^(?:\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\[\[[A-Za-z_]\w*(?::\w+)?\]\])$/;
const WORDS = new Set([...KEYWORDS.keys(), ...AGGREGATIONS.keys(), ...FUNCTIONS.keys(), 'inf', 'nan', 'start', 'end']);

/** @returns {Model} */
export function emptyModel() {
  return { metric: '', matchers: [], step: '', stepArgs: [], window: '', group: null, functions: [] };
}

/**
 * Whether only an expression can say it; what it cannot is a selector with aggregation and groupBy beside it.
 * @param {Model} model
 */
export function isExpression(model) {
  return model.functions.length > 0 || (model.group !== null && model.group.op !== JOIN) || (model.step !== '' && !STEPS.has(model.step))
    || model.window !== '';
}

/**
 * @param {Model} model
 * @param {string} [usualWindow] where the model names none; by default one that follows the step
 * @returns {string} the selector alone for what is no expression; "" for nothing
 */
export function formatModel(model, usualWindow = '') {
  let text = formatSelector(model);
  if (text === '' || !isExpression(model)) return text;
  text = formatStep(model, text, usualWindow);
  if (model.group) text = formatAggregation({ ...model.group, name: joinOp(model.group.op, model.step) }, text);
  let binding = Infinity;
  for (const layer of model.functions) {
    text = formatLayer(layer, text, binding);
    binding = layer.kind === 'operator' ? OPERATORS.get(layer.name) ?? 0 : Infinity;
  }
  return text;
}

/**
 * In an expression a group is joined by an aggregation; the one that comes closest.
 * @param {string} op
 * @param {string} step
 */
function joinOp(op, step) {
  if (op !== JOIN) return op;
  if (step === 'min' || step === 'max') return step;
  return ['rate', 'increase', 'sum', 'count'].includes(step) ? 'sum' : 'avg';
}

/** @param {Pick<Model, 'metric' | 'matchers'>} model */
export function formatSelector({ metric, matchers }) {
  const isBare = REFERENCE.test(metric) || (BARE_NAME.test(metric) && !WORDS.has(metric.toLowerCase()));
  const whole = matchers.filter((matcher) => matcher.name !== '' && matcher.values.length > 0).map(formatMatcher);
  if (isBare) return whole.length > 0 ? `${metric}{${whole.join(', ')}}` : metric;
  const parts = metric === '' ? whole : [quoteText(metric), ...whole];
  return parts.length > 0 ? `{${parts.join(', ')}}` : '';
}

/** @param {Matcher} matcher */
function formatMatcher({ name, op, values }) {
  const isList = values.length > 1 && (op === '=' || op === '!=');
  const written = !isList ? op : op === '=' ? '=~' : '!~';
  return `${formatLabel(name)}${written}${quoteText(isList ? joinPattern(values) : values[0] ?? '')}`;
}

/** @param {string} name */
function formatLabel(name) {
  return BARE_LABEL.test(name) || REFERENCE.test(name) ? name : quoteText(name);
}

/**
 * @param {Model} model
 * @param {string} selector
 * @param {string} usualWindow
 */
function formatStep({ step, stepArgs, window }, selector, usualWindow) {
  if (step === '') return selector;
  const { fn, args } = STEPS.get(step) ?? { fn: step, args: stepArgs };
  const range = `${selector}[${window || usualWindow || usualWindowOf(step)}]`;
  return formatCall(fn, FUNCTIONS.get(fn)?.parameters ?? [], args, range);
}

/** @param {string} step */
export function usualWindowOf(step) {
  return RATES.has(step) ? '$__rate_interval' : '$__interval';
}

/**
 * @param {string} name
 * @param {import('./promql-functions.js').Parameter[]} parameters
 * @param {string[]} args
 * @param {string} inner
 */
function formatCall(name, parameters, args, inner) {
  let next = 0;
  /** @type {string[]} */
  const parts = [];
  for (const parameter of parameters) {
    if (parameter.type === 'vector' || parameter.type === 'range') parts.push(inner);
    else {
      const end = parameter.isRepeated ? args.length : Math.min(next + 1, args.length);
      parts.push(...args.slice(next, end).map((arg) => (parameter.type === 'string' ? quoteText(arg) : arg)));
      next = end;
    }
  }
  return `${name}(${parts.join(', ')})`;
}

/**
 * @param {{name: string, args: string[], labels: string[], isWithout: boolean}} wish
 * @param {string} inner
 */
function formatAggregation({ name, args, labels, isWithout }, inner) {
  const call = formatCall(name, AGGREGATIONS.get(name)?.parameters ?? [], args, inner);
  if (labels.length === 0 && !isWithout) return call;
  return `${name} ${isWithout ? 'without' : 'by'} (${labels.map(formatLabel).join(', ')}) ${call.slice(name.length)}`;
}

/**
 * @param {Layer} layer
 * @param {string} inner
 * @param {number} binding how tightly the outermost operator of the inner text binds
 */
function formatLayer(layer, inner, binding) {
  if (layer.kind === 'aggregation') return formatAggregation(layer, inner);
  if (layer.kind === 'function') return formatCall(layer.name, FUNCTIONS.get(layer.name)?.parameters ?? [], layer.args, inner);
  const own = OPERATORS.get(layer.name) ?? 0;
  const isLoose = binding < own || (binding === own && layer.name === '^');
  return `${isLoose ? `(${inner})` : inner} ${layer.name} ${layer.args[0] ?? '1'}`;
}
