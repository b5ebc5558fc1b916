// The lists that the explore page keeps in the browser, read from whatever lies there. Pure.
import { QUERIES_MAX } from './explore-url.js';

export const RECENT_MAX = 50;
const FAVOURITES_MAX = 500;

/** @param {unknown} value @returns {value is string[]} */
function isTexts(value) {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/**
 * @param {unknown} raw
 * @returns {string[][]} each the queries that were run together, as a link has them
 */
export function readRecent(raw) {
  if (!Array.isArray(raw)) return [];
  return raw.filter(isTexts).filter((texts) => texts.length > 0 && texts.length <= QUERIES_MAX).slice(0, RECENT_MAX);
}

/**
 * With the newest first, each once. What was run while it was typed makes way for what became of it.
 * @param {string[][]} list
 * @param {string[]} texts
 * @returns {string[][]}
 */
export function withRecent(list, texts) {
  if (texts.length === 0) return list;
  const key = JSON.stringify(texts);
  const others = list.filter((one) => JSON.stringify(one) !== key);
  const [newest] = others;
  const isDraft = newest?.length === texts.length && newest === list[0] && texts.every((text, place) => text.startsWith(newest[place] ?? ''));
  return [texts, ...(isDraft ? others.slice(1) : others)].slice(0, RECENT_MAX);
}

/**
 * @param {unknown} raw
 * @returns {string[]}
 */
export function readFavourites(raw) {
  return isTexts(raw) ? [...new Set(raw)].slice(0, FAVOURITES_MAX) : [];
}
