// Accounts, for admins.
import { request } from './client.js';

/** @typedef {import('../../types/app').User} User */
/** @typedef {import('../../types/app').UserCreate} UserCreate */
/** @typedef {import('../../types/app').UserUpdate} UserUpdate */
/**
 * @template T
 * @typedef {{list: T[], total: number}} ListPage
 */

const PATH = '/api/v1/users';
// The most that the API gives at once.
const PAGE_SIZE_MAX = 200;

/**
 * @param {{search: string, page: number, pageSize: number}} wish page from 1
 * @param {AbortSignal} signal
 * @returns {Promise<ListPage<User>>}
 */
export async function listUsers({ search, page, pageSize }, signal) {
  const query = new URLSearchParams({ search, page: String(page), pageSize: String(pageSize), sort: 'email' });
  const { data, meta } = await request('GET', `${PATH}?${query}`, { signal });
  return { list: data, total: meta?.total ?? 0 };
}

/**
 * Ids of the admins who can sign in.
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>}
 */
export async function listAdminIds(signal) {
  // Admins are first in this order; who has more than one page of them needs no warning about the last.
  const { data } = await request('GET', `${PATH}?sort=role&pageSize=${PAGE_SIZE_MAX}`, { signal });
  return /** @type {User[]} */ (data).filter((user) => user.role === 'admin' && !user.disabled).map((user) => user.id);
}

/**
 * @param {UserCreate} wish
 * @returns {Promise<User>}
 */
export async function createUser(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}

/**
 * @param {string} id
 * @param {UserUpdate} change
 * @returns {Promise<User>}
 */
export async function updateUser(id, change) {
  return (await request('PUT', `${PATH}/${encodeURIComponent(id)}`, { body: change })).data;
}

/** @param {string} id */
export async function deleteUser(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}
