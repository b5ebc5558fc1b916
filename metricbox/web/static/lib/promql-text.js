// Texts and patterns inside PromQL: quoting, its reverse, and lists of plain values written as a pattern. Pure.

/** @type {Record<string, string>} */
const WRITTEN = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** @type {Record<string, string>} */
const READ = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', "'": "'" };
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/g;

/**
 * @param {string} text
 * @returns {string} in double quotes, so that nothing in it ends them
 */
export function quoteText(text) {
  return `"${text.replace(/[\\"\n\r\t]/g, (character) => WRITTEN[character] ?? character)}"`;
}

/**
 * @param {string} quoted with its quotes, of any of the three kinds
 * @returns {string | null} null for what is no whole text, or escapes in a way that is not known
 */
export function unquoteText(quoted) {
  const quote = quoted[0] ?? '';
  if (quoted.length < 2 || !'"\'`'.includes(quote) || !quoted.endsWith(quote)) return null;
  const inside = quoted.slice(1, -1);
  if (quote === '`') return inside;
  let isSound = true;
  const text = inside.replace(ESCAPE, (_, hex, short, long, octal, letter) => {
    const code = hex ?? short ?? long;
    if (code !== undefined || octal !== undefined) {
      const point = octal === undefined ? parseInt(code, 16) : parseInt(octal, 8);
      // Bytes over 127 are parts of characters here, which no text of ours is made of.
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000) || ((hex !== undefined || octal !== undefined) && point > 127)) isSound = false;
      else return String.fromCodePoint(point);
    } else if (READ[letter] !== undefined) return READ[letter] ?? '';
    else isSound = false;
    return '';
  });
  return isSound ? text : null;
}

const SPECIAL = /[\\.+*?()|[\]{}^$]/;

/**
 * @param {string} value
 * @returns {string} the RE2 pattern of this value alone; `$` in a way that no variable begins with it
 */
export function escapePattern(value) {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, (character) => (character === '$' ? '[$]' : `\\${character}`));
}

/** @param {string[]} values */
export function joinPattern(values) {
  return values.map(escapePattern).join('|');
}

/**
 * The values of which a pattern is a plain list.
 * @param {string} pattern
 * @returns {string[] | null} null when it is more than that, or a single value
 */
export function splitPattern(pattern) {
  /** @type {string[]} */
  const values = [''];
  for (let index = 0; index < pattern.length; index += 1) {
    let character = pattern[index] ?? '';
    if (character === '|') {
      values.push('');
      continue;
    }
    if (pattern.startsWith('[$]', index)) {
      character = '$';
      index += 2;
    } else if (character === '\\') {
      index += 1;
      character = pattern[index] ?? '';
      if (!SPECIAL.test(character)) return null;
    } else if (SPECIAL.test(character)) return null;
    values[values.length - 1] += character;
  }
  return values.length > 1 && joinPattern(values) === pattern ? values : null;
}

/**
 * Positions from the server count characters; a text here has some of two halves.
 * @param {string} text
 * @param {number} position
 */
export function indexOfPosition(text, position) {
  return [...text].slice(0, position).join('').length;
}
