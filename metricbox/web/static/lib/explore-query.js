// Changes to the text of a query that a click stands for: a metric, a filter. Pure. What the builder can read is changed there;
// richer text is changed at the metric's own place in it.
import { formatModel, formatSelector } from './promql-builder.js';
import { isAmbiguous, parseQuery } from './promql-parse.js';
import { quoteText } from './promql-text.js';
import { tokenize } from './promql-tokens.js';
import { startModel, writeQuery } from './query-model.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../types/app').MetricDefinition} MetricDefinition */

/**
 * What to draw of a metric first, as the builder begins with it: of a counter its rate, since the count itself only grows.
 * @param {MetricDefinition} metric
 * @returns {PanelQuery}
 */
export function queryOfMetric(metric) {
  const query = writeQuery({ query: '' }, startModel(metric));
  // The mean is what is drawn unless something else is said, so a link need not say it.
  return query.aggregation === 'avg' ? { query: query.query } : query;
}

/** @param {string} text */
function modelOf(text) {
  // With a dash a name is a name here: nobody clicks on a difference.
  return parseQuery(text, () => true);
}

/**
 * @param {string} text
 * @returns {string} the metric that a query is about, the first of several; "" for none
 */
export function metricOf(text) {
  const model = modelOf(text);
  if (model) return model.metric;
  return tokenize(text).find((token) => token.kind === 'metric')?.text ?? '';
}

/**
 * @param {string} text
 * @returns {boolean} whether it is a selection of series and no more
 */
export function isSelection(text) {
  const model = modelOf(text);
  return model !== null && formatModel(model) === formatSelector(model) && model.step === '' && !isAmbiguous(text);
}

/**
 * @param {string} text
 * @returns {Map<string, Set<string>>} tag -> the values that a query asks for by name
 */
export function filtersOf(text) {
  /** @type {Map<string, Set<string>>} */
  const filters = new Map();
  for (const matcher of modelOf(text)?.matchers ?? []) {
    if (matcher.op === '=') filters.set(matcher.name, new Set([...filters.get(matcher.name) ?? [], ...matcher.values]));
  }
  return filters;
}

/**
 * The query with one more value of a tag asked for, or without it if it was.
 * @param {string} text
 * @param {string} metric
 * @param {string} tag
 * @param {string} value
 */
export function toggleFilter(text, metric, tag, value) {
  const model = modelOf(text);
  if (model === null) return insertMatcher(text, metric, tag, value);
  const known = model.matchers.find((matcher) => matcher.name === tag && matcher.op === '=');
  const values = known?.values.includes(value) ? known.values.filter((one) => one !== value) : [...known?.values ?? [], value];
  const others = model.matchers.filter((matcher) => matcher !== known);
  return formatModel({ ...model, matchers: values.length > 0 ? [...others, { name: tag, op: '=', values }] : others });
}

/**
 * @param {string} text
 * @param {string} metric
 * @param {string} tag
 * @param {string} value
 */
function insertMatcher(text, metric, tag, value) {
  const tokens = tokenize(text).filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  const at = tokens.findIndex((token) => token.kind === 'metric' && token.text === metric);
  const token = tokens[at];
  if (!token) return text;
  const matcher = `${/^[A-Za-z_]\w*$/.test(tag) ? tag : quoteText(tag)}=${quoteText(value)}`;
  const brace = tokens[at + 1];
  if (brace?.text !== '{') return `${text.slice(0, token.end)}{${matcher}}${text.slice(token.end)}`;
  const isEmpty = tokens[at + 2]?.text === '}';
  return `${text.slice(0, brace.end)}${matcher}${isEmpty ? '' : ', '}${text.slice(brace.end)}`;
}
