// Hosts that report, with their state and figures.
import { request } from './client.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {{list: Host[], nowMs: number}} HostLook nowMs: the server's clock when it looked */

const PATH = '/api/v1/hosts';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * All of them, page by page, in order of their names.
 * @param {AbortSignal} [signal]
 * @returns {Promise<HostLook>}
 */
export async function listHosts(signal) {
  /** @type {Host[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=${PAGE_SIZE}`, signal ? { signal } : {});
    const list = /** @type {Host[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return { list: all, nowMs: meta?.nowMs ?? 0 };
  }
}
