// Range queries. A page asks for all its panels in one request.
import { request } from './client.js';

/** @typedef {import('../../types/app').QueryParams} QueryParams */
/** @typedef {import('../../types/app').BatchItem} BatchItem */

/** The most that one batch may hold. */
export const BATCH_MAX = 50;

/**
 * Any number of queries, in batches one after the other, so that the first panels draw while the rest is asked.
 * @param {QueryParams[]} queries
 * @param {(first: number, items: BatchItem[]) => void} onItems position of the first item in `queries`
 * @param {AbortSignal} signal
 */
export async function runBatches(queries, onItems, signal) {
  for (let first = 0; first < queries.length; first += BATCH_MAX) {
    const part = queries.slice(first, first + BATCH_MAX);
    const { data } = await request('POST', '/api/v1/query/batch', { body: { queries: part }, signal });
    onItems(first, /** @type {BatchItem[]} */ (data));
  }
}
