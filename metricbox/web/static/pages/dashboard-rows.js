// Rows and repeats on the page of a dashboard, fetched by dashboards that have some.
import { h } from '../ui/html.js';
import { loadStyle } from '../ui/style-sheet.js';
import { arrange, isFolded } from '../lib/rows.js';
import { fillPanel } from '../lib/variables.js';
import { RowPanel } from '../panels/row-panel.js';
import { RowFolds } from '../state/row-folds.js';

export { arrange, RowFolds };

/** @returns {Promise<void>} once the headers of rows can be drawn */
export function loadRowStyle() {
  return loadStyle('/static/styles/rows.css');
}

/**
 * @typedef {object} LiveRowProps
 * @property {import('../../types/app').ShownPanel} panel
 * @property {import('../state/dashboard.js').DashboardStore} store
 * @property {RowFolds} folds
 * @property {import('./edit-mode.js').EditMode | null} edit
 */

/** @param {LiveRowProps} props */
export function LiveRow({ panel, store, folds, edit }) {
  return h(RowPanel, {
    panel: fillPanel(panel, store.variables.chosen.value),
    isCollapsed: isFolded(panel, folds.folded.value),
    // For everybody, or for this visit.
    onToggle: (/** @type {boolean} */ isCollapsed) => (edit ? edit.collapse(panel.id, isCollapsed) : folds.set(panel.id, isCollapsed)),
  });
}
