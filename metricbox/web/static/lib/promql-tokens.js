// The tokens of PromQL with their places, for colours, completion and the builder. Never throws: half-written text is what a
// field holds most of the time. The same words as the server's (query/promql/scanning.py), and references to variables.
import { AGGREGATIONS, FUNCTIONS, KEYWORDS, LABEL_LISTS } from './promql-functions.js';

/**
 * @typedef {'space' | 'comment' | 'string' | 'number' | 'duration' | 'variable' | 'metric' | 'function' | 'aggregation' | 'keyword'
 *   | 'label' | 'operator' | 'open' | 'close' | 'comma' | 'bad'} TokenKind
 */

/**
 * @typedef {object} Token
 * @property {TokenKind} kind a text without its closing quote is bad
 * @property {string} text
 * @property {number} start first character
 * @property {number} end after its last character
 */

const TOKEN = new RegExp([
  '(?<space>\\s+)',
  '(?<comment>#[^\\n]*)',
  '(?<string>"(?:[^"\\\\\\n]|\\\\.)*"|\'(?:[^\'\\\\\\n]|\\\\.)*\'|`[^`]*`)',
  '(?<unfinished>"(?:[^"\\\\\\n]|\\\\.)*\\\\?|\'(?:[^\'\\\\\\n]|\\\\.)*\\\\?|`[^`]*)',
  '(?<variable>\\$\\{[^}\\n]*\\}|\\$[A-Za-z_][A-Za-z0-9_]*|\\[\\[[A-Za-z_]\\w*(?::\\w+)?\\]\\])',
  '(?<duration>(?:[0-9]+(?:ms|[smhdwy]))+(?![0-9A-Za-z_.]))',
  '(?<number>(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?[0-9a-zA-Z_.]*)',
  '(?<word>[A-Za-z_:][A-Za-z0-9_:]*(?:\\.[A-Za-z0-9_:]+)*)',
  '(?<operator>==|=~|!=|!~|<=|>=|[-+*/%^<>=@:])',
  '(?<open>[([{])',
  '(?<close>[)\\]}])',
  '(?<comma>,)',
  // A character of two halves stays whole.
  '(?<bad>[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]|[^])',
].join('|'), 'gy');

/**
 * @param {string} text
 * @returns {Token[]} all of the text, in order, without holes
 */
export function tokenize(text) {
  /** @type {Token[]} */
  const tokens = [];
  for (const match of text.matchAll(TOKEN)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined) ?? ['bad'];
    const start = match.index;
    tokens.push({ kind: /** @type {TokenKind} */ (kind === 'unfinished' ? 'bad' : kind), text: match[0], start, end: start + match[0].length });
  }
  classify(tokens);
  return tokens;
}

/**
 * Tells labels, functions and words of the language from names of metrics.
 * @param {Token[]} tokens changed in place
 */
function classify(tokens) {
  const solid = tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  /** @type {('labels' | 'window' | 'plain')[]} what each open bracket holds */
  const opened = [];
  solid.forEach((token, index) => {
    const before = solid[index - 1];
    if (token.kind === 'open') {
      const isList = token.text === '{' || (before?.kind === 'keyword' && LABEL_LISTS.has(before.text.toLowerCase()));
      opened.push(isList ? 'labels' : token.text === '[' ? 'window' : 'plain');
    }
    else if (token.kind === 'close') opened.pop();
    else if (/** @type {string} */ (token.kind) === 'word') token.kind = kindOfWord(token.text, opened.at(-1) ?? 'plain', solid[index + 1]?.text ?? '');
  });
}

/**
 * @param {string} word
 * @param {'labels' | 'window' | 'plain'} place
 * @param {string} next text of the token after it
 * @returns {TokenKind}
 */
function kindOfWord(word, place, next) {
  if (place === 'labels') return 'label';
  // The step of a subquery, [1h:5m].
  if (place === 'window') return 'duration';
  const lower = word.toLowerCase();
  const following = next.toLowerCase();
  if (AGGREGATIONS.has(lower) && (next === '(' || following === 'by' || following === 'without')) return 'aggregation';
  if (next === '(' && FUNCTIONS.has(word)) return 'function';
  if (KEYWORDS.has(lower)) return 'keyword';
  if (lower === 'inf' || lower === 'nan') return 'number';
  return 'metric';
}
