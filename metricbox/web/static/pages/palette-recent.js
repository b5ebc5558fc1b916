// What was chosen in the palette of this browser lately, the newest first.

const KEY = 'metricbox.palette';
const KEPT_MAX = 20;

/** @returns {string[]} ids of entries */
export function recentChoices() {
  try {
    const list = /** @type {unknown} */ (JSON.parse(localStorage.getItem(KEY) ?? '[]'));
    return Array.isArray(list) ? list.filter((id) => typeof id === 'string').slice(0, KEPT_MAX) : [];
  } catch {
    return [];
  }
}

/** @param {string} id */
export function rememberChoice(id) {
  try {
    localStorage.setItem(KEY, JSON.stringify([id, ...recentChoices().filter((other) => other !== id)].slice(0, KEPT_MAX)));
  } catch {
    // Storage can be forbidden; then nothing is remembered.
  }
}
