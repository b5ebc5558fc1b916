// The browsers that are signed in to the own account.
import { request } from './client.js';

/** @typedef {import('../../types/app').Session} Session */

const PATH = '/api/v1/auth/sessions';

/**
 * The newest 200; more browsers has nobody.
 * @param {AbortSignal} signal
 * @returns {Promise<Session[]>}
 */
export async function listSessions(signal) {
  return (await request('GET', `${PATH}?pageSize=200&sort=-lastSeenAt`, { signal })).data;
}

/** @param {string} id */
export async function endSession(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}

/** Ends the one that asks, too. */
export async function endAllSessions() {
  await request('DELETE', PATH);
}
