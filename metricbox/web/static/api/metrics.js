// What metrics there are, with which tags and values: the lists behind pickers and suggestions. Kept for a short while, so
// that typing back and forth asks once.
import { request } from './client.js';

/** @typedef {import('../../types/app').MetricDefinition} MetricDefinition */
/**
 * @template T
 * @typedef {{list: T[], total: number}} Page
 */
/** @typedef {{value: string, count: number}} Counted a tag or a value of one, and the number of series that have it */

const PATH = '/api/v1/metrics';
const KEPT_MS = 30_000;
const KEPT_MAX = 200;
/** How many of a list are asked for at once. */
export const PAGE_SIZE = 50;

/** @type {Map<string, {atMs: number, answer: Promise<any>}>} */
const kept = new Map();

/**
 * Not aborted when the asker has gone: the answer may be wanted a letter later.
 * @param {string} path
 * @returns {Promise<import('../../types/app').Answer<any>>}
 */
function ask(path) {
  const found = kept.get(path);
  if (found && Date.now() - found.atMs < KEPT_MS) return found.answer;
  const answer = request('GET', path);
  kept.delete(path);
  kept.set(path, { atMs: Date.now(), answer });
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(oldest);
  }
  // A failure is not kept.
  answer.catch(() => kept.delete(path));
  return answer;
}

/** For who knows that something was added. */
export function forgetMetrics() {
  kept.clear();
}

/** @param {string} search @param {number} page @param {number} pageSize */
function queryOf(search, page, pageSize) {
  return new URLSearchParams({ search, page: String(page), pageSize: String(pageSize) });
}

/**
 * Metrics whose name holds a text; the one of that name first, then those that begin so.
 * @param {string} search
 * @param {number} [page] from 1
 * @returns {Promise<Page<MetricDefinition>>}
 */
export async function searchMetrics(search, page = 1) {
  const { data, meta } = await ask(`${PATH}?${queryOf(search, page, PAGE_SIZE)}`);
  return { list: data, total: meta?.total ?? 0 };
}

/**
 * @param {string} name
 * @returns {Promise<MetricDefinition | null>} null when nothing was ever pushed under this name
 */
export async function findMetric(name) {
  // Longer than names are, and than the server searches for.
  if (name === '' || name.length > 255) return null;
  const { data } = await ask(`${PATH}?${queryOf(name, 1, 1)}`);
  const [first] = /** @type {MetricDefinition[]} */ (data);
  return first?.name === name ? first : null;
}

/**
 * @param {string} metric
 * @returns {Promise<Counted[]>} its tags, by name; none of a metric that is not there
 */
export async function listTags(metric) {
  if (!await findMetric(metric)) return [];
  const { data } = await ask(`${PATH}/${encodeURIComponent(metric)}/tags`);
  return Object.entries(data).map(([value, count]) => ({ value, count: Number(count) }));
}

/**
 * @param {string} metric
 * @param {string} tag
 * @param {string} search
 * @param {number} [page] from 1
 * @returns {Promise<Page<Counted>>}
 */
export async function listTagValues(metric, tag, search, page = 1) {
  if (!await findMetric(metric)) return { list: [], total: 0 };
  const { data, meta } = await ask(`${PATH}/${encodeURIComponent(metric)}/tags/${encodeURIComponent(tag)}?${queryOf(search, page, PAGE_SIZE)}`);
  const counts = /** @type {number[]} */ (meta?.counts ?? []);
  const values = /** @type {string[]} */ (data);
  return { list: values.map((value, index) => ({ value, count: counts[index] ?? 0 })), total: meta?.total ?? 0 };
}
