// How long samples are kept, how the disk fills, and which metrics have most series.
import { request } from './client.js';

/** @typedef {import('../../types/app').MetricDefinition} MetricDefinition */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('../../types/app').QueryResult} QueryResult */
/** @typedef {import('../../types/app').RetentionChange} RetentionChange */
/** @typedef {import('../../types/app').RetentionPreview} RetentionPreview */

const RETENTION = '/api/v1/storage/retention';

/**
 * What a change would delete; nothing changes.
 * @param {RetentionChange} change
 * @param {AbortSignal} signal
 * @returns {Promise<RetentionPreview>}
 */
export async function previewRetention(change, signal) {
  return (await request('PUT', `${RETENTION}?dryRun=true`, { body: change, signal })).data;
}

/** @param {RetentionChange} change */
export async function changeRetention(change) {
  await request('PUT', RETENTION, { body: change });
}

/**
 * The metrics with most series, the largest first.
 * @param {number} count
 * @param {AbortSignal} signal
 * @returns {Promise<MetricDefinition[]>}
 */
export async function listLargestMetrics(count, signal) {
  return (await request('GET', `/api/v1/metrics?sort=-seriesCount&page=1&pageSize=${count}`, { signal })).data;
}

/**
 * Free space of the last week, by the hour: of every metricbox that reports it, since some are watched by others.
 * @param {AbortSignal} signal
 * @returns {Promise<QueryResult | null>} null where it cannot be told
 */
export async function readFreeSpace(signal) {
  const query = { query: 'metricbox_disk_free_bytes', start: 'now-7d', end: 'now', step: '1h' };
  const { data } = await request('POST', '/api/v1/query/batch', { body: { queries: [query] }, signal });
  const [item] = /** @type {QueryItem[]} */ (data);
  return item && 'data' in item ? item.data : null;
}
