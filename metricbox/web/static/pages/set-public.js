// Opens a dashboard to everybody, or closes it again.
import { ApiError } from '../api/client.js';
import { getDashboard, updateDashboard } from '../api/dashboards.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */

/**
 * @param {{id: string, version: number}} dashboard
 * @param {boolean} isPublic
 * @returns {Promise<Dashboard>}
 */
export async function setPublic({ id, version }, isPublic) {
  try {
    return await updateDashboard(id, { version, isPublic }, false);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    // Somebody else changed it meanwhile. Who may see it is no part of what they did, so nothing of theirs is lost.
    const newer = await getDashboard(id);
    return updateDashboard(id, { version: newer.version, isPublic }, false);
  }
}
