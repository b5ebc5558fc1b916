// What an editor keeps in this tab, so that a reload takes nothing away: the undo list, and changes that are not saved yet.

/** @typedef {import('../lib/dashboard-patch.js').Patch} Patch */
/** @typedef {{label: string, patch: Patch}} Command */

/**
 * @typedef {object} Kept
 * @property {number} version that the undo list belongs to
 * @property {Command[]} done
 * @property {Command[]} undone
 * @property {Patch} unsaved against that version
 */

const PREFIX = 'metricbox.edit.';
// Read by pages/dashboard-page.js: a reload goes on editing.
const EDITING = 'metricbox.editing';

/**
 * @param {string} id of a dashboard
 * @returns {Kept | null}
 */
export function readKept(id) {
  try {
    const kept = /** @type {unknown} */ (JSON.parse(sessionStorage.getItem(PREFIX + id) ?? 'null'));
    return isKept(kept) ? kept : null;
  } catch {
    return null;
  }
}

/**
 * @param {any} value
 * @returns {value is Kept}
 */
function isKept(value) {
  return typeof value?.version === 'number' && [value.done, value.undone, value.unsaved].every(Array.isArray);
}

/**
 * The oldest steps go when the browser has no room for all of them.
 * @param {string} id
 * @param {Kept} kept
 */
export function writeKept(id, kept) {
  for (let { done } = kept; ; done = done.slice(Math.ceil(done.length / 2))) {
    try {
      sessionStorage.setItem(PREFIX + id, JSON.stringify({ ...kept, done }));
      return;
    } catch {
      // Full, or forbidden.
      if (done.length === 0) return;
    }
  }
}

/** @param {string | null} id null when nobody edits */
export function noteEditing(id) {
  try {
    if (id === null) sessionStorage.removeItem(EDITING);
    else sessionStorage.setItem(EDITING, id);
  } catch {
    // Storage can be forbidden; then a reload shows the dashboard.
  }
}
