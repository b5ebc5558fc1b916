// The query of a rule. It is one text, evaluated at one time: what the builder and panels say beside their text (how samples of a
// step are joined, filters, groups) is written into it. Pure.
import { formatModel, isExpression, JOIN } from './promql-builder.js';
import { readQuery } from './query-model.js';
import { fillText, isAll, referencesOf } from './variables.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('./promql-builder.js').Model} Model */

/** What rates and their kin look back over, where no chart says how far its steps are apart. */
export const RULE_WINDOW = '5m';

const BUILT_IN_WINDOW = /\$__(?:rate_)?interval\b|\$\{__(?:rate_)?interval\}/g;

/** @param {Model} model @returns {string} */
function writeModel(model) {
  const window = model.window.startsWith('$') ? RULE_WINDOW : model.window;
  // The mean of a step is the value itself where there are no steps.
  const isValue = (model.step === 'avg' || model.step === 'last' || model.step === '') && window === '';
  const step = isValue && !(isExpression(model) && model.step !== '') ? '' : model.step;
  const group = model.group?.op === JOIN ? { ...model.group, op: joinOp(model.step) } : model.group;
  const next = { ...model, step, group, window: step === '' ? '' : window || RULE_WINDOW };
  return formatModel(next, RULE_WINDOW);
}

/** What comes closest to joining all samples of a group. @param {string} step */
function joinOp(step) {
  if (step === 'min' || step === 'max') return step;
  return ['rate', 'increase', 'sum', 'count'].includes(step) ? 'sum' : 'avg';
}

/**
 * @param {PanelQuery} query
 * @param {(name: string) => boolean} [isMetric] of a name with dashes
 * @returns {string | null} null where only a panel can say it
 */
export function ruleText(query, isMetric) {
  const isPlain = !query.aggregation && !query.groupBy && Object.keys(query.tags ?? {}).length === 0;
  if (isPlain) return query.query.replace(BUILT_IN_WINDOW, RULE_WINDOW);
  const model = readQuery(query, isMetric);
  return model === null ? null : writeModel(model);
}

/**
 * The query of a panel as a rule has it: variables in place, those that stand for several values as lists.
 * @param {PanelQuery} query
 * @param {import('./variables.js').Selection} selection
 * @returns {string | null} null where what the variables mean is the server's to say
 */
export function ruleTextOf(query, selection) {
  const text = { ...query, query: query.query.replace(BUILT_IN_WINDOW, RULE_WINDOW) };
  const names = referencesOf(JSON.stringify([text.query, text.tags ?? {}, text.groupBy ?? []]));
  if (names.some((name) => name.startsWith('__') || !selection.has(name))) return null;
  if (names.length === 0) return ruleText(text);
  const model = readQuery(text);
  if (model !== null) return fillModel(model, selection);
  const isSingle = names.every((name) => selection.get(name)?.length === 1 && !isAll(selection.get(name) ?? []));
  if (!isSingle || text.tags || text.groupBy) return null;
  return fillText(text.query, new Map(names.map((name) => [name, (selection.get(name) ?? []).map((value) => value.replace(/[\\"]/g, '\\$&'))])));
}

/**
 * @param {Model} model
 * @param {import('./variables.js').Selection} selection
 * @returns {string | null}
 */
function fillModel(model, selection) {
  /** @type {Model['matchers']} */
  const matchers = [];
  for (const matcher of model.matchers) {
    const [name] = referencesOf(matcher.values.join(' '));
    if (name === undefined) {
      matchers.push(matcher);
      continue;
    }
    const isWhole = matcher.values.length === 1 && referencesOf(matcher.values[0] ?? '').length === 1 && /^(\$\w+|\$\{\w+(:\w+)?\}|\[\[\w+(:\w+)?\]\])$/.test(matcher.values[0] ?? '');
    const values = selection.get(name) ?? [];
    if (!isWhole) return null;
    // All of them: no condition at all.
    if (isAll(values)) continue;
    matchers.push({ name: matcher.name, op: matcher.op.startsWith('!') ? '!=' : '=', values: [...values] });
  }
  const filled = writeModel({ ...model, matchers });
  return referencesOf(filled).length === 0 && filled !== '' ? filled : null;
}
