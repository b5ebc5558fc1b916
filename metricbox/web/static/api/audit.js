// Who changed what, for admins.
import { request } from './client.js';

/** @typedef {import('../../types/app').AuditEntry} AuditEntry */

/**
 * @typedef {object} AuditWish
 * @property {string} search names of authors and things, ids and addresses
 * @property {string} action "" is any
 * @property {string} resourceType "" is any
 * @property {string} from a time such as now-1d; "" is any
 * @property {number} page from 1
 * @property {number} pageSize
 */

/**
 * Newest first.
 * @param {AuditWish} wish
 * @param {AbortSignal} signal
 * @returns {Promise<{list: AuditEntry[], total: number}>}
 */
export async function listAudit(wish, signal) {
  const query = new URLSearchParams(Object.entries(wish).map(([name, value]) => [name, String(value)]));
  const { data, meta } = await request('GET', `/api/v1/audit?${query}`, { signal });
  return { list: data, total: meta?.total ?? 0 };
}
