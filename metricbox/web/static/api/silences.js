// Silences: alerts fire, and nobody is told.
import { request } from './client.js';

/** @typedef {import('../../types/app').Silence} Silence */
/** @typedef {import('../../types/app').SilenceCreate} SilenceCreate */
/** @typedef {import('../../types/app').SilenceUpdate} SilenceUpdate */

const PATH = '/api/v1/alerts/silences';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * All of them, with those that ended in the last 90 days.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Silence[]>}
 */
export async function listSilences(signal) {
  /** @type {Silence[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=${PAGE_SIZE}`, signal ? { signal } : {});
    const list = /** @type {Silence[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return all;
  }
}

/**
 * What conditions fit, now. Asks the rules that may watch something of it, which may take some seconds.
 * @param {import('../../types/app').SilenceMatcher[]} matchers
 * @param {AbortSignal} signal
 * @returns {Promise<import('../../types/app').SilenceReach>}
 */
export async function previewSilence(matchers, signal) {
  return (await request('POST', `${PATH}/preview`, { body: { matchers }, signal })).data;
}

/**
 * @param {SilenceCreate} wish
 * @returns {Promise<Silence>}
 */
export async function createSilence(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}

/**
 * @param {string} id
 * @param {SilenceUpdate} change an end of "now" ends it
 * @returns {Promise<Silence>}
 */
export async function updateSilence(id, change) {
  return (await request('PUT', `${PATH}/${encodeURIComponent(id)}`, { body: change })).data;
}

/** @param {string} id */
export async function deleteSilence(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}
