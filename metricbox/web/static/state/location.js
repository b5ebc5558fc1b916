// The address bar as a signal. Everything that a copied link must show lives here and nowhere else.
import { computed, signal } from '../ui/html.js';
import { formatUrlState, parseUrlState } from '../lib/url-state.js';

/** @typedef {import('../lib/url-state.js').UrlState} UrlState */
/** @typedef {{path: string, search: string}} Place */

/** @returns {Place} */
function readPlace() {
  return { path: window.location.pathname, search: window.location.search };
}

export const place = signal(readPlace());
export const path = computed(() => place.value.path);
export const urlState = computed(() => parseUrlState(place.value.search));

/** @typedef {(leave: () => void) => boolean} LeaveGuard true lets go; else `leave` goes, once the person has said so */

/** @type {LeaveGuard | null} */
let guard = null;
/** How far each page was scrolled when it was left, by its path, and the path that was left last. */
export const left = { scrolls: /** @type {Map<string, number>} */ (new Map()), path: '' };

/**
 * Asks before the page is left for another one.
 * @param {LeaveGuard} ask
 * @returns {() => void} stops asking
 */
export function guardLeaving(ask) {
  guard = ask;
  return () => { if (guard === ask) guard = null; };
}

/** @param {string} next path @param {() => void} leave @returns {boolean} whether the page stays for now */
function isHeld(next, leave) {
  const from = place.peek().path;
  if (next === from) return false;
  const go = () => {
    guard = null;
    leave();
  };
  if (guard && !guard(go)) return true;
  left.scrolls.set(from, window.scrollY);
  left.path = from;
  return false;
}

/**
 * @param {string} to path with query
 * @param {{replace?: boolean, zoomDepth?: number}} [how] zoomDepth: how many zooms lie under this entry
 */
export function navigate(to, { replace = false, zoomDepth = 0 } = {}) {
  if (isHeld(new URL(to, window.location.origin).pathname, () => navigate(to, { replace, zoomDepth }))) return;
  const state = zoomDepth > 0 ? { zoomDepth } : null;
  if (replace) history.replaceState(state, '', to);
  else history.pushState(state, '', to);
  place.value = readPlace();
}

/**
 * Changes some of what the link carries on the page that is open.
 * @param {Partial<UrlState>} change
 * @param {{replace?: boolean, zoomDepth?: number}} [how]
 */
export function changeUrlState(change, how) {
  const next = formatUrlState({ ...urlState.value, ...change });
  if (next === window.location.search) return;
  navigate(window.location.pathname + next, { zoomDepth: how?.replace ? zoomDepth() : 0, ...how });
}

export function zoomDepth() {
  const depth = /** @type {unknown} */ (history.state?.zoomDepth);
  return typeof depth === 'number' ? depth : 0;
}

/**
 * @param {() => void} [onMove] called after Back and Forward
 * @returns {() => void} stops listening
 */
export function startLocation(onMove) {
  const onPop = () => {
    const next = readPlace();
    const { path: from, search } = place.peek();
    if (isHeld(next.path, () => navigate(next.path + next.search))) {
      // The browser has gone already.
      history.pushState(null, '', from + search);
      return;
    }
    place.value = next;
    onMove?.();
  };
  window.addEventListener('popstate', onPop);
  return () => window.removeEventListener('popstate', onPop);
}
