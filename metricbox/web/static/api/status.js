// How the server is doing.
import { request } from './client.js';

/** @typedef {import('../../types/app').Status} Status */

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Status>}
 */
export async function readStatus(signal) {
  const { data } = await request('GET', '/api/v1/status', { signal });
  return /** @type {Status} */ (data);
}
