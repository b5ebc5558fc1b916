// What the explore page keeps in this browser, each account's by itself: the last queries and the favourite metrics. Storage can be
// forbidden, or hold what an older release or a hand put there: then there is less to show.
import { signal } from '../ui/html.js';
import { readFavourites, readRecent, withRecent } from '../lib/explore-lists.js';
import { formatExplore, emptyExplore, parseExplore } from '../lib/explore-url.js';
import { user } from './session.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */

/** Counts the changes, so that lists are read anew. */
const changes = signal(0);

/** @param {string} name */
function keyOf(name) {
  return `metricbox.explore.${name}.${user.peek()?.id ?? ''}`;
}

/** @param {string} name @returns {unknown} */
function read(name) {
  // Whoever draws it draws it again after a change.
  void changes.value;
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value */
function write(name, value) {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // See above.
  }
  changes.value += 1;
}

/** @returns {PanelQuery[][]} sets of queries that gave data, the newest first */
export function recentQueries() {
  return readRecent(read('recent')).map((texts) => parseExplore({ q: texts }).queries);
}

/** @param {PanelQuery[]} queries */
export function rememberQueries(queries) {
  const texts = formatExplore({ ...emptyExplore(), queries: queries.filter((query) => query.query.trim() !== '') }).q ?? [];
  write('recent', withRecent(readRecent(read('recent')), texts));
}

export function forgetQueries() {
  write('recent', []);
}

/** @returns {string[]} names of metrics, in order */
export function favourites() {
  return readFavourites(read('favourites'));
}

/** @param {string} name */
export function toggleFavourite(name) {
  const list = readFavourites(read('favourites'));
  write('favourites', list.includes(name) ? list.filter((one) => one !== name) : [...list, name].sort());
}
