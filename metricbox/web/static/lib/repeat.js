// Panels and rows that stand for several: one for each chosen value of a variable. Pure. What comes out is shown and never saved,
// so that no position of a repeat can grow stale.

/** @typedef {import('../../types/app').ShownPanel} ShownPanel */
/** @typedef {Readonly<Record<string, string>>} Scope value by the name of a variable */
/** @typedef {ReadonlyMap<string, readonly string[]>} Values by the name of a variable; All is the list of what is offered */

/** More than this many repeats of one panel or row are cut, in words. */
export const REPEATS_MAX = 50;
const COLUMNS = 12;
const NARROWEST = 2;
// Narrower charts show more axis than data.
const NARROWEST_CHART = 3;
const COMPACT_TYPES = new Set(['stat', 'gauge']);
// Between a panel's id and what tells its repeats apart.
const MARK = '~';

/**
 * By the value and not by its place: another choice must not give one repeat's data, or its hidden lines, to another one.
 * @param {string} id
 * @param {Scope | undefined} scope
 */
function repeatId(id, scope) {
  if (!scope) return id;
  // JSON has an escape for halves of characters, which an address has not.
  const parts = Object.values(scope).map((value) => encodeURIComponent(JSON.stringify(value).slice(1, -1)).replaceAll(MARK, '%7E'));
  return [id, ...parts].join(MARK);
}

// The same object for the same repeat, or every choice would draw all charts anew.
/** @type {WeakMap<object, Map<string, ShownPanel>>} */
const made = new WeakMap();

/**
 * @param {ShownPanel} panel
 * @param {Scope | undefined} scope
 * @param {number} [panelCount] of a row
 * @returns {ShownPanel}
 */
export function shownPanel(panel, scope, panelCount) {
  if (!scope && panelCount === undefined) return panel;
  const id = repeatId(panel.id, scope);
  const key = `${id} ${JSON.stringify(scope)} ${panelCount}`;
  const known = made.get(panel) ?? new Map();
  made.set(panel, known);
  const found = known.get(key) ?? { ...panel, id, ...(scope ? { scope, savedId: panel.id } : {}), ...(panelCount === undefined ? {} : { panelCount }) };
  known.set(key, found);
  return found;
}

/**
 * @param {ShownPanel} panel
 * @param {Values} values
 * @param {Scope | undefined} outer of the row that it is in
 * @returns {{scopes: Scope[], total: number} | null} null for one that is shown once: it repeats nothing, or nothing that has values
 */
export function scopesOf(panel, values, outer) {
  const name = panel.options?.repeat;
  if (!name) return null;
  const inner = outer && Object.hasOwn(outer, name) ? [outer[name] ?? ''] : values.get(name) ?? [];
  const own = [...new Set(inner)];
  if (own.length === 0) return null;
  return { scopes: own.slice(0, REPEATS_MAX).map((value) => ({ ...outer, [name]: value })), total: own.length };
}

/**
 * How repeats of a panel share the width: side by side as many as are wanted or fit, the rest in further lines of as many.
 * @param {ShownPanel} panel
 * @param {number} count
 * @param {number} h rows of each
 * @returns {{x: number, y: number, w: number, h: number}[]} from the upper left corner of them all
 */
export function repeatPlaces(panel, count, h) {
  const wanted = panel.options?.repeatPerRow;
  const narrowest = wanted || COMPACT_TYPES.has(panel.type) ? NARROWEST : NARROWEST_CHART;
  const perRow = Math.max(1, Math.min(count, wanted ?? COLUMNS, Math.floor(COLUMNS / narrowest)));
  const edge = (/** @type {number} */ place) => Math.round((place * COLUMNS) / perRow);
  return Array.from({ length: count }, (_, index) => {
    const place = index % perRow;
    return { x: edge(place), y: Math.floor(index / perRow) * h, w: edge(place + 1) - edge(place), h };
  });
}
