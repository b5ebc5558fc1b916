// What the server says of a bad query, in words that help. Pure.
import { AGGREGATIONS, FUNCTIONS } from './promql-functions.js';
import { indexOfPosition } from './promql-text.js';

/**
 * @typedef {object} Fault
 * @property {string} message
 * @property {string} place "line 2, column 5"; "" where it is not known
 * @property {number | null} index of the first character at fault
 * @property {string} help what to write instead; "" for nothing to say
 */

const PREFIX = /^(?:query: )?(?:(\d+):(\d+): )?parse error: /;

/**
 * @param {{message: string, details?: import('../../types/app').ErrorDetail[]}} error
 * @param {string} text that was asked
 * @returns {Fault}
 */
export function explainFault(error, text) {
  const detail = error.details?.find((one) => one.field === 'query' || one.field.endsWith('.query'));
  const told = detail?.message ?? error.message;
  const [, line = '', column = ''] = PREFIX.exec(told) ?? [];
  const message = told.replace(PREFIX, '');
  const position = detail?.position ?? null;
  return {
    message: message.charAt(0).toUpperCase() + message.slice(1),
    // Without a position the numbers are of a text that the writer does not see.
    place: position === null || column === '' ? '' : text.includes('\n') ? `Line ${line}, column ${column}` : `Column ${column}`,
    index: position === null ? null : indexOfPosition(text, position),
    help: helpOf(message),
  };
}

/** @type {[RegExp, (match: RegExpExecArray) => string][]} */
const HELPS = [
  [/expected type (?:matrix|range vector) in call to function '(\w+)'/, ([, name = '']) => `It works over a window: ${name}(metric[5m])`],
  [/expected \d+ argument\(s\) in call to '(\w+)'|expected at least \d+ argument\(s\) in call to '(\w+)'/, ([, one, other]) => signatureOf(one ?? other ?? '')],
  [/expected type \w+ in call to function '(\w+)'/, ([, name = '']) => signatureOf(name)],
  [/wrong number of arguments for aggregate/, () => 'topk, bottomk, quantile and count_values have an argument before the series: topk(5, metric)'],
  [/unknown function with name '([^']*)'/, ([, name = '']) => nearestFunction(name)],
  [/in label matching, expected string/, () => 'Values stand in quotes: host="web1"'],
  [/missing unit|expected duration|not a valid duration|inside brackets/, () => 'A window is a number with a unit: [30s], [5m], [1h]'],
  [/unclosed '(.)'/, ([, bracket = '']) => `It is never closed by ${{ '(': ')', '[': ']', '{': '}' }[bracket] ?? 'its counterpart'}`],
  [/unterminated quoted string/, () => 'The text lacks its closing quote'],
  [/unexpected end of input/, () => 'Something is still missing at the end'],
  [/illegal regex|error parsing regexp/, () => 'Patterns are those of RE2; \\ before a character takes it as it is, and is doubled in quotes: "\\\\."'],
  [/unknown escape sequence/, () => 'A backslash in quotes is written twice: "\\\\"'],
  [/at least one non-empty matcher/, () => 'Name a metric, or a tag with a value'],
];

/** @param {string} message */
function helpOf(message) {
  for (const [pattern, help] of HELPS) {
    const match = pattern.exec(message);
    if (match) return help(match);
  }
  return '';
}

/** @param {string} name */
function signatureOf(name) {
  const found = FUNCTIONS.get(name) ?? AGGREGATIONS.get(name);
  return found ? `${found.signature}: ${found.help}` : '';
}

/** @param {string} name */
function nearestFunction(name) {
  const names = [...FUNCTIONS.keys(), ...AGGREGATIONS.keys()];
  const [nearest] = names.map((one) => ({ one, far: distance(one, name.toLowerCase()) })).sort((left, right) => left.far - right.far);
  return nearest && nearest.far <= Math.max(2, name.length / 3) ? `Did you mean ${signatureOf(nearest.one)}` : 'Control and Space lists the functions there are';
}

/**
 * Letters to be changed, added or left out to make one word of the other.
 * @param {string} left
 * @param {string} right
 */
function distance(left, right) {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let place = 1; place <= left.length; place += 1) {
    const next = [place];
    for (let index = 1; index <= right.length; index += 1) {
      const isSame = left[place - 1] === right[index - 1];
      next.push(Math.min((row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1, (row[index - 1] ?? 0) + (isSame ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
