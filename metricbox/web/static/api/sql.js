// SQL over what is stored.
import { request } from './client.js';

/** @typedef {import('../../types/app').SqlResult} SqlResult */
/** @typedef {import('../../types/app').SqlMeta} SqlMeta */

/**
 * @param {string} sql
 * @param {number} limit most rows
 * @param {AbortSignal} signal ends the statement on the server, too
 * @returns {Promise<{result: SqlResult, meta: SqlMeta}>}
 */
export async function runSql(sql, limit, signal) {
  const { data, meta } = await request('POST', '/api/v1/sql', { body: { sql, limit }, signal });
  return { result: data, meta: /** @type {SqlMeta} */ (/** @type {unknown} */ (meta)) };
}
