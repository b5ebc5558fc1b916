// What fired and fires, and the messages that told of it.
import { request } from './client.js';

/** @typedef {import('../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../types/app').Delivery} Delivery */

/**
 * @typedef {object} EventWish
 * @property {string} [search] a part of labels or of the rule's name
 * @property {string} [ruleId]
 * @property {string} [status] firing, resolved
 * @property {string} [severity]
 * @property {string | number} [from] open at or after it
 * @property {string | number} [to] begun before it
 */

/**
 * @typedef {object} DeliveryWish
 * @property {string} [state] queued, delivered, given_up, dropped
 * @property {string} [channelId]
 * @property {string} [eventId] of those about this alert
 * @property {string} [ruleId]
 * @property {string | number} [from] decided at or after it
 * @property {string | number} [to]
 */

/**
 * @template T
 * @typedef {{list: T[], total: number}} Page
 */

const PATH = '/api/v1/alerts';
/** The most that the API gives at once. */
export const PAGE_MAX = 200;

/**
 * @param {string} path
 * @param {EventWish | DeliveryWish} wish
 * @param {{page?: number, pageSize?: number, signal?: AbortSignal | undefined}} how
 * @returns {Promise<Page<any>>}
 */
async function listPage(path, wish, { page = 1, pageSize = PAGE_MAX, signal }) {
  const query = new URLSearchParams({ page: String(page), pageSize: String(pageSize) });
  for (const [name, value] of Object.entries(wish)) if (value !== undefined && value !== '') query.set(name, String(value));
  const { data, meta } = await request('GET', `${PATH}${path}?${query}`, signal ? { signal } : {});
  return { list: data, total: meta?.total ?? 0 };
}

/**
 * @template T
 * @param {(page: number) => Promise<Page<T>>} load
 * @param {number} most
 * @returns {Promise<Page<T>>} the first so many; total is how many there are
 */
async function listUpTo(load, most) {
  /** @type {T[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { list, total } = await load(page);
    all.push(...list);
    if (list.length === 0 || all.length >= Math.min(total, most)) return { list: all.slice(0, most), total };
  }
}

/**
 * Newest first.
 * @param {EventWish} wish
 * @param {{page?: number, pageSize?: number, signal?: AbortSignal}} [how]
 * @returns {Promise<Page<AlertEvent>>}
 */
export function listEvents(wish, how = {}) {
  return listPage('/events', wish, how);
}

/**
 * The newest ones, over as many pages as it takes.
 * @param {EventWish} wish
 * @param {number} most
 * @param {AbortSignal} [signal]
 * @returns {Promise<Page<AlertEvent>>}
 */
export function listManyEvents(wish, most, signal) {
  return listUpTo((page) => listPage('/events', wish, { page, signal }), most);
}

/**
 * @param {string} id
 * @param {string} [comment]
 * @returns {Promise<AlertEvent>}
 */
export async function acknowledgeEvent(id, comment = '') {
  return (await request('POST', `${PATH}/events/${encodeURIComponent(id)}/acknowledge`, { body: comment === '' ? {} : { comment } })).data;
}

/**
 * Newest first.
 * @param {DeliveryWish} wish
 * @param {{page?: number, pageSize?: number, signal?: AbortSignal}} [how]
 * @returns {Promise<Page<Delivery>>}
 */
export function listDeliveries(wish, how = {}) {
  return listPage('/deliveries', wish, how);
}

/**
 * @param {DeliveryWish} wish
 * @param {number} most
 * @param {AbortSignal} [signal]
 * @returns {Promise<Page<Delivery>>}
 */
export function listManyDeliveries(wish, most, signal) {
  return listUpTo((page) => listPage('/deliveries', wish, { page, signal }), most);
}

/**
 * The same message once more, as it was.
 * @param {string} id
 * @returns {Promise<Delivery>}
 */
export async function resendDelivery(id) {
  return (await request('POST', `${PATH}/deliveries/${encodeURIComponent(id)}/resend`)).data;
}
