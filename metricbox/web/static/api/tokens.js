// API tokens. The secret is in the answer to createToken and nowhere else.
import { request } from './client.js';

/** @typedef {import('../../types/app').ApiToken} ApiToken */
/** @typedef {import('../../types/app').ApiTokenCreated} ApiTokenCreated */

const PATH = '/api/v1/tokens';

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<ApiToken[]>}
 */
export async function listTokens(signal) {
  /** @type {ApiToken[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=200`, signal ? { signal } : {});
    const list = /** @type {ApiToken[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return all;
  }
}

/**
 * @param {import('../../types/app').ApiTokenCreate} wish
 * @returns {Promise<ApiTokenCreated>}
 */
export async function createToken(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}

/** @param {string} id */
export async function revokeToken(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}
