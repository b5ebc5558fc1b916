// What the query builder offers for the step, the group and the functions, in words. Pure.
import { AGGREGATIONS, FUNCTIONS } from './promql-functions.js';
import { JOIN, OPERATORS, STEPS } from './promql-builder.js';

/** @typedef {import('./promql-builder.js').Layer} Layer */
/** @typedef {{value: string, label: string}} Choice */

/** @type {Record<string, string>} */
const STEP_WORDS = {
  avg: 'mean', min: 'smallest', max: 'largest', sum: 'sum', count: 'number of samples', last: 'newest', p50: 'median (p50)', p90: 'p90', p95: 'p95', p99: 'p99',
  rate: 'rate, growth in a second', increase: 'increase, growth in the step',
};

/** @type {Record<string, string>} */
const GROUP_WORDS = {
  avg: 'mean', min: 'smallest', max: 'largest', sum: 'sum', count: 'number of series', topk: 'largest series', bottomk: 'smallest series', quantile: 'quantile', stddev: 'standard deviation',
  stdvar: 'variance', group: '1 for each group', count_values: 'number of each value', limitk: 'some series', limit_ratio: 'a share of the series',
};

/** @type {Record<string, string>} */
const OPERATOR_WORDS = {
  '*': 'times a number', '/': 'divided by a number', '+': 'plus a number', '-': 'minus a number', '%': 'remainder of a division', '^': 'to the power of a number',
  '>': 'only values over a number', '>=': 'only values of a number and more', '<': 'only values under a number', '<=': 'only values of a number and less',
  '==': 'only values that are a number', '!=': 'only values that are not a number',
};

/** @type {Record<string, string>} first arguments, so that a new function does something */
const FIRST_ARGS = {
  quantile: '0.95', number: '5', min: '0', max: '100', ratio: '0.5', seconds: '3600', smoothing: '0.5', trend: '0.5', multiple: '1', lower: '0', upper: '1', label: 'name',
  replacement: '$1', source: '', regex: '(.*)', separator: ',',
};

/**
 * @param {boolean} isExpression
 * @returns {{label: string, options: Choice[]}[]} groups
 */
export function stepChoices(isExpression) {
  const usual = [...STEPS.keys()].map((value) => ({ value, label: STEP_WORDS[value] ?? value }));
  const written = new Set([...STEPS.values()].map((step) => step.fn));
  const others = [...FUNCTIONS.values()].filter(({ name, parameters }) => (!written.has(name) || name === 'quantile_over_time') && name !== 'absent_over_time'
    && parameters.some((parameter) => parameter.type === 'range')).map(({ name }) => ({ value: name, label: name }));
  return [
    { label: 'Samples of a step', options: isExpression ? [{ value: '', label: 'as it is at the time' }, ...usual] : usual },
    { label: 'Over a window', options: others },
  ];
}

/** @returns {Choice[]} */
export function groupChoices() {
  return [
    { value: '', label: 'each series for itself' },
    { value: JOIN, label: 'joined as one' },
    ...[...AGGREGATIONS.keys()].map((value) => ({ value, label: GROUP_WORDS[value] === value ? value : `${value}, ${GROUP_WORDS[value] ?? value}` }))
      .sort((left, right) => orderOf(left.value) - orderOf(right.value)),
  ];
}

const GROUP_ORDER = Object.keys(GROUP_WORDS);
/** @param {string} name */
const orderOf = (name) => GROUP_ORDER.indexOf(name);

/**
 * Functions of series, arithmetic with a number, and joining once more.
 * @param {string} search
 * @returns {{value: string, detail: string, help: string}[]}
 */
export function functionChoices(search) {
  const wanted = search.toLowerCase();
  const all = [
    ...[...OPERATORS.keys()].map((value) => ({ value, detail: '', help: OPERATOR_WORDS[value] ?? '' })),
    ...[...FUNCTIONS.values()].filter(isLayer).map(({ name, signature, help }) => ({ value: name, detail: signature.slice(name.length), help })),
    ...[...AGGREGATIONS.values()].map(({ name, signature, help }) => ({ value: name, detail: signature.slice(name.length), help })),
  ];
  const found = all.filter(({ value, help }) => value.includes(wanted) || help.toLowerCase().includes(wanted));
  return wanted === '' ? found : found.sort((left, right) => Number(right.value.startsWith(wanted)) - Number(left.value.startsWith(wanted)));
}

/** @param {import('./promql-functions.js').PromqlFunction} one */
function isLayer({ parameters, help }) {
  return parameters.some((parameter) => parameter.type === 'vector' && !parameter.isOptional) && !help.includes('not stored');
}

/**
 * @param {string} name of functionChoices
 * @returns {Layer}
 */
export function newLayer(name) {
  const kind = OPERATORS.has(name) ? 'operator' : AGGREGATIONS.has(name) ? 'aggregation' : 'function';
  return { kind, name, args: firstArgs(name), labels: [], isWithout: false };
}

/** @param {string} name of a function, an aggregation or an operator */
export function firstArgs(name) {
  if (OPERATORS.has(name)) return ['1'];
  return parametersOf(name).filter((parameter) => !parameter.isOptional).map((parameter) => FIRST_ARGS[parameter.name] ?? (parameter.type === 'string' ? '' : '1'));
}

/**
 * What beside the series goes into it; of an argument that may be repeated as many as there are.
 * @param {string} name
 * @param {number} [count] of arguments there are
 * @returns {import('./promql-functions.js').Parameter[]}
 */
export function parametersOf(name, count = 0) {
  if (OPERATORS.has(name)) return [{ name: 'number', type: 'scalar', isOptional: false, isRepeated: false }];
  const own = ((AGGREGATIONS.get(name) ?? FUNCTIONS.get(name))?.parameters ?? []).filter((parameter) => parameter.type !== 'vector' && parameter.type !== 'range');
  const last = own.at(-1);
  return last?.isRepeated ? [...own, ...Array.from({ length: Math.max(0, count - own.length) }, () => last)] : own;
}

const NUMBER = /^[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|[iI]nf|[nN]a[nN]|\$\w+|\$\{[^}\n]+\})$/;
const WINDOW = /^(?:(?:[0-9]+(?:ms|[smhdwy]))+|\$\w+|\$\{[^}\n]+\})$/;

/**
 * @param {import('./promql-functions.js').Parameter} parameter
 * @param {string} text
 * @returns {string} what is wrong with it; "" for nothing
 */
export function faultOfArgument(parameter, text) {
  if (parameter.type === 'string' || (parameter.isOptional && text === '')) return '';
  return NUMBER.test(text) ? '' : 'A number, such as 0.95';
}

/** @param {string} text */
export function faultOfWindow(text) {
  return text === '' || WINDOW.test(text) ? '' : 'A duration, such as 5m';
}
