// A copy of a dashboard that one may look at but not change, opened for editing.
import { messageOf } from '../api/client.js';
import { exportDashboard, importDashboard } from '../api/history.js';
import { visibleText } from '../lib/labels.js';
import { copyName } from '../state/edit-session.js';
import { noteEditing } from '../state/edit-storage.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';

/**
 * As a file that is exported and imported at once: the copy is private, and of who made it.
 * @param {string} id
 */
export async function duplicateToEdit(id) {
  try {
    const file = await exportDashboard(id);
    const { dashboard } = await importDashboard({ ...file, dashboard: { ...file.dashboard, name: copyName(file.dashboard.name) } });
    noteEditing(dashboard.id);
    navigate(`/dashboard/${dashboard.id}`);
    showToast(`Made "${visibleText(dashboard.name)}"`);
  } catch (error) {
    showToast(`Not duplicated: ${messageOf(error)}`, { kind: 'error' });
  }
}
