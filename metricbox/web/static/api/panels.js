// Single panels of a dashboard. Each answers the dashboard's version after it, for whoever wants to know what came between.
import { request } from './client.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {{panel: Panel, version: number}} ChangedPanel */

/** @param {string} dashboardId */
function pathOf(dashboardId) {
  return `/api/v1/dashboards/${encodeURIComponent(dashboardId)}/panels`;
}

/**
 * @param {string} dashboardId
 * @param {import('../../types/app').PanelCreate} wish
 * @returns {Promise<ChangedPanel>}
 */
export async function createPanel(dashboardId, wish) {
  const { data, meta } = await request('POST', pathOf(dashboardId), { body: wish });
  return { panel: /** @type {Panel} */ (data), version: Number(meta?.version) };
}

/**
 * @param {string} dashboardId
 * @param {string} panelId
 * @param {import('../../types/app').PanelUpdate} wish only what changes
 * @returns {Promise<ChangedPanel>}
 */
export async function updatePanel(dashboardId, panelId, wish) {
  const { data, meta } = await request('PUT', `${pathOf(dashboardId)}/${encodeURIComponent(panelId)}`, { body: wish });
  return { panel: /** @type {Panel} */ (data), version: Number(meta?.version) };
}
