// A list that the server gives page by page and that changes by itself. What is shown stays until the next answer is in; another
// wish begins at its first page.
import { signal, useEffect, useRef, useState } from '../../ui/html.js';
import { messageOf, NetworkError } from '../../api/client.js';
import { Poller } from '../../api/poll.js';
import { noteOffline, offline } from '../../state/notices.js';
import { refreshMs } from '../../state/time-range.js';

/**
 * @template T
 * @typedef {object} PolledList
 * @property {'loading' | 'ready' | 'failed'} phase
 * @property {T | null} found what the newest answer says
 * @property {string} message why the newest try failed; what is shown is older then
 */

/**
 * @template {{list: unknown[]}} T
 * @param {(page: number, signal: AbortSignal) => Promise<T>} load
 * @param {string} wish what is looked for, as one text
 * @param {number} [intervalMs] the page's, unless set
 */
export function usePolledList(load, wish, intervalMs = refreshMs.value) {
  const [state, setState] = useState(/** @type {PolledList<T>} */ ({ phase: 'loading', found: null, message: '' }));
  const [isBusy, setBusy] = useState(false);
  const [place, setPlace] = useState({ wish, page: 1 });
  const poller = useRef(/** @type {Poller | null} */ (null));
  const page = place.wish === wish ? place.page : 1;
  useEffect(() => {
    const isOffline = signal(false);
    const made = new Poller({
      intervalMs,
      run: async (abortSignal) => {
        try {
          const found = await load(page, abortSignal);
          // The last row of the last page is gone: there is one page less.
          if (found.list.length === 0 && page > 1) setPlace({ wish, page: page - 1 });
          else setState({ phase: 'ready', found, message: '' });
        } catch (error) {
          if (!abortSignal.aborted && !(error instanceof NetworkError)) {
            setState((current) => ({ phase: current.found ? 'ready' : 'failed', found: current.found, message: messageOf(error) }));
          }
          throw error;
        }
      },
      onState: (next) => {
        setBusy(next.isRunning);
        noteOffline(isOffline, next, () => { made.runNow(); });
      },
    });
    poller.current = made;
    made.runNow();
    return () => {
      made.stop();
      if (isOffline.peek()) offline.value = null;
    };
  }, [wish, page]);
  useEffect(() => poller.current?.setInterval(intervalMs), [intervalMs]);
  return {
    ...state,
    isBusy,
    page,
    setPage: (/** @type {number} */ wanted) => setPlace({ wish, page: wanted }),
    refresh: () => { poller.current?.runNow(); },
    /** What is shown, changed ahead of the server's answer. */
    change: (/** @type {(found: T) => T} */ put) => setState((current) => (current.found ? { ...current, found: put(current.found) } : current)),
  };
}
