// Alert rules, tried on now and on history, and what is about to fire. Events and silences have files of their own.
import { request } from './client.js';

/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../types/app').AlertRuleCreate} AlertRuleCreate */
/** @typedef {import('../../types/app').AlertRuleUpdate} AlertRuleUpdate */
/** @typedef {import('../../types/app').PendingAlert} PendingAlert */
/** @typedef {import('../../types/app').ChannelName} ChannelName */
/** @typedef {{list: AlertRule[], intervalMs: number}} RuleList intervalMs: how often rules are evaluated */

const PATH = '/api/v1/alerts';
// The most that the API gives at once.
const PAGE_SIZE = 200;

/**
 * A list, page by page.
 * @template T
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<{list: T[], meta: Record<string, any>}>}
 */
async function listAll(path, signal) {
  /** @type {T[]} */
  const all = [];
  for (let page = 1; ; page += 1) {
    const { data, meta } = await request('GET', `${PATH}${path}${path.includes('?') ? '&' : '?'}page=${page}&pageSize=${PAGE_SIZE}`, signal ? { signal } : {});
    const list = /** @type {T[]} */ (data);
    all.push(...list);
    if (list.length === 0 || all.length >= (meta?.total ?? 0)) return { list: all, meta: meta ?? {} };
  }
}

/**
 * By name.
 * @param {AbortSignal} [signal]
 * @returns {Promise<RuleList>}
 */
export async function listRules(signal) {
  const { list, meta } = await listAll('/rules?sort=name', signal);
  return { list: /** @type {AlertRule[]} */ (list), intervalMs: meta.intervalMs ?? 10_000 };
}

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<AlertRule>}
 */
export async function getRule(id, signal) {
  return (await request('GET', `${PATH}/rules/${encodeURIComponent(id)}`, signal ? { signal } : {})).data;
}

/**
 * @param {AlertRuleCreate} wish
 * @returns {Promise<AlertRule>}
 */
export async function createRule(wish) {
  return (await request('POST', `${PATH}/rules`, { body: wish })).data;
}

/**
 * @param {string} id
 * @param {AlertRuleUpdate} change an older version than the server's is refused with 409
 * @returns {Promise<AlertRule>}
 */
export async function updateRule(id, change) {
  return (await request('PUT', `${PATH}/rules/${encodeURIComponent(id)}`, { body: change })).data;
}

/** @param {string} id */
export async function deleteRule(id) {
  await request('DELETE', `${PATH}/rules/${encodeURIComponent(id)}`);
}

/**
 * When a rule would have fired.
 * @param {import('../../types/app').PreviewRequest} wish
 * @param {AbortSignal} signal
 * @returns {Promise<import('../../types/app').Preview>}
 */
export async function previewRule(wish, signal) {
  return (await request('POST', `${PATH}/rules/preview`, { body: wish, signal })).data;
}

/**
 * Value and state of each series of a saved rule, now.
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<import('../../types/app').Evaluation>}
 */
export async function evaluateRule(id, signal) {
  return (await request('POST', `${PATH}/rules/${encodeURIComponent(id)}/evaluate`, { signal })).data;
}

/**
 * Series whose condition holds and which do not fire yet, those that fire next first.
 * @param {AbortSignal} [signal]
 * @returns {Promise<PendingAlert[]>}
 */
export async function listPending(signal) {
  return /** @type {PendingAlert[]} */ ((await listAll('/pending', signal)).list);
}

/**
 * The channels as editors see them.
 * @param {AbortSignal} [signal]
 * @returns {Promise<ChannelName[]>}
 */
export async function listChannelNames(signal) {
  return /** @type {ChannelName[]} */ ((await listAll('/channels/names', signal)).list);
}
