// Channels that messages go to, for admins. Secrets among the settings come as ***, and stay what they were when sent back so.
import { request } from './client.js';

/** @typedef {import('../../types/app').Channel} Channel */
/** @typedef {import('../../types/app').ChannelCreate} ChannelCreate */
/** @typedef {import('../../types/app').ChannelUpdate} ChannelUpdate */
/** @typedef {import('../../types/app').ChannelTest} ChannelTest */

const PATH = '/api/v1/alerts/channels';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * By name.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Channel[]>}
 */
export async function listChannels(signal) {
  /** @type {Channel[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}?page=${page}&pageSize=${PAGE_SIZE}`, signal ? { signal } : {});
    const list = /** @type {Channel[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return all;
  }
}

/**
 * @param {ChannelCreate} wish
 * @returns {Promise<Channel>}
 */
export async function createChannel(wish) {
  return (await request('POST', PATH, { body: wish })).data;
}

/**
 * @param {string} id
 * @param {ChannelUpdate} change
 * @returns {Promise<Channel>}
 */
export async function updateChannel(id, change) {
  return (await request('PUT', `${PATH}/${encodeURIComponent(id)}`, { body: change })).data;
}

/** @param {string} id */
export async function deleteChannel(id) {
  await request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
}

/**
 * Sends a test message now.
 * @param {string} id
 * @returns {Promise<ChannelTest>} what the receiver said
 */
export async function testChannel(id) {
  return (await request('POST', `${PATH}/${encodeURIComponent(id)}/test`)).data;
}
