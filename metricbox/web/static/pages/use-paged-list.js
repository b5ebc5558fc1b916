// A list that the server gives page by page. What is shown stays until the next answer is there.
import { useEffect, useState } from '../ui/html.js';
import { isAbort, messageOf } from '../api/client.js';

export const PAGE_SIZE = 50;

/**
 * @template T
 * @typedef {object} PagedList
 * @property {'loading' | 'ready' | 'failed'} phase
 * @property {T[]} list
 * @property {number} total
 * @property {string} message why it failed
 */

/**
 * @template T
 * @param {(page: number, signal: AbortSignal) => Promise<{list: T[], total: number}>} load
 * @param {string} wish what is looked for, as one text: another one begins at the first page
 */
export function usePagedList(load, wish) {
  const [state, setState] = useState(/** @type {PagedList<T>} */ ({ phase: 'loading', list: [], total: 0, message: '' }));
  const [place, setPlace] = useState({ wish, page: 1 });
  const [attempt, setAttempt] = useState(0);
  const page = place.wish === wish ? place.page : 1;
  useEffect(() => {
    const abort = new AbortController();
    load(page, abort.signal).then(({ list, total }) => {
      // The last row of the last page is gone: there is one page less.
      if (list.length === 0 && page > 1) setPlace({ wish, page: page - 1 });
      else setState({ phase: 'ready', list, total, message: '' });
    }).catch((error) => {
      if (!isAbort(error)) setState({ phase: 'failed', list: [], total: 0, message: messageOf(error) });
    });
    return () => abort.abort();
  }, [wish, page, attempt]);
  return {
    ...state,
    page,
    setPage: (/** @type {number} */ wanted) => setPlace({ wish, page: wanted }),
    reload: () => setAttempt((count) => count + 1),
  };
}

/**
 * A text once nobody has typed for a moment.
 * @param {string} text
 * @returns {string}
 */
export function useSettled(text) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
