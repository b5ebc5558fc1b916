// Which dashboards a list shows, and in which order. Pure.

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {'all' | 'mine' | 'starred' | 'public'} ListFilter */
/** @typedef {'opened' | 'name' | 'changed'} ListOrder */

/**
 * @typedef {object} ListWish
 * @property {ListFilter} filter
 * @property {ListOrder} order
 * @property {string} search
 * @property {string} userId
 * @property {ReadonlySet<string>} starred
 * @property {Readonly<Record<string, string>>} lastOpened by id, ISO 8601
 */

/**
 * @param {Dashboard} left
 * @param {Dashboard} right
 */
function byName(left, right) {
  return left.name.localeCompare(right.name, undefined, { numeric: true, sensitivity: 'base' });
}

/**
 * @param {readonly Dashboard[]} list
 * @param {ListWish} wish
 * @returns {Dashboard[]}
 */
export function chooseDashboards(list, { filter, order, search, userId, starred, lastOpened }) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  /** @type {Record<ListFilter, (item: Dashboard) => boolean>} */
  const fits = { all: () => true, mine: (item) => item.ownerId === userId, starred: (item) => starred.has(item.id), public: (item) => item.isPublic };
  /** @param {Dashboard} item */
  const openedAt = (item) => (Object.hasOwn(lastOpened, item.id) ? lastOpened[item.id] ?? '' : '');
  return list
    .filter(fits[filter])
    .filter((item) => words.every((word) => `${item.name} ${item.description ?? ''}`.toLowerCase().includes(word)))
    .sort((left, right) => {
      if (order === 'opened') {
        // Those that were never opened come after, by name.
        const difference = openedAt(right).localeCompare(openedAt(left));
        if (difference !== 0) return difference;
      }
      if (order === 'changed') {
        const difference = Date.parse(right.updatedAt) - Date.parse(left.updatedAt);
        if (difference !== 0) return difference;
      }
      return byName(left, right);
    });
}
