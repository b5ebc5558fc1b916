// Alert rules that come with metricbox.
import { request } from './client.js';

/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../types/app').LibraryRule} LibraryRule */

const PATH = '/api/v1/alerts/library';

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<LibraryRule[]>}
 */
export async function listLibraryRules(signal) {
  return (await request('GET', PATH, signal ? { signal } : {})).data;
}

/**
 * All of them, or none.
 * @param {import('../../types/app').LibraryWish} wish
 * @returns {Promise<AlertRule[]>}
 */
export async function createLibraryRules(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}
