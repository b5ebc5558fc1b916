// Polling: one run at a time, at the refresh interval, slower while the server is away, not at all in a hidden tab. The
// decision is pure (nextDelay); the rest is a timer.
import { ApiError, isAbort, NetworkError } from './client.js';

const BACKOFF_FIRST_MS = 1000;
const BACKOFF_MAX_MS = 30_000;
/** One lost request is noise; two in a row mean that nobody answers. */
export const OFFLINE_AFTER = 2;

/**
 * @typedef {object} PollState
 * @property {number} failures network failures in a row
 * @property {number | null} nextAtMs when the next run starts, by Date.now; null when nothing is planned
 * @property {boolean} isRunning
 */

/**
 * @param {number} intervalMs 0 when refresh is off
 * @param {number} failures
 * @param {number | null} retryAfterS what a 429 or 503 asked for
 * @returns {number | null} milliseconds to wait, null for no further run
 */
export function nextDelay(intervalMs, failures, retryAfterS) {
  if (retryAfterS !== null) return Math.max(retryAfterS * 1000, intervalMs);
  if (failures > 0) return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1));
  return intervalMs > 0 ? intervalMs : null;
}

/**
 * @typedef {object} Poller
 * @property {() => void} runNow aborts a run under way and starts one
 * @property {(intervalMs: number) => void} setInterval
 * @property {() => void} stop
 */

/**
 * @param {object} wish
 * @param {(signal: AbortSignal) => Promise<void>} wish.run throws NetworkError or ApiError
 * @param {number} wish.intervalMs
 * @param {(state: PollState) => void} wish.onState
 * @returns {Poller}
 */
export function createPoller({ run, intervalMs, onState }) {
  let interval = intervalMs;
  let failures = 0;
  let isStopped = false;
  let startedAtMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {AbortController | null} */
  let running = null;

  /** @param {number | null} retryAfterS */
  const plan = (retryAfterS) => {
    clearTimeout(timer);
    const delay = nextDelay(interval, failures, retryAfterS);
    // A hidden tab draws for nobody; coming back starts a run.
    const isPlanned = delay !== null && !isStopped && !document.hidden;
    if (isPlanned) timer = setTimeout(start, delay);
    onState({ failures, nextAtMs: isPlanned ? Date.now() + delay : null, isRunning: false });
  };

  const start = async () => {
    clearTimeout(timer);
    running?.abort();
    const own = new AbortController();
    running = own;
    startedAtMs = Date.now();
    onState({ failures, nextAtMs: null, isRunning: true });
    let retryAfterS = null;
    try {
      await run(own.signal);
      failures = 0;
    } catch (error) {
      if (isAbort(error)) return;
      if (error instanceof NetworkError) failures += 1;
      else if (error instanceof ApiError) {
        failures = 0;
        retryAfterS = error.retryAfterS;
      } else throw error;
    } finally {
      if (running === own) running = null;
    }
    if (!isStopped && running === null) plan(retryAfterS);
  };

  const onVisibility = () => {
    if (document.hidden) plan(null);
    else if (interval > 0 || failures > 0) start();
  };
  const onOnline = () => {
    if (failures > 0) start();
  };
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', onOnline);

  return {
    runNow: () => { start(); },
    setInterval(nextMs) {
      if (nextMs === interval) return;
      interval = nextMs;
      if (running !== null || failures > 0) return;
      // Older than the new interval already: ask now, not in another interval.
      if (interval > 0 && Date.now() - startedAtMs >= interval) start();
      else plan(null);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      running?.abort();
      document.removeEventListener('visibilitychange', onVisibility);
      window.removeEventListener('online', onOnline);
    },
  };
}
