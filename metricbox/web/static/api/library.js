// Dashboards that come with metricbox.
import { request } from './client.js';

/** @typedef {import('../../types/app').LibraryDashboard} LibraryDashboard */
/** @typedef {import('../../types/app').Dashboard} Dashboard */

const PATH = '/api/v1/dashboards/library';

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<LibraryDashboard[]>}
 */
export async function listLibrary(signal) {
  return (await request('GET', PATH, signal ? { signal } : {})).data;
}

/**
 * An own copy.
 * @param {string} key
 * @param {import('../../types/app').LibraryCopy} [wish]
 * @returns {Promise<Dashboard>}
 */
export async function copyFromLibrary(key, wish = {}) {
  return (await request('POST', `${PATH}/${encodeURIComponent(key)}`, { body: wish })).data;
}
