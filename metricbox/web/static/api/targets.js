// What the server scrapes, and how each target is doing.
import { request } from './client.js';

/** @typedef {import('../../types/app').ScrapeTarget} ScrapeTarget */
/** @typedef {import('../../types/app').ScrapeProblem} ScrapeProblem */

/**
 * @typedef {object} TargetLook
 * @property {ScrapeTarget[]} list what is wrong comes first
 * @property {ScrapeProblem[]} problems
 * @property {number} jobs tables in the settings file
 * @property {number} dropped targets that relabel rules drop
 */

const PATH = '/api/v1/scrape/targets';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * All of them, page by page.
 * @param {AbortSignal} signal
 * @returns {Promise<TargetLook>}
 */
export async function listTargets(signal) {
  /** @type {ScrapeTarget[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=${PAGE_SIZE}&sort=health`, { signal });
    const list = /** @type {ScrapeTarget[]} */ (data);
    all.push(...list);
    if (list.length > 0 && all.length < (meta?.total ?? 0)) continue;
    const told = /** @type {{problems?: ScrapeProblem[], jobs?: number, dropped?: number}} */ (meta ?? {});
    return { list: all, problems: told.problems ?? [], jobs: told.jobs ?? 0, dropped: told.dropped ?? 0 };
  }
}
