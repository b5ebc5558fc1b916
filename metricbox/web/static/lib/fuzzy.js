// Fuzzy search over a list of names: every letter of what was typed, in its order; better at beginnings of words and in one
// piece. Pure, and fast enough for each key over thousands of names.

/**
 * @typedef {object} Match
 * @property {number} score the higher the better
 * @property {number[]} marks positions in the text that fit
 */

const START = 12;
const WORD_START = 8;
const NEXT = 6;
const LETTER = 1;
const EXACT = 40;

const SEPARATOR = /[\s/_\-.:·,()[\]{}]/;

/**
 * @param {string} text
 * @param {number} at
 */
function isWordStart(text, at) {
  if (at === 0) return true;
  const before = text[at - 1] ?? '';
  if (SEPARATOR.test(before)) return true;
  const letter = text[at] ?? '';
  // "cpuTotal", "web12"
  return (letter !== letter.toLowerCase() && before === before.toLowerCase()) || (/\d/.test(letter) && !/\d/.test(before));
}

/**
 * Where the wanted letters stand: in one piece if they do anywhere, best at the beginning of a word; else one by one.
 * @param {string} text
 * @param {string} lower
 * @param {string} wanted lower case, not empty
 * @returns {number[] | null}
 */
function findMarks(text, lower, wanted) {
  let piece = -1;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    if (piece < 0) piece = at;
    if (isWordStart(text, at)) {
      piece = at;
      break;
    }
  }
  if (piece >= 0) return Array.from(wanted, (_, index) => piece + index).slice(0, wanted.length);
  const marks = [];
  let from = 0;
  for (const letter of wanted) {
    const next = lower.indexOf(letter, from);
    if (next < 0) return null;
    // One letter further on may begin a word, which is what people abbreviate: "dh" is "Disk hosts".
    let best = next;
    for (let at = next; at >= 0; at = lower.indexOf(letter, at + 1)) {
      if (isWordStart(text, at) && hasRest(lower, wanted, marks.length + 1, at + letter.length)) {
        best = at;
        break;
      }
    }
    marks.push(best);
    from = best + letter.length;
  }
  return marks;
}

/**
 * @param {string} lower
 * @param {string} wanted
 * @param {number} first of the letters that are still to come
 * @param {number} from
 */
function hasRest(lower, wanted, first, from) {
  let at = from;
  for (const letter of [...wanted].slice(first)) {
    at = lower.indexOf(letter, at);
    if (at < 0) return false;
    at += letter.length;
  }
  return true;
}

/**
 * @param {string} text
 * @param {string} search
 * @returns {Match | null} null when it does not fit
 */
export function fuzzyMatch(text, search) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return { score: 0, marks: [] };
  const lower = text.toLowerCase();
  // Letters that grow when made small would shift all positions behind them.
  if (lower.length !== text.length) return words.every((word) => lower.includes(word)) ? { score: LETTER, marks: [] } : null;
  /** @type {number[]} */
  const marks = [];
  let score = lower === search.trim().toLowerCase() ? EXACT : 0;
  for (const word of words) {
    const found = findMarks(text, lower, word);
    if (found === null) return null;
    found.forEach((at, index) => {
      const isNext = index > 0 && found[index - 1] === at - 1;
      score += LETTER + (at === 0 ? START : isWordStart(text, at) ? WORD_START : 0) + (isNext ? NEXT : 0);
    });
    marks.push(...found);
  }
  // Of two that fit alike the shorter is more of what was meant.
  return { score: score - Math.min(10, text.length / 20), marks: [...new Set(marks)].sort((left, right) => left - right) };
}

/**
 * @template {{id: string, label: string, group: string, words?: string}} E
 * @typedef {{entry: E, score: number, marks: number[]}} Ranked
 */

// What was used lately comes before what fits a little better.
const RECENT_BONUS = 14;
const WORDS_MALUS = 10;

/**
 * @template {{id: string, label: string, group: string, words?: string}} E
 * @param {readonly E[]} entries words: further text that finds an entry
 * @param {string} search
 * @param {readonly string[]} recent ids, the newest first
 * @param {number} [max]
 * @returns {Ranked<E>[]} the best first; with an empty search the recent ones and then the order given
 */
export function rank(entries, search, recent, max = 50) {
  const age = new Map(recent.map((id, index) => [id, index]));
  /** @type {Ranked<E>[]} */
  const ranked = [];
  for (const entry of entries) {
    const inLabel = fuzzyMatch(entry.label, search);
    const inWords = inLabel === null && entry.words ? fuzzyMatch(entry.words, search) : null;
    const found = inLabel ?? (inWords ? { score: inWords.score - WORDS_MALUS, marks: [] } : null);
    if (found === null) continue;
    const at = age.get(entry.id);
    ranked.push({ entry, marks: found.marks, score: found.score + (at === undefined ? 0 : RECENT_BONUS * (1 - at / Math.max(1, recent.length))) });
  }
  // Array.sort keeps the given order among equals.
  return ranked.sort((left, right) => right.score - left.score).slice(0, max);
}

/**
 * Ranked entries by their groups, the group with the best entry first.
 * @template {{id: string, label: string, group: string, words?: string}} E
 * @param {readonly Ranked<E>[]} ranked
 * @returns {{group: string, items: Ranked<E>[]}[]}
 */
export function grouped(ranked) {
  /** @type {Map<string, Ranked<E>[]>} */
  const groups = new Map();
  for (const item of ranked) {
    const list = groups.get(item.entry.group);
    if (list) list.push(item);
    else groups.set(item.entry.group, [item]);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}
