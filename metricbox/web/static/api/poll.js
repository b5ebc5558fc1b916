// Polling: one run at a time, at the refresh interval, slower while the server is away, not at all in a hidden tab, and not
// under somebody's hands. The decision is pure (nextDelay); the rest is a timer.
import { ApiError, isAbort, NetworkError } from './client.js';

const BACKOFF_FIRST_MS = 1000;
const BACKOFF_MAX_MS = 30_000;
// One lost request is noise; two in a row mean that nobody answers.
const AWAY_AFTER = 2;

/**
 * @typedef {object} PollState
 * @property {boolean} isAway nobody answers
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

// How long after a drag, a selection or a pinned tooltip a round that was due begins.
const HELD_MS = 500;

/**
 * Whether somebody is in the middle of something that new data would pull away: a pinned layer (data-holds-refresh), or a
 * text that is being selected. A drag holds as well, see Poller.isPressed.
 */
function isHeld() {
  if (document.querySelector('[data-holds-refresh]') !== null) return true;
  const selection = document.getSelection();
  return selection !== null && selection.type === 'Range' && selection.toString() !== '';
}

export class Poller {
  /**
   * @param {object} wish
   * @param {(signal: AbortSignal) => Promise<void>} wish.run throws NetworkError or ApiError
   * @param {number} wish.intervalMs
   * @param {(state: PollState) => void} wish.onState
   */
  constructor({ run, intervalMs, onState }) {
    this.run = run;
    this.onState = onState;
    this.intervalMs = intervalMs;
    this.failures = 0;
    this.startedAtMs = 0;
    this.isStopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | null} */
    this.running = null;
    this.isPressed = false;
    this.listeners = new AbortController();
    const options = { signal: this.listeners.signal };
    document.addEventListener('visibilitychange', () => this.onVisibility(), options);
    window.addEventListener('online', () => {
      if (this.failures > 0) this.runNow();
    }, options);
    for (const name of /** @type {const} */ (['pointerdown', 'pointermove', 'pointerup', 'pointercancel'])) {
      document.addEventListener(name, (event) => {
        // A press that ended outside of the window has no end here, but the next move has no buttons.
        this.isPressed = name === 'pointerdown' || (name === 'pointermove' && this.isPressed && event.buttons !== 0);
      }, { ...options, capture: true, passive: true });
    }
  }

  /** Starts a run that was planned; later when it would come between. */
  runPlanned() {
    if (this.failures === 0 && (this.isPressed || isHeld())) this.timer = setTimeout(() => this.runPlanned(), HELD_MS);
    else this.runNow();
  }

  /** Starts a run; one under way is aborted. */
  async runNow() {
    clearTimeout(this.timer);
    this.running?.abort();
    const own = new AbortController();
    this.running = own;
    this.startedAtMs = Date.now();
    this.onState({ isAway: this.failures >= AWAY_AFTER, nextAtMs: null, isRunning: true });
    let retryAfterS = null;
    try {
      await this.run(own.signal);
      this.failures = 0;
    } catch (error) {
      if (isAbort(error)) return;
      if (error instanceof NetworkError) this.failures += 1;
      else if (error instanceof ApiError) {
        this.failures = 0;
        retryAfterS = error.retryAfterS;
      } else throw error;
    } finally {
      if (this.running === own) this.running = null;
    }
    if (!this.isStopped && this.running === null) this.plan(retryAfterS);
  }

  /** Gives up the run under way; the next one starts when it would have after it. */
  cancel() {
    const { running } = this;
    if (running === null) return;
    this.running = null;
    running.abort();
    this.plan(null);
  }

  /** @param {number | null} retryAfterS */
  plan(retryAfterS) {
    clearTimeout(this.timer);
    const delay = nextDelay(this.intervalMs, this.failures, retryAfterS);
    // A hidden tab draws for nobody; coming back starts a run.
    const isPlanned = delay !== null && !this.isStopped && !document.hidden;
    if (isPlanned) this.timer = setTimeout(() => this.runPlanned(), delay);
    this.onState({ isAway: this.failures >= AWAY_AFTER, nextAtMs: isPlanned ? Date.now() + delay : null, isRunning: false });
  }

  /** @param {number} intervalMs */
  setInterval(intervalMs) {
    if (intervalMs === this.intervalMs) return;
    this.intervalMs = intervalMs;
    if (this.running !== null || this.failures > 0) return;
    // Older than the new interval already: ask now, not in another interval.
    const isLate = intervalMs > 0 && this.startedAtMs > 0 && Date.now() - this.startedAtMs >= intervalMs;
    if (isLate) this.runNow();
    else this.plan(null);
  }

  onVisibility() {
    if (document.hidden) {
      if (this.running === null) this.plan(null);
    } else if (this.running === null && (this.intervalMs > 0 || this.failures > 0)) this.runNow();
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.running?.abort();
    this.listeners.abort();
  }
}
