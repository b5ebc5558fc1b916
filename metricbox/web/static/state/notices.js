// What the page tells the person outside of its content: toasts, spoken announcements, the banner when nobody answers.
import { signal } from '../ui/html.js';

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {'ok' | 'error'} kind
 * @property {string} text
 * @property {{label: string, run: () => void}[]} actions
 */

/**
 * @typedef {object} Offline
 * @property {number | null} nextAtMs
 * @property {() => void} retry
 */

const TOAST_MS = 5000;

export const toasts = signal(/** @type {Toast[]} */ ([]));
export const offline = signal(/** @type {Offline | null} */ (null));
/** Read out when the reader pauses. */
export const polite = signal('');
/** Read out at once: not saved, offline. */
export const assertive = signal('');
/** Another version answers than the one that this page came from. */
export const newVersion = signal(/** @type {string | null} */ (null));
/** One clock for all ages on the page. */
export const nowMs = signal(Date.now());

let lastId = 0;

/**
 * @param {string} text
 * @param {{kind?: 'ok' | 'error', action?: {label: string, run: () => void}, actions?: Toast['actions'], lastsMs?: number}} [how] Infinity stays
 *   until it is taken away
 * @returns {number} id, to take it away earlier
 */
export function showToast(text, { kind = 'ok', action, actions = action ? [action] : [], lastsMs = TOAST_MS } = {}) {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value, { id, kind, text, actions }];
  if (kind === 'error') assertive.value = text;
  else polite.value = text;
  if (lastsMs < Infinity) setTimeout(() => dismissToast(id), lastsMs);
  return id;
}

/** @param {number} id */
export function dismissToast(id) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** The banner, by what a poller tells. @param {import('../ui/html.js').SignalOf<boolean>} isOffline the poller's own @param {import('../api/poll.js').PollState} state @param {() => void} retry */
export function noteOffline(isOffline, { isAway, nextAtMs }, retry) {
  const wasAway = isOffline.peek();
  isOffline.value = isAway;
  if (isAway) offline.value = { nextAtMs, retry };
  else if (wasAway) offline.value = null;
  if (isAway && !wasAway) assertive.value = 'Cannot reach metricbox. Trying again.';
}

/** @param {string} text */
export function speak(text) {
  // The same text again is no change, and no change is not read.
  polite.value = polite.value === text ? `${text}\u00a0` : text;
}

/** @returns {() => void} */
export function startClock() {
  const timer = setInterval(() => {
    if (!document.hidden) nowMs.value = Date.now();
  }, 1000);
  return () => clearInterval(timer);
}

let pageVersion = '';

/** @param {string} version as an answer named it */
export function noteVersion(version) {
  if (pageVersion === '') pageVersion = version;
  else if (version !== pageVersion) newVersion.value = version;
}
