// One panel, as large as the window: with the time controls and the variables of its dashboard. Esc goes back to it.
import { h, useLate, useLayoutEffect, useMedia, useMemo } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { PageHeader } from '../ui/page-header.js';
import { cellsOf } from '../layout/grid-model.js';
import { visibleText } from '../lib/labels.js';
import { panelLink } from '../lib/panel-link.js';
import { arrange } from '../lib/rows.js';
import { fillPanel, selectionFor, variablesOf } from '../lib/variables.js';
import { PanelFrame } from '../panels/panel-frame.js';
import { navigate, urlState } from '../state/location.js';
import { nowMs, speak } from '../state/notices.js';
import { queriesOf } from '../state/panel-data.js';
import { range, refreshMs } from '../state/time-range.js';
import { PageTime } from './page-time.js';
import { usePanelContext } from './panel-context.js';
import { useAlertMarks } from './use-alert-marks.js';
import { useLeaveKey } from './use-leave-key.js';

const PHONE = '(max-width: 767px)';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('../state/dashboard.js').DashboardStore} Store */

/**
 * @typedef {object} PanelViewProps
 * @property {Store} store
 * @property {Dashboard} dashboard
 * @property {Panel} panel as it is saved
 * @property {string} shownId its id, or that of a repeat of it
 * @property {{label: string, href: string}} back
 * @property {boolean} mayEdit
 */

/**
 * The repeat that the link names; the panel itself when its value is not chosen any more.
 * @param {Dashboard} dashboard
 * @param {Panel} panel
 * @param {string} shownId
 * @param {import('../lib/repeat.js').Values} values
 */
function findRepeat(dashboard, panel, shownId, values) {
  if (panel.id === shownId) return panel;
  // Whether its row is folded does not matter here.
  const panels = dashboard.panels.map((one) => (one.type === 'row' ? { ...one, options: { ...one.options, isCollapsed: false } } : one));
  return arrange(panels, cellsOf(panels, dashboard.layout ?? []), values).panels.find((one) => one.id === shownId) ?? panel;
}

/** @param {PanelViewProps} props */
export function PanelView({ store, dashboard, panel: saved, shownId, back, mayEdit }) {
  const listed = store.variables.listed.value;
  const panel = useMemo(() => findRepeat(dashboard, saved, shownId, listed), [dashboard, saved, shownId, listed]);
  const chosen = store.variables.chosen.value;
  const selection = useMemo(() => selectionFor(panel, chosen), [panel, chosen]);
  const shown = useMemo(() => fillPanel(panel, chosen), [panel, chosen]);
  const context = usePanelContext(dashboard.id);
  useLayoutEffect(() => store.show([panel]), [store, panel]);
  useAlertMarks(store.isRefreshing, panel.type);
  useLeaveKey(() => navigate(back.href));
  const isPhone = useMedia(PHONE);
  const edit = mayEdit ? h('a', { class: 'button is-plain', href: panelLink(dashboard.id, saved.id, urlState.value, 'edit') }, 'Edit') : null;
  return h('div', { class: 'panel-view-page' },
    h(PageHeader, {
      title: visibleText(shown.title) || 'Panel without a title', parent: back, onAnnounce: speak,
      // A phone has no room for the way back in words, and no Esc.
      mark: isPhone ? h('div', { class: 'editor-actions' }, edit, h('a', { class: 'icon-button', href: back.href, 'aria-label': `Back to ${back.label}` }, h(Icon, { name: 'close' }))) : null,
    }, h(PageTime, { isBusy: store.isRefreshing.value, onRefresh: () => store.refresh() }), isPhone ? null : edit),
    h(LateVariableBar, { store, dashboard }),
    context === null ? null : h('div', { class: 'panel-view' }, h(PanelFrame, {
      key: panel.id, panel: shown, context, selection,
      state: store.panelState(panel.id).value,
      range: range.value,
      hasQuery: queriesOf(panel).length > 0,
      refreshMs: refreshMs.value,
      isOffline: store.isOffline.value,
      nowMs: nowMs.value,
      onVisible: (/** @type {boolean} */ isVisible) => store.setVisible(panel.id, isVisible),
      onRetry: () => store.refresh(),
      onCancel: async () => (await import('../state/cancel-round.js')).cancelRound(store),
      onFindNewest: async () => (await import('../state/newest-sample.js')).findNewest(panel, store.variables.valuesFor(panel), context.span.endMs),
      // All that can be done elsewhere, but for what is open already.
      menu: async () => (await (await import('./panel-menu.js')).panelMenuItems({ panel, store, context, edit: null })).filter((item) => item.keys !== 'V'),
    })));
}

const loadBar = async () => (await import('./variable-bar.js')).VariableBar;

/** @param {{store: Store, dashboard: Dashboard}} props */
export function LateVariableBar({ store, dashboard }) {
  const hasVariables = dashboard.variables.length > 0;
  const { loaded } = useLate(hasVariables ? loadBar : null);
  if (!hasVariables) return null;
  if (!loaded) return h('div', { class: 'variable-bar', 'aria-busy': 'true' });
  return h(loaded, { state: store.variables, isEditable: dashboard.panels.every((panel) => variablesOf(panel) !== null) });
}
