// What a dashboard was, and dashboards as files.
import { request } from './client.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').DashboardFile} DashboardFile */
/** @typedef {import('../../types/app').DashboardHistoryEntry} DashboardHistoryEntry */
/** @typedef {import('../../types/app').ImportFault} ImportFault */

const PATH = '/api/v1/dashboards';
// More than the server keeps.
const PAGE_SIZE = 200;

/** @param {string} id */
const at = (id) => `${PATH}/${encodeURIComponent(id)}`;

/**
 * All versions that are kept, the newest, which is the one shown now, first.
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<DashboardHistoryEntry[]>}
 */
export async function listHistory(id, signal) {
  return (await request('GET', `${at(id)}/history?pageSize=${PAGE_SIZE}`, { signal })).data;
}

/**
 * @param {string} id
 * @param {number} version
 * @returns {Promise<Dashboard>}
 */
export async function restoreVersion(id, version) {
  return (await request('POST', `${at(id)}/restore/${version}`)).data;
}

/**
 * @param {string} id
 * @returns {Promise<DashboardFile>}
 */
export async function exportDashboard(id) {
  return (await request('GET', `${at(id)}/export`)).data;
}

/**
 * @param {unknown} file what was in it
 * @returns {Promise<{dashboard: Dashboard, report: ImportFault[]}>} what could not be taken over
 */
export async function importDashboard(file) {
  const { data, meta } = await request('POST', `${PATH}/import`, { body: file });
  return { dashboard: data, report: meta?.report ?? [] };
}
