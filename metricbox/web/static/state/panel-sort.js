// The order that a reader gave to a panel's table or legend. It stays in this browser: it is about reading, and a viewer may
// not change the panel.

/** @typedef {import('../lib/table-rows.js').Sort} Sort */

const KEY = 'metricbox.sort';
// The oldest choices go first.
const KEPT_MAX = 200;

/** @returns {[string, Sort][]} */
function read() {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((entry) => Array.isArray(entry) && typeof entry[1]?.key === 'string') : [];
  } catch {
    return [];
  }
}

/**
 * @param {string} panelId
 * @returns {Sort | null}
 */
export function keptSort(panelId) {
  return read().find(([id]) => id === panelId)?.[1] ?? null;
}

/**
 * @param {string} panelId
 * @param {Sort | null} sort null forgets it
 */
export function keepSort(panelId, sort) {
  /** @type {[string, Sort][]} */
  const rest = read().filter(([id]) => id !== panelId);
  try {
    localStorage.setItem(KEY, JSON.stringify(sort === null ? rest : [...rest, [panelId, sort]].slice(-KEPT_MAX)));
  } catch {
    // Storage can be forbidden; then the order lasts as long as the panel.
  }
}
