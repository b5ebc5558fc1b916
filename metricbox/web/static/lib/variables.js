// A dashboard's variables in the browser: references in titles, legends and links, the choice, what the link carries, and which
// variable hangs on which. The server puts values into queries; here they are text for the eye, or encoded for an address.

/** @typedef {import('../../types/app').VariableShown} Variable */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').ShownPanel} ShownPanel */
/** @typedef {ReadonlyMap<string, string[]>} Selection by name; ALL alone stands for All */

export const ALL = '$__all';

// The same as the server's (query/variables.py).
export const REFERENCE = /\$\{([A-Za-z_][^}:]*)(?::([^}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)|\[\[([A-Za-z_][A-Za-z0-9_]*)(?::(\w+))?\]\]/g;
const BUILT_IN = /^__/;

/**
 * @param {string} text
 * @returns {string[]} names in order, each once
 */
export function referencesOf(text) {
  return [...new Set([...text.matchAll(REFERENCE)].map((match) => (match[1] ?? match[3] ?? match[4] ?? '').trim()))];
}

/**
 * @param {string} text
 * @param {Selection} selection names that it lacks stay as they are written
 * @param {(values: string[], format: string, name: string) => string} write
 */
function replace(text, selection, write) {
  return text.replace(REFERENCE, (whole, braced, bracedFormat, bare, bracketed, bracketedFormat) => {
    const name = (braced ?? bare ?? bracketed).trim();
    const values = selection.get(name);
    return values === undefined ? whole : write(values, bracedFormat ?? bracketedFormat ?? '', name);
  });
}

/**
 * For titles and legends, which are drawn as text.
 * @param {string} text
 * @param {Selection} selection
 */
export function fillText(text, selection) {
  return replace(text, selection, (values, format) => (isAll(values) ? 'All' : values.join(format === 'pipe' ? '|' : format === 'csv' ? ',' : ', ')));
}

/**
 * For addresses: nothing that a value holds can change the host, the path or another parameter. `${host:queryparam}` becomes
 * "var-host=a&var-host=b". An address whose beginning a value would decide is refused.
 * @param {string} address
 * @param {Selection} selection
 * @returns {string | null} null for what is no link to http, https or this server
 */
export function fillLink(address, selection) {
  const filled = replace(address, selection, (values, format, name) => (format === 'queryparam'
    ? values.map((value) => `var-${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
    : values.map((value) => encodeURIComponent(value)).join(',')));
  return /^(https?:\/\/[^/?#\s]|\/(?!\/|\\)|\?|#)/i.test(filled) ? filled : null;
}

/**
 * What is chosen where this panel stands: a repeat has a value of its own.
 * @param {ShownPanel} panel
 * @param {Selection} selection
 * @returns {Selection}
 */
export function selectionFor({ scope }, selection) {
  if (!scope) return selection;
  const own = new Map(selection);
  for (const [name, value] of Object.entries(scope)) own.set(name, [value]);
  return own;
}

/**
 * The panel as it is shown: its title and the legends of its queries. The same object when nothing in it changes.
 * @param {ShownPanel} panel
 * @param {Selection} chosen
 * @returns {ShownPanel}
 */
export function fillPanel(panel, chosen) {
  const selection = selectionFor(panel, chosen);
  const title = fillText(panel.title, selection);
  let isSame = title === panel.title;
  if (!Array.isArray(panel.query)) return isSame ? panel : { ...panel, title };
  const query = panel.query.map((one) => {
    const legend = one.legend ? fillText(one.legend, selection) : one.legend;
    if (legend === one.legend) return one;
    isSame = false;
    return { ...one, legend: legend ?? null };
  });
  return isSame ? panel : { ...panel, title, query };
}

/**
 * Which variables the data of a panel hang on.
 * @param {Panel} panel
 * @returns {string[] | null} null when that is not for this viewer to know: all of them may count
 */
export function variablesOf(panel) {
  if (panel.type === 'row' || panel.type === 'text') return [];
  const list = Array.isArray(panel.query) ? panel.query : [{ query: panel.query }];
  /** @type {string[]} */
  const texts = [];
  for (const one of list) {
    if (one.query === null) return null;
    texts.push(one.query, JSON.stringify([one.tags ?? {}, one.groupBy ?? []]));
  }
  return referencesOf(texts.join('\n'));
}

/** @param {string[] | null} names as variablesOf answered */
export function usesBuiltIn(names) {
  return names !== null && names.some((name) => BUILT_IN.test(name));
}

// ---- the choice

/** @param {readonly string[]} values */
export function isAll(values) {
  return values.length === 1 && values[0] === ALL;
}

/** @param {string | string[] | null | undefined} value */
function asList(value) {
  return value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/**
 * What the link chooses, else what was saved; a variable of neither is left out, the server knows what it offers.
 * @param {Variable[]} variables
 * @param {Record<string, string[]>} vars of the link
 * @returns {Map<string, string[]>}
 */
export function selectionOf(variables, vars) {
  /** @type {Map<string, string[]>} */
  const selection = new Map();
  for (const variable of variables) {
    const wanted = Object.hasOwn(vars, variable.name) ? vars[variable.name] ?? [] : [];
    const values = wanted.length > 0 ? wanted : asList(variable.current);
    if (values.length > 0) selection.set(variable.name, values);
  }
  return selection;
}

/**
 * The link's variables after a choice; what was saved anyway is left out.
 * @param {Record<string, string[]>} vars
 * @param {Variable} variable
 * @param {string[]} values
 * @returns {Record<string, string[]>}
 */
export function changeVars(vars, variable, values) {
  const rest = Object.entries(vars).filter(([name]) => name !== variable.name);
  const isSaved = JSON.stringify(values) === JSON.stringify(asList(variable.current));
  return Object.fromEntries(isSaved || values.length === 0 ? rest : [...rest, [variable.name, values]]);
}

/**
 * What a click on an option makes of the choice.
 * @param {string[]} chosen
 * @param {string} value
 * @param {{isMulti: boolean, order: string[]}} how order: of the options, in which several are kept
 * @returns {string[]}
 */
export function toggle(chosen, value, { isMulti, order }) {
  if (!isMulti || value === ALL) return [value];
  const rest = chosen.filter((one) => one !== ALL);
  if (!rest.includes(value)) {
    const place = new Map(order.map((one, index) => [one, index]));
    return [...rest, value].sort((left, right) => (place.get(left) ?? -1) - (place.get(right) ?? -1));
  }
  const kept = rest.filter((one) => one !== value);
  // None would be the server's default, which nobody asked for.
  return kept.length > 0 ? kept : chosen;
}

/**
 * What the closed control says.
 * @param {string[]} chosen
 * @param {number} offered how many values there are
 */
export function summaryOf(chosen, offered) {
  if (isAll(chosen)) return 'All';
  if (chosen.length === 0) return 'None';
  return chosen.length === 1 ? chosen[0] ?? '' : `${chosen.length} of ${Math.max(offered, chosen.length)}`;
}

/**
 * Options that hold every word of the search, in any case.
 * @param {string[]} values
 * @param {string} search
 */
export function findValues(values, search) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? values : values.filter((value) => words.every((word) => value.toLowerCase().includes(word)));
}

// ---- chains

/** @param {Variable} variable @returns {string[]} */
export function needsOf(variable) {
  const { query } = variable;
  if (!query) return [];
  return referencesOf(typeof query === 'string' ? query : JSON.stringify(query));
}

/**
 * Whether what others offer may hang on this one. For viewers who do not see questions it always may.
 * @param {Variable[]} variables
 * @param {string} name
 */
export function isNeeded(variables, name) {
  return variables.some((one) => one.name !== name && one.type === 'query' && (!one.query || needsOf(one).includes(name)));
}

/**
 * Each after those that it needs.
 * @param {Variable[]} variables
 * @returns {{order: string[], circle: string[] | null}} circle: names along the first one found, its first once more at the end
 */
export function orderOf(variables) {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  /** @type {string[]} */
  const order = [];
  /** @type {string[] | null} */
  let circle = null;
  /** @type {(name: string, way: string[]) => void} */
  const visit = (name, way) => {
    const variable = byName.get(name);
    if (circle !== null || !variable || order.includes(name)) return;
    if (way.includes(name)) {
      circle = [...way.slice(way.indexOf(name)), name];
      return;
    }
    for (const needed of needsOf(variable)) visit(needed, [...way, name]);
    if (circle === null) order.push(name);
  };
  for (const variable of variables) visit(variable.name, []);
  return { order, circle };
}
