// Dashboards and their panels.
import { request } from './client.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */

const PATH = '/api/v1/dashboards';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * All dashboards the user may see, page by page.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Dashboard[]>}
 */
export async function listDashboards(signal) {
  /** @type {Dashboard[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=${PAGE_SIZE}`, signal ? { signal } : {});
    const list = /** @type {Dashboard[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return all;
  }
}

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Dashboard>}
 */
export async function getDashboard(id, signal) {
  return (await request('GET', `${PATH}/${encodeURIComponent(id)}`, signal ? { signal } : {})).data;
}

/**
 * What a dashboard's variables offer, and what of the choice stands.
 * @param {string} id
 * @param {Record<string, string[]>} variables
 * @param {AbortSignal} signal
 * @returns {Promise<Record<string, import('../../types/app').VariableOptions>>}
 */
export async function listVariableValues(id, variables, signal) {
  /** @type {import('../../types/app').VariableChoices} */
  const body = { variables };
  return (await request('POST', `${PATH}/${encodeURIComponent(id)}/variables/values`, { body, signal })).data;
}

/**
 * @param {import('../../types/app').DashboardCreate} wish
 * @returns {Promise<Dashboard>}
 */
export async function createDashboard(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}

/** @param {string} id */
export async function deleteDashboard(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}

/**
 * @param {string} id
 * @param {import('../../types/app').DashboardUpdate} change an older version than the server's is refused with 409
 * @param {boolean} isKept see api/client.js
 * @returns {Promise<Dashboard>}
 */
export async function updateDashboard(id, change, isKept) {
  return (await request('PUT', `${PATH}/${encodeURIComponent(id)}`, { body: change, isKept })).data;
}
