// Relabel rules in words, as a form edits them, and as the API takes them: metricbox/relabel.py has what each action does. Pure.
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').RelabelRuleBody} RelabelRuleBody */
/** @typedef {import('../../types/app').RelabelRuleShown} RelabelRuleShown */
/** @typedef {'sourceLabels' | 'separator' | 'regex' | 'targetLabel' | 'replacement' | 'modulus'} RuleField */
/** @typedef {{key: number, action: string} & Record<RuleField, string>} RuleDraft key: its own, wherever it is moved */
/** @typedef {{label: string, help?: string, placeholder?: string, isRequired?: boolean}} FieldWords */
/** @typedef {{label: string, fields: Partial<Record<RuleField, FieldWords>>}} ActionWords */

export const RULES_MAX = 50;
export const NAME_LABEL = '__name__';
const MATCH_ALL = '(.*)';
const FIRST_GROUP = '$1';
const JOIN = ';';

/** @type {FieldWords} */
const SOURCES = { label: 'Labels to look at', help: `With commas between. ${NAME_LABEL} is the metric’s name.`, placeholder: NAME_LABEL, isRequired: true };
/** @type {FieldWords} */
const JOINED = { label: 'Joined by', placeholder: JOIN };
/** @type {FieldWords} */
const PATTERN = { label: 'Pattern', help: 'A regular expression (RE2) for the whole text', placeholder: 'go_.*', isRequired: true };
/** @type {FieldWords} */
const TARGET = { label: 'Label to set', placeholder: 'env', isRequired: true };
/** @type {FieldWords} */
const NAMES = { ...PATTERN, label: 'Labels whose name matches', placeholder: 'tmp_.*' };
const EQUAL = { sourceLabels: { ...SOURCES, isRequired: false }, targetLabel: { ...TARGET, label: 'Label to compare with' }, separator: JOINED };
const FOLDED = { sourceLabels: SOURCES, targetLabel: TARGET, separator: JOINED };

/** In the order of the list: what is wanted most comes first. @type {Record<string, ActionWords>} */
export const ACTIONS = {
  drop: { label: 'Drop series that match', fields: { sourceLabels: SOURCES, regex: PATTERN, separator: JOINED } },
  keep: { label: 'Keep only series that match', fields: { sourceLabels: SOURCES, regex: PATTERN, separator: JOINED } },
  replace: {
    label: 'Set a label',
    fields: {
      targetLabel: TARGET,
      replacement: { label: 'New value', help: '$1 is what the first brackets of the pattern found. Nothing removes the label.' },
      sourceLabels: { ...SOURCES, help: `Optional. ${SOURCES.help}`, isRequired: false },
      regex: { ...PATTERN, help: 'Optional. Where it does not match, the label stays as it is.', placeholder: MATCH_ALL, isRequired: false },
      separator: JOINED,
    },
  },
  labeldrop: { label: 'Remove labels', fields: { regex: NAMES } },
  labelkeep: { label: 'Keep only some labels', fields: { regex: { ...NAMES, help: `${PATTERN.help}. ${NAME_LABEL} must match, too.` } } },
  labelmap: { label: 'Copy labels under a new name', fields: { regex: { ...NAMES, placeholder: 'meta_(.+)' }, replacement: { label: 'New name', help: '$1 is what the first brackets found.', isRequired: true } } },
  lowercase: { label: 'Set a label in lower case', fields: FOLDED },
  uppercase: { label: 'Set a label in upper case', fields: FOLDED },
  keepequal: { label: 'Keep only series with equal labels', fields: EQUAL },
  dropequal: { label: 'Drop series with equal labels', fields: EQUAL },
  hashmod: { label: 'Number series by their hash', fields: { sourceLabels: SOURCES, targetLabel: TARGET, modulus: { label: 'Below', placeholder: '8', isRequired: true }, separator: JOINED } },
};

/** With the name that Prometheus has for it, which people search for. */
export const ACTION_OPTIONS = Object.entries(ACTIONS).map(([value, { label }]) => ({ value, label: `${label} (${value})` }));

/** @param {number} key @returns {RuleDraft} */
export function newRule(key) {
  return { key, action: 'drop', sourceLabels: NAME_LABEL, separator: '', regex: '', targetLabel: '', replacement: FIRST_GROUP, modulus: '' };
}

/** @param {string} text */
function splitNames(text) {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

/** Those that mean something in this rule: one label alone is not joined. @param {RuleDraft} rule @returns {[RuleField, FieldWords][]} */
export function fieldsOf({ action, sourceLabels }) {
  const all = /** @type {[RuleField, FieldWords][]} */ (Object.entries(ACTIONS[action]?.fields ?? {}));
  return all.filter(([field]) => field !== 'separator' || splitNames(sourceLabels).length > 1);
}

/**
 * Only what the action uses, and nothing that is the default: the server refuses a field without a use.
 * @param {RuleDraft} rule
 * @returns {RelabelRuleBody}
 */
export function ruleRequest(rule) {
  /** @type {RelabelRuleBody} */
  const body = { action: rule.action };
  const used = new Set(fieldsOf(rule).map(([field]) => field));
  const uses = (/** @type {RuleField} */ field) => used.has(field);
  const sources = splitNames(rule.sourceLabels);
  if (uses('sourceLabels') && sources.length > 0) body.sourceLabels = sources;
  // Spaces may be meant in these three.
  if (uses('separator') && rule.separator !== '' && rule.separator !== JOIN) body.separator = rule.separator;
  if (uses('regex') && rule.regex !== '') body.regex = rule.regex;
  if (uses('replacement') && rule.replacement !== FIRST_GROUP) body.replacement = rule.replacement;
  if (uses('targetLabel') && rule.targetLabel.trim() !== '') body.targetLabel = rule.targetLabel.trim();
  if (uses('modulus') && rule.modulus.trim() !== '') body.modulus = Number(rule.modulus.trim());
  return body;
}

/** Where a fault of a rule stands in the errors of a form, wherever the rule is moved. @param {RuleDraft} rule @param {string} [field] "" is the rule as a whole */
export function faultKey({ key }, field = '') {
  return `relabel.${key}.${field}`;
}

/**
 * What is missing, by field.
 * @param {RuleDraft[]} rules
 * @returns {Record<string, string>}
 */
export function findRuleFaults(rules) {
  /** @type {Record<string, string>} */
  const faults = {};
  for (const rule of rules) {
    for (const [field, { label, isRequired }] of fieldsOf(rule)) {
      if (isRequired && rule[field].trim() === '') faults[faultKey(rule, field)] = `${label} must not be empty`;
      else if (field === 'modulus' && !/^\s*[1-9]\d*\s*$/.test(rule[field])) faults[faultKey(rule, field)] = `${label} must be a whole number of 1 or more`;
    }
  }
  return faults;
}

/** @type {Record<string, RuleField>} */
const FIELD_OF_NAME = { source_labels: 'sourceLabels', separator: 'separator', regex: 'regex', target_label: 'targetLabel', replacement: 'replacement', modulus: 'modulus' };

/**
 * The server names a rule by its place and, where it can, its field: "rule 2, regex: …".
 * @param {readonly {field: string, message: string}[]} details
 * @param {RuleDraft[]} rules as they were sent
 * @returns {Record<string, string> | null} null when they are of something else
 */
export function readRuleFaults(details, rules) {
  /** @type {Record<string, string>} */
  const faults = {};
  for (const { field, message } of details) {
    const [, number, name = '', text = ''] = field === 'relabel' ? /^rule (\d+)(?:, (\w+))?: ([\s\S]*)$/.exec(message) ?? [] : [];
    const rule = rules[Number(number) - 1];
    if (rule) faults[faultKey(rule, FIELD_OF_NAME[name])] ??= text.charAt(0).toUpperCase() + text.slice(1);
  }
  return Object.keys(faults).length > 0 ? faults : null;
}

/** @param {readonly string[] | null | undefined} names */
function sourceWords(names) {
  const words = (names ?? []).map((name) => (name === NAME_LABEL ? 'the metric’s name' : visibleText(name)));
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words[0] ?? 'nothing';
}

/**
 * A rule as a sentence.
 * @param {RelabelRuleShown} rule
 */
export function describeRule({ action = 'replace', sourceLabels, separator, regex, targetLabel, replacement, modulus }) {
  const sources = sourceWords(sourceLabels);
  const joined = (sourceLabels?.length ?? 0) > 1 ? `, joined by "${visibleText(separator ?? JOIN)}",` : '';
  const target = visibleText(targetLabel ?? '');
  const pattern = visibleText(regex ?? MATCH_ALL);
  const value = visibleText(replacement ?? FIRST_GROUP);
  switch (action) {
    case 'drop': return `Drop series where ${sources}${joined} matches ${pattern}`;
    case 'keep': return `Keep only series where ${sources}${joined} matches ${pattern}`;
    case 'keepequal': return `Keep only series where ${sources}${joined} equals ${target}`;
    case 'dropequal': return `Drop series where ${sources}${joined} equals ${target}`;
    case 'labeldrop': return `Remove labels whose name matches ${pattern}`;
    case 'labelkeep': return `Keep only labels whose name matches ${pattern}`;
    case 'labelmap': return `Copy labels whose name matches ${pattern} to ${value}`;
    case 'hashmod': return `Set ${target} to a number below ${modulus ?? 0}, by the hash of ${sources}${joined.replace(/,$/, '')}`;
    case 'lowercase': return `Set ${target} to ${sources}${joined} in lower case`;
    case 'uppercase': return `Set ${target} to ${sources}${joined} in upper case`;
    default: {
      const what = value === '' ? `Remove ${target}` : `Set ${target} to ${value}`;
      return (sourceLabels?.length ?? 0) === 0 && pattern === MATCH_ALL ? what : `${what} where ${sources}${joined} matches ${pattern}`;
    }
  }
}

/** @param {number} count */
export function countRules(count) {
  return `${count} ${count === 1 ? 'rule' : 'rules'}`;
}
