// Variables that are being written. What a saved dashboard offers is asked for in dashboards.js.
import { request } from './client.js';

/**
 * What a variable would offer; also the server's judgement on all of them.
 * @param {string} dashboardId
 * @param {import('../../types/app').VariablePreview} wish
 * @param {AbortSignal} [signal]
 * @returns {Promise<import('../../types/app').VariableOptions>}
 */
export async function previewVariable(dashboardId, wish, signal) {
  return (await request('POST', `/api/v1/dashboards/${encodeURIComponent(dashboardId)}/variables/preview`, { body: wish, ...(signal ? { signal } : {}) })).data;
}
