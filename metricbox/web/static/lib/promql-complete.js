// What may be written at a place of a half-written query, and how a suggestion is put there. Pure.
import { AGGREGATIONS, FUNCTIONS, KEYWORDS, LABEL_LISTS } from './promql-functions.js';
import { escapePattern, quoteText, unquoteText } from './promql-text.js';
import { tokenize } from './promql-tokens.js';

/** @typedef {import('./promql-tokens.js').Token} Token */

/**
 * @typedef {object} Place
 * @property {'expression' | 'tag' | 'value' | 'window' | 'none'} wants
 * @property {string} prefix what is written of it so far, before the caret
 * @property {number} start of what a suggestion replaces
 * @property {number} end
 * @property {string} metric of the tags and values; "" where it is not known
 * @property {string} tag of the values
 * @property {boolean} isPattern the value is one
 */

/**
 * @typedef {object} Suggestion
 * @property {'metric' | 'function' | 'aggregation' | 'keyword' | 'tag' | 'value' | 'variable' | 'window'} kind
 * @property {string} label as it is shown and looked for
 * @property {string} detail signature, type or count
 * @property {string} help one line
 * @property {string} text that is written
 * @property {number} caret where the caret goes, in `text`
 */

const BARE_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*(?:\.[A-Za-z0-9_:]+)*$/;
const BARE_TAG = /^[A-Za-z_][A-Za-z0-9_]*$/;
const WORDLIKE = new Set(['metric', 'function', 'aggregation', 'keyword', 'label', 'duration', 'number', 'variable']);
const MATCH_OPS = new Set(['=', '!=', '=~', '!~']);
const WINDOWS = ['1m', '5m', '15m', '1h', '6h', '1d'];
const BUILT_IN_WINDOWS = [
  ['$__rate_interval', 'A window in which a rate has enough samples'],
  ['$__interval', 'The step of the query'],
  ['$__range', 'The whole range'],
];

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Place}
 */
export function placeOf(text, caret) {
  const tokens = tokenize(text);
  const at = tokens.findIndex((token) => token.start < caret && caret <= token.end);
  const token = tokens[at];
  const before = (at < 0 ? [] : tokens.slice(0, at)).filter((one) => one.kind !== 'space' && one.kind !== 'comment');
  /** @type {(wants: Place['wants'], more?: Partial<Place>) => Place} */
  const place = (wants, more) => ({ wants, prefix: '', start: caret, end: caret, metric: '', tag: '', isPattern: false, ...more });
  if (!token) return place('expression');
  const isUnfinished = token.kind === 'bad' && /^["'`]/.test(token.text);
  if (token.kind === 'comment' || (token.kind === 'string' && caret === token.end)) return place('none');
  if (isUnfinished || token.kind === 'string') return valuePlace(token, before, caret, place);
  const isWord = WORDLIKE.has(token.kind) || token.text === '$' || token.text.startsWith('${');
  if (!isWord) before.push(...(token.kind === 'space' ? [] : [token]));
  const word = isWord ? { prefix: text.slice(token.start, caret), start: token.start, end: token.end } : {};
  const opened = openBracket(before);
  if (opened?.text === '[') return place('window', word);
  if (opened?.text === '{') return bracesPlace(before, word, metricBefore(before), place);
  if (opened && isLabelList(before, opened)) return place('tag', { ...word, metric: metricNear(tokens, before, opened) });
  if (isWord && (token.kind === 'number' || token.kind === 'duration')) return place('none');
  return place('expression', word);
}

/**
 * Inside of quotes: a value of a tag, when it stands behind one.
 * @param {Token} token
 * @param {Token[]} before
 * @param {number} caret
 * @param {(wants: Place['wants'], more?: Partial<Place>) => Place} place
 */
function valuePlace(token, before, caret, place) {
  const [name, operator] = before.slice(-2);
  if (!name || !operator || !MATCH_OPS.has(operator.text) || openBracket(before)?.text !== '{') return place('none');
  const tag = name.kind === 'string' ? unquoteText(name.text) ?? '' : name.text;
  const written = token.text.slice(0, caret - token.start);
  const quote = token.text[0] ?? '"';
  return place('value', {
    prefix: unquoteText(written.replace(/\\$/, '') + quote) ?? written.slice(1), start: token.start, end: valueEnd(token, caret), tag, metric: metricBefore(before),
    isPattern: operator.text.endsWith('~'),
  });
}

/**
 * An unfinished text reaches to the end of its line: what follows the value is not the value's.
 * @param {Token} token
 * @param {number} caret
 */
function valueEnd(token, caret) {
  if (token.kind === 'string') return token.end;
  const rest = token.text.slice(caret - token.start);
  return caret + (/^[^,}\])\s]*/.exec(rest)?.[0].length ?? 0);
}

/**
 * @param {Token[]} before
 * @param {Partial<Place>} word
 * @param {string} metric
 * @param {(wants: Place['wants'], more?: Partial<Place>) => Place} place
 */
function bracesPlace(before, word, metric, place) {
  const last = before.at(-1);
  if (last?.text === '{' || last?.kind === 'comma') return place('tag', { ...word, metric });
  if (last && MATCH_OPS.has(last.text)) {
    const name = before.at(-2);
    return place('value', { ...word, metric, tag: name?.kind === 'string' ? unquoteText(name.text) ?? '' : name?.text ?? '', isPattern: last.text.endsWith('~') });
  }
  return place('none');
}

/** @param {Token[]} before @returns {Token | undefined} the innermost bracket that is open */
function openBracket(before) {
  let closed = 0;
  for (let index = before.length - 1; index >= 0; index -= 1) {
    const token = before[index];
    if (token?.kind === 'close') closed += 1;
    else if (token?.kind === 'open' && closed > 0) closed -= 1;
    else if (token?.kind === 'open') return token;
  }
  return undefined;
}

/** @param {Token[]} before @param {Token} opened */
function isLabelList(before, opened) {
  const keyword = before[before.indexOf(opened) - 1];
  return keyword?.kind === 'keyword' && LABEL_LISTS.has(keyword.text.toLowerCase());
}

/** @param {Token[]} before @returns {string} the metric of the braces that are open */
function metricBefore(before) {
  const opened = openBracket(before);
  const index = opened ? before.indexOf(opened) : -1;
  const name = before[index - 1];
  if (name && WORDLIKE.has(name.kind) && name.kind !== 'number') return name.text;
  const quoted = before[index + 1];
  const after = before[index + 2];
  return quoted?.kind === 'string' && (!after || after.kind === 'comma') ? unquoteText(quoted.text) ?? '' : '';
}

/**
 * Of a list of labels: the first metric after it, else the one before it.
 * @param {Token[]} tokens
 * @param {Token[]} before
 * @param {Token} opened
 */
function metricNear(tokens, before, opened) {
  const later = tokens.find((token) => token.kind === 'metric' && token.start > opened.start);
  return (later ?? before.findLast((token) => token.kind === 'metric'))?.text ?? '';
}

// ---- suggestions that need no server

/**
 * Functions, aggregations, words and variables that fit, those that begin as written first.
 * @param {Place} place
 * @param {string[]} variableNames
 * @returns {Suggestion[]}
 */
export function fixedSuggestions(place, variableNames) {
  /** @type {Suggestion[]} */
  const all = [];
  if (place.wants === 'window') {
    all.push(...BUILT_IN_WINDOWS.map(([text = '', help = '']) => plain('window', text, '', help)), ...WINDOWS.map((text) => plain('window', text, '', '')));
  }
  if (place.wants === 'expression') {
    for (const [kind, table] of /** @type {const} */ ([['aggregation', AGGREGATIONS], ['function', FUNCTIONS]])) {
      for (const { name, signature, help } of table.values()) all.push({ kind, label: name, detail: signature.slice(name.length), help, text: `${name}()`, caret: name.length + 1 });
    }
    for (const [word, help] of KEYWORDS) all.push(plain('keyword', word, '', help));
  }
  if (place.wants !== 'none') all.push(...variableNames.map((name) => variableSuggestion(name, place)));
  return rank(all, place.prefix);
}

/** @param {Suggestion['kind']} kind @param {string} text @param {string} detail @param {string} help @returns {Suggestion} */
function plain(kind, text, detail, help) {
  return { kind, label: text, detail, help, text, caret: text.length };
}

/** @param {string} name @param {Place} place @returns {Suggestion} */
function variableSuggestion(name, place) {
  const text = place.wants === 'value' ? `"$${name}"` : `$${name}`;
  return { kind: 'variable', label: `$${name}`, detail: 'variable', help: '', text, caret: text.length };
}

// Wanted far more often than their neighbours in the alphabet.
const USUAL = new Set(['sum', 'avg', 'max', 'min', 'count', 'topk', 'quantile', 'rate', 'increase', 'histogram_quantile', 'avg_over_time', 'max_over_time', 'by', 'without']);

/** @param {Suggestion[]} all @param {string} prefix */
function rank(all, prefix) {
  const wanted = prefix.toLowerCase();
  const place = (/** @type {Suggestion} */ one) => (one.help.includes('not stored') ? 8 : 0) + (one.label.toLowerCase().startsWith(wanted) ? 0 : 2) + (USUAL.has(one.label) ? 0 : 1);
  return all.filter((one) => one.label.toLowerCase().includes(wanted)).sort((left, right) => place(left) - place(right));
}

/** @param {import('../../types/app').MetricDefinition} metric @returns {Suggestion} */
export function metricSuggestion(metric) {
  const text = BARE_NAME.test(metric.name) ? metric.name : `{${quoteText(metric.name)}}`;
  return { kind: 'metric', label: metric.name, detail: [metric.type === 'unknown' ? '' : metric.type, metric.unit ?? ''].filter((part) => part !== '').join(', '), help: metric.description ?? '', text, caret: text.length };
}

/** @param {string} tag @param {number} count @returns {Suggestion} */
export function tagSuggestion(tag, count) {
  const text = BARE_TAG.test(tag) ? tag : quoteText(tag);
  return { ...plain('tag', text, `${count} series`, ''), label: tag };
}

/** @param {string} value @param {number} count @param {boolean} isPattern @returns {Suggestion} */
export function valueSuggestion(value, count, isPattern) {
  const text = quoteText(isPattern ? escapePattern(value) : value);
  return { kind: 'value', label: value, detail: `${count} series`, help: '', text, caret: text.length };
}

/**
 * The text with a suggestion in its place.
 * @param {string} text
 * @param {Place} place
 * @param {Suggestion} suggestion
 * @returns {{text: string, caret: number}}
 */
export function applySuggestion(text, place, suggestion) {
  const after = text.slice(place.end);
  // The bracket may be there already.
  const isOpened = suggestion.text.endsWith('()') && after.startsWith('(');
  const written = isOpened ? suggestion.text.slice(0, -2) : suggestion.text;
  return { text: text.slice(0, place.start) + written + after, caret: place.start + (isOpened ? written.length + 1 : suggestion.caret) };
}
