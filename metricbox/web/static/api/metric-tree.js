// The tree of metric names, branch by branch: a server may have a hundred thousand of them.
import { request } from './client.js';

/** @typedef {import('../../types/app').MetricBranch} MetricBranch */

/** The most that the API gives at once. */
export const BRANCHES_MAX = 200;

/**
 * @param {string} prefix "" for the root
 * @param {number} page from 1
 * @param {AbortSignal} signal
 * @returns {Promise<{list: MetricBranch[], total: number}>}
 */
export async function listBranches(prefix, page, signal) {
  const query = new URLSearchParams({ prefix, page: String(page), pageSize: String(BRANCHES_MAX) });
  const { data, meta } = await request('GET', `/api/v1/metric-tree?${query}`, { signal });
  return { list: data, total: meta?.total ?? 0 };
}
