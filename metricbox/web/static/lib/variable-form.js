// A variable as the fields of its form, and back. Pure.
import { isExpression, formatSelector } from './promql-builder.js';
import { parseQuery } from './promql-parse.js';
import { joinPattern, splitPattern } from './promql-text.js';

/** @typedef {import('../../types/app').Variable} Variable */
/** @typedef {import('../../types/app').VariableShown} VariableShown */
/** @typedef {import('../../types/app').VariableQuery} VariableQuery */
/** @typedef {import('./promql-builder.js').Matcher} Matcher */
/** @typedef {Variable['type']} Kind */

/**
 * @typedef {object} Draft what is typed; fields that the kind does not use are kept for the way back
 * @property {string} name
 * @property {string} label
 * @property {Kind} type
 * @property {string} metric "" for all metrics
 * @property {string} tag whose values are listed
 * @property {Matcher[]} matchers
 * @property {string | null} text the question as it is written; null while it is picked together
 * @property {string} list values, one a line
 * @property {string} intervals one a line
 * @property {string} constant
 * @property {string} typed what a text is at first
 * @property {string[] | null} current chosen at first; null for All, or the first value
 * @property {boolean} multi
 * @property {boolean} includeAll
 * @property {string} allValue
 * @property {string} regex
 * @property {NonNullable<Variable['sort']>} sort
 * @property {'' | 'label' | 'variable'} hide
 */

/** @type {readonly {value: Kind, label: string, help: string}[]} */
export const KINDS = [
  { value: 'query', label: 'Tag values', help: 'The values of a tag, such as all hosts, as they are in the data.' },
  { value: 'list', label: 'List', help: 'Values that you write down.' },
  { value: 'text', label: 'Text', help: 'Whatever is typed.' },
  { value: 'interval', label: 'Interval', help: 'Durations, for the window of a rate.' },
  { value: 'constant', label: 'Constant', help: 'One value that nobody chooses, written in one place.' },
];

const INTERVALS = ['auto', '1m', '5m', '15m', '1h', '6h', '1d'];

/** @returns {Draft} of a new variable */
export function emptyDraft() {
  return {
    name: '', label: '', type: 'query', metric: '', tag: '', matchers: [], text: null, list: '', intervals: INTERVALS.join('\n'), constant: '', typed: '',
    current: null, multi: true, includeAll: true, allValue: '', regex: '', sort: 'asc', hide: '',
  };
}

/**
 * @param {VariableShown} variable
 * @returns {Draft}
 */
export function draftOf(variable) {
  const values = variable.values ?? [];
  const current = variable.current === null || variable.current === undefined ? null : [variable.current].flat();
  const question = variable.query ? readQuestion(variable.query) : null;
  return {
    ...emptyDraft(),
    name: variable.name,
    label: variable.label ?? '',
    type: variable.type,
    ...(question ?? { text: typeof variable.query === 'string' ? variable.query : null }),
    ...(variable.type === 'list' ? { list: values.join('\n') } : {}),
    ...(variable.type === 'interval' ? { intervals: values.join('\n') } : {}),
    ...(variable.type === 'constant' ? { constant: values[0] ?? '' } : {}),
    ...(variable.type === 'text' ? { typed: current?.[0] ?? '' } : { current }),
    multi: Boolean(variable.multi),
    includeAll: Boolean(variable.includeAll),
    allValue: variable.allValue ?? '',
    regex: variable.regex ?? '',
    sort: variable.sort ?? 'asc',
    hide: variable.hide ?? '',
  };
}

/** @param {string} text @returns {string[]} each once */
function lines(text) {
  return [...new Set(text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ''))];
}

/**
 * @param {Draft} draft
 * @returns {string[]} of kinds that have values of their own
 */
export function valuesOf(draft) {
  if (draft.type === 'list') return lines(draft.list);
  if (draft.type === 'interval') return lines(draft.intervals.replaceAll(',', '\n'));
  return draft.type === 'constant' ? [draft.constant] : [];
}

/**
 * @param {Draft} draft
 * @returns {Variable} as it is saved: without what its kind does not use, and without what goes without saying
 */
export function variableOf(draft) {
  const { type } = draft;
  /** @type {Variable} */
  const variable = { name: draft.name.trim(), type };
  if (draft.label.trim() !== '') variable.label = draft.label.trim();
  if (type === 'query') {
    variable.query = draft.text ?? questionOf(draft);
    if (draft.regex !== '') variable.regex = draft.regex;
    if (draft.sort !== 'asc') variable.sort = draft.sort;
  } else if (type !== 'text') variable.values = valuesOf(draft);
  if (type === 'query' || type === 'list') {
    if (draft.multi) variable.multi = true;
    if (draft.includeAll) variable.includeAll = true;
    if (draft.includeAll && draft.allValue !== '') variable.allValue = draft.allValue;
  }
  const current = currentOf(draft);
  if (current !== null) variable.current = current;
  if (draft.hide !== '' && type !== 'constant') variable.hide = draft.hide;
  return variable;
}

/** @param {Draft} draft @returns {string | string[] | null} */
function currentOf({ type, typed, current, multi, includeAll }) {
  if (type === 'text') return typed === '' ? null : typed;
  if (type === 'constant' || current === null) return null;
  const kept = current.filter((value) => value !== '$__all' || includeAll);
  if (kept.length === 0) return null;
  return multi && type !== 'interval' && kept.length > 1 ? kept : kept[0] ?? null;
}

// ---- the question: "the values of host in cpu where dc is $dc"

/** @param {Pick<Draft, 'metric' | 'tag' | 'matchers'>} draft @returns {VariableQuery} */
export function questionOf({ metric, tag, matchers }) {
  const conditions = matchers.filter((one) => one.name !== '' && one.values.length > 0).map(({ name, op, values }) => {
    if (values.length === 1) return { name, op, value: values[0] ?? '' };
    return { name, op: /** @type {Matcher['op']} */ (op === '!=' ? '!~' : '=~'), value: joinPattern(values) };
  });
  return { label: tag, ...(metric === '' ? {} : { metric }), ...(conditions.length > 0 ? { matchers: conditions } : {}) };
}

/** @param {Pick<Draft, 'metric' | 'tag' | 'matchers'>} draft @returns {string} the same, as text */
export function questionText({ metric, tag, matchers }) {
  const selector = formatSelector({ metric, matchers });
  return selector === '' ? `label_values(${tag})` : `label_values(${selector}, ${tag})`;
}

/**
 * @param {string | VariableQuery} query
 * @returns {Pick<Draft, 'metric' | 'tag' | 'matchers' | 'text'> | null} null for a text that is richer than the fields
 */
export function readQuestion(query) {
  if (typeof query !== 'string') {
    return { text: null, metric: query.metric ?? '', tag: query.label, matchers: (query.matchers ?? []).map((one) => readMatcher(one.name, one.op, one.value)) };
  }
  const match = /^\s*label_values\((?:([^]*),)?([^,]*)\)\s*$/.exec(query);
  const tag = (match?.[2] ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (!match || tag === '') return null;
  const selector = (match[1] ?? '').trim();
  if (selector === '') return { text: null, metric: '', tag, matchers: [] };
  const model = parseQuery(selector);
  return model && !isExpression(model) ? { text: null, metric: model.metric, tag, matchers: model.matchers } : null;
}

/**
 * @param {string} name
 * @param {Matcher['op']} op
 * @param {string} value
 * @returns {Matcher} a pattern that is a list of values as that list
 */
function readMatcher(name, op, value) {
  const list = op === '=~' || op === '!~' ? splitPattern(value) : null;
  return list ? { name, op: op === '=~' ? '=' : '!=', values: list } : { name, op, values: [value] };
}

/**
 * @param {VariableShown} variable
 * @returns {string} in a line
 */
export function describeVariable(variable) {
  const { type, values } = variable;
  const extras = [variable.multi ? 'several' : '', variable.includeAll ? 'All' : '', variable.hide === 'variable' ? 'hidden' : ''].filter((part) => part !== '');
  return [describeKind(type, variable.query, values ?? []), ...extras].join(', ');
}

/**
 * @param {Kind} type
 * @param {string | VariableQuery | null | undefined} query
 * @param {string[]} values
 */
function describeKind(type, query, values) {
  if (type === 'text') return 'Text';
  if (type === 'constant') return `Always ${values[0] ?? ''}`;
  if (type === 'list' || type === 'interval') return values.slice(0, 6).join(', ') + (values.length > 6 ? ` and ${values.length - 6} more` : '');
  const question = query ? readQuestion(query) : null;
  if (!question) return typeof query === 'string' ? query : 'Tag values';
  const where = question.matchers.length > 0 ? ` where ${question.matchers.map(({ name, op, values: wanted }) => `${name} ${op} ${wanted.join(', ')}`).join(' and ')}` : '';
  return `Values of ${question.tag}${question.metric === '' ? '' : ` in ${question.metric}`}${where}`;
}
