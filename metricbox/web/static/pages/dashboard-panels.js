// The grid of a dashboard: its panels with their data, rows and repeats; with the tools of the editor while somebody edits.
import { h, signal, useEffect, useLayoutEffect, useMemo } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { Grid } from '../layout/grid.js';
import { cellsOf } from '../layout/grid-model.js';
import { visibleText } from '../lib/labels.js';
import { fillPanel, selectionFor } from '../lib/variables.js';
import { PanelFrame } from '../panels/panel-frame.js';
import { PANEL_TYPES } from '../panels/registry.js';
import { nowMs, showToast } from '../state/notices.js';
import { queriesOf } from '../state/panel-data.js';
import { range, refreshMs } from '../state/time-range.js';
import { usePanelContext } from './panel-context.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('../../types/app').PanelContext} PanelContext */
/** @typedef {import('../state/dashboard.js').DashboardStore} Store */
/** @typedef {import('./start-editing.js').Editing} Editing */

/** What rows and repeats need, once a dashboard has some. */
const rowsPart = signal(/** @type {typeof import('./dashboard-rows.js') | null} */ (null));

/** @param {{panels: Panel[]}} dashboard */
export async function prepareRows({ panels }) {
  if (rowsPart.peek() !== null || panels.every((panel) => panel.type !== 'row' && !panel.options.repeat)) return;
  try {
    const part = await import('./dashboard-rows.js');
    await part.loadRowStyle();
    rowsPart.value = part;
  } catch {
    showToast('Rows and repeated panels could not be loaded', { kind: 'error' });
  }
}

/**
 * @typedef {object} DashboardPanelsProps
 * @property {Store} store
 * @property {Dashboard} dashboard with panels
 * @property {Editing | null} editing
 * @property {(() => Promise<Editing['mode']>) | null} onEdit begins editing, or goes on with it; null for who may not
 * @property {boolean} isStacked one column, on phones
 */

/** @param {DashboardPanelsProps} props */
export function DashboardPanels({ store, dashboard, editing, onEdit, isStacked }) {
  const edit = editing?.mode ?? null;
  const { cells, panels, notes, folds, rows } = useShownPanels(store, dashboard, edit !== null);
  const byId = useMemo(() => new Map(panels.map((panel) => [panel.id, panel])), [panels]);
  const context = usePanelContext(dashboard.id);
  if (edit) Object.assign(edit, { cells, folds });
  if (context === null) return null;
  return h('div', { class: 'dashboard' },
    notes.map((note) => h('p', { key: note, class: 'repeat-note', role: 'status' }, h(Icon, { name: 'info' }), visibleText(note))),
    h(Grid, {
      cells: edit?.moving.value?.cells ?? cells,
      isStacked,
      editor: edit?.drag ?? null,
      isFixed: (panelId) => byId.get(panelId)?.type === 'row',
      cellClass: (panelId) => {
        const type = byId.get(panelId)?.type ?? '';
        return type === 'row' ? 'is-row' : PANEL_TYPES.get(type)?.isCompact ? 'is-compact' : '';
      },
      renderCell: (panelId) => {
        const panel = byId.get(panelId);
        if (!panel) return null;
        return [
          editing ? h(editing.EditTools, { key: 'tools', edit: editing.mode, panel, isStacked }) : null,
          panel.type !== 'row' ? h(LivePanel, { key: 'panel', panel, store, onEdit, context })
            : rows && folds ? h(rows.LiveRow, { key: 'row', panel, store, folds, edit }) : null,
        ];
      },
    }));
}

/**
 * The saved panels, or what rows and repeats make of them.
 * @param {Store} store
 * @param {Dashboard} dashboard
 * @param {boolean} isEditing
 */
function useShownPanels(store, dashboard, isEditing) {
  const rows = rowsPart.value;
  const listed = store.variables.listed.value;
  const saved = useMemo(() => cellsOf(dashboard.panels, dashboard.layout ?? []), [dashboard]);
  const folds = useMemo(() => (rows ? new rows.RowFolds(dashboard.id) : null), [rows, dashboard.id]);
  const folded = folds?.folded.value;
  const shown = useMemo(() => {
    if (!rows) return { cells: saved, panels: dashboard.panels, notes: [] };
    return rows.arrange(dashboard.panels, saved, listed, { ...(folded ? { folded } : {}), isEditing });
  }, [rows, dashboard, saved, listed, folded, isEditing]);
  useLayoutEffect(() => store.show(shown.panels), [store, shown]);
  useEffect(() => { prepareRows(dashboard); }, [dashboard]);
  return { ...shown, folds, rows };
}

/**
 * Subscribes to its own panel alone, so that an answer redraws one panel and not the page.
 * @param {{panel: Panel, store: Store, onEdit: DashboardPanelsProps['onEdit'], context: PanelContext}} props
 */
function LivePanel({ panel, store, onEdit, context }) {
  const chosen = store.variables.chosen.value;
  const shown = useMemo(() => fillPanel(panel, chosen), [panel, chosen]);
  const selection = useMemo(() => selectionFor(panel, chosen), [panel, chosen]);
  return h(PanelFrame, {
    panel: shown,
    context,
    state: store.panelState(panel.id).value,
    range: range.value,
    hasQuery: queriesOf(panel).length > 0,
    refreshMs: refreshMs.value,
    isOffline: store.isOffline.value,
    nowMs: nowMs.value,
    selection,
    onVisible: (/** @type {boolean} */ isVisible) => store.setVisible(panel.id, isVisible),
    onRetry: () => store.refresh(),
    onCancel: async () => (await import('../state/cancel-round.js')).cancelRound(store),
    onFindNewest: async () => (await import('../state/newest-sample.js')).findNewest(panel, store.variables.valuesFor(panel), context.span.endMs),
    menu: () => menuOf(panel, store, context, onEdit),
  });
}

/**
 * @param {Panel} panel
 * @param {Store} store
 * @param {PanelContext} context
 * @param {DashboardPanelsProps['onEdit']} edit
 */
async function menuOf(panel, store, context, edit) {
  try {
    return await (await import('./panel-menu.js')).panelMenuItems({ panel, store, context, edit });
  } catch {
    showToast('The menu could not be loaded', { kind: 'error' });
    return [];
  }
}
