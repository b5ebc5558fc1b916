// Where a dashboard refers to a variable, and how all of it follows when the variable gets another name. Pure.
import { REFERENCE, referencesOf } from './variables.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').VariableShown} VariableShown */
/** @typedef {(text: string) => string} Rewrite */
/** @typedef {{place: string, parts: string[]}} Use place: a panel or a variable, in words */

/**
 * @template T
 * @param {T} value a text, or what holds texts: all of them are rewritten, names of members too
 * @param {Rewrite} rewrite
 * @returns {T}
 */
function deep(value, rewrite) {
  if (typeof value === 'string') return /** @type {any} */ (rewrite(value));
  if (Array.isArray(value)) return /** @type {any} */ (value.map((one) => deep(one, rewrite)));
  if (typeof value !== 'object' || value === null) return value;
  return /** @type {any} */ (Object.fromEntries(Object.entries(value).map(([name, one]) => [rewrite(name), deep(one, rewrite)])));
}

/**
 * @param {Panel} panel
 * @returns {{name: string, value: unknown}[]} what of it may refer to variables, in words
 */
function partsOf({ title, query, options }) {
  const queries = Array.isArray(query) ? query : [{ query }];
  return [
    { name: 'title', value: title },
    { name: 'query', value: queries.map(({ legend: _, ...rest }) => ({ .../** @type {object} */ (rest) })) },
    { name: 'legend', value: queries.map((one) => ('legend' in one ? one.legend : null)) },
    { name: 'description', value: options.description },
    { name: 'links', value: options.links },
    { name: 'text', value: options.content },
  ];
}

/** @param {unknown} value @param {string} name */
function isNamed(value, name) {
  let isFound = false;
  deep(value, (text) => {
    isFound ||= referencesOf(text).includes(name);
    return text;
  });
  return isFound;
}

/**
 * @param {Dashboard} dashboard
 * @param {string} name
 * @returns {Use[]} in the order of the page; variables first
 */
export function usesOf(dashboard, name) {
  const variables = dashboard.variables.filter((one) => one.name !== name && isNamed(one.query, name))
    .map((one) => ({ place: `variable ${one.name}`, parts: ['question'] }));
  const panels = dashboard.panels.flatMap((panel) => {
    const parts = partsOf(panel).filter((part) => isNamed(part.value, name)).map((part) => part.name);
    if (panel.options.repeat === name) parts.push('repeat');
    const kind = panel.type === 'row' ? 'row' : 'panel';
    return parts.length > 0 ? [{ place: panel.title === '' ? `a ${kind} without a title` : `${kind} “${panel.title}”`, parts }] : [];
  });
  return [...variables, ...panels];
}

/** @param {Use} use */
export function describeUse({ place, parts }) {
  return `${place}: ${parts.join(', ')}`;
}

/**
 * @param {string} text
 * @param {string} from
 * @param {string} to
 */
function renameIn(text, from, to) {
  return text.replace(REFERENCE, (whole) => (referencesOf(whole)[0] === from ? whole.replace(from, () => to) : whole));
}

/**
 * @param {Dashboard} dashboard
 * @param {string} from
 * @param {string} to
 * @returns {Dashboard} with every reference rewritten; panels that have none are the same objects
 */
export function renameReferences(dashboard, from, to) {
  const rewrite = (/** @type {string} */ text) => renameIn(text, from, to);
  const panels = dashboard.panels.map((panel) => {
    const isNone = panel.options.repeat !== from && !partsOf(panel).some((part) => isNamed(part.value, from));
    if (isNone) return panel;
    const { options } = panel;
    return {
      ...panel,
      title: rewrite(panel.title),
      query: deep(panel.query, rewrite),
      options: {
        ...options,
        ...(options.description ? { description: rewrite(options.description) } : {}),
        ...(options.links ? { links: deep(options.links, rewrite) } : {}),
        ...(options.content ? { content: rewrite(options.content) } : {}),
        ...(options.repeat === from ? { repeat: to } : {}),
      },
    };
  });
  return { ...dashboard, panels, variables: dashboard.variables.map((one) => (one.query && isNamed(one.query, from) ? { ...one, query: deep(one.query, rewrite) } : one)) };
}
