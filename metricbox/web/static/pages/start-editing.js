// The code of a dashboard's edit mode in one piece, fetched when somebody edits.
import { loadStyle } from '../ui/style-sheet.js';
import { EditBar } from './edit-bar.js';
import { EditMode } from './edit-mode.js';
import { EditTools } from './edit-tools.js';

/** @typedef {{mode: EditMode, EditBar: typeof EditBar, EditTools: typeof EditTools}} Editing */

/**
 * @param {import('../state/dashboard.js').DashboardStore} store with its document
 * @returns {Promise<Editing>}
 */
export async function startEditing(store) {
  await loadStyle('/static/styles/editing.css');
  return { mode: new EditMode(store), EditBar, EditTools };
}
