// Addresses of a panel's own page. Pure.
import { formatUrlState } from './url-state.js';

/** @typedef {import('./url-state.js').UrlState} UrlState */

/** What `panel` in a link says when who may edit the panel wants to look at it alone. */
export const VIEW = 'view';

/** The saved panel's of a repeat of it. @param {string} id */
export function savedIdOf(id) {
  return id.split('~')[0] ?? id;
}

/**
 * @param {string} dashboardId
 * @param {string} panelId of a panel, or of a repeat of it
 * @param {UrlState} state of the page that is open: range, choice and the rest come along
 * @param {'view' | 'edit'} mode who may not edit always gets the view
 */
export function panelLink(dashboardId, panelId, state, mode) {
  const path = `/dashboard/${encodeURIComponent(dashboardId)}/panel/${encodeURIComponent(panelId)}`;
  return path + formatUrlState({ ...state, own: {}, panel: mode === 'view' ? VIEW : null });
}

/**
 * Back from a panel's page. What that page alone reads, such as a new panel's type, stays behind.
 * @param {string} dashboardId
 * @param {UrlState} state
 */
export function dashboardLink(dashboardId, state) {
  return `/dashboard/${encodeURIComponent(dashboardId)}${formatUrlState({ ...state, own: {}, panel: null })}`;
}
