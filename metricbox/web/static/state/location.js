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

/**
 * @param {string} to path with query
 * @param {{replace?: boolean, zoomDepth?: number}} [how] zoomDepth: how many zooms lie under this entry
 */
export function navigate(to, { replace = false, zoomDepth = 0 } = {}) {
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
    place.value = readPlace();
    onMove?.();
  };
  window.addEventListener('popstate', onPop);
  return () => window.removeEventListener('popstate', onPop);
}
