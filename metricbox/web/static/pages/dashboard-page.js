// One dashboard: its grid of panels, drawn from batches of queries at the refresh interval.
import { Fragment, h, useEffect, useMedia, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { RefreshPicker, TimePicker } from '../ui/time-controls.js';
import { ApiError, messageOf, serverNowMs } from '../api/client.js';
import { Grid } from '../layout/grid.js';
import { cellsOf } from '../layout/grid-model.js';
import { visibleText } from '../lib/labels.js';
import { isRelative, resolveRange } from '../lib/time.js';
import { fillPanel, variablesOf } from '../lib/variables.js';
import { PanelFrame } from '../panels/panel-frame.js';
import { PANEL_TYPES } from '../panels/registry.js';
import { DashboardStore } from '../state/dashboard.js';
import { changeUrlState, navigate, path, place, urlState } from '../state/location.js';
import { nowMs, showToast, speak } from '../state/notices.js';
import { queriesOf } from '../state/panel-data.js';
import { canEdit, isAdmin, user } from '../state/session.js';
import { palette } from '../state/theme.js';
import { isZoneUnknown, moveRange, range, refresh, refreshMs, setRange, setRefresh, zone, zoomBack, zoomTo } from '../state/time-range.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').PanelContext} PanelContext */
/** @typedef {DashboardStore} Store */

const PARENT = { label: 'Dashboards', href: '/' };
const PHONE = '(max-width: 767px)';

/** @param {{params: string[]}} props the dashboard's id */
export function DashboardPage({ params: [id = ''] }) {
  const store = useMemo(() => new DashboardStore(id), [id]);
  useEffect(() => () => store.dispose(), [store]);
  const isZoneLost = isZoneUnknown.value;
  useEffect(() => {
    if (isZoneLost) showToast("The link's time zone is not known to this browser: times are UTC", { kind: 'error' });
  }, [isZoneLost]);
  const { phase, dashboard, error } = store.documentState.value;
  const isSignedIn = user.value !== null;
  // A private one, or none at all: which of the two is told to those who are signed in.
  const mustSignIn = phase === 'failed' && !isSignedIn && error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (mustSignIn) navigate(`/login?next=${encodeURIComponent(path.peek() + place.peek().search)}`, { replace: true });
  }, [mustSignIn]);
  const isPhone = useMedia(PHONE);
  if (mustSignIn) return h(Fragment, null);
  if (phase === 'failed') return h(Failed, { error, onRetry: () => store.load() });
  const actions = dashboard && canEdit() ? h(Actions, { store, dashboard }) : null;
  return h(Fragment, null,
    h(PageHeader, {
      title: dashboard ? visibleText(dashboard.name) : '', parent: isSignedIn ? PARENT : undefined, onAnnounce: speak,
      // The time controls fill a phone's second row.
      mark: isPhone ? actions : null,
    }, dashboard && dashboard.panels.length > 0 ? h(TimeControls, { store }) : null, isPhone ? null : actions),
    dashboard && dashboard.variables.length > 0 ? h(LazyVariableBar, { state: store.variables, isEditable: dashboard.panels.every((panel) => variablesOf(panel) !== null) }) : null,
    dashboard ? h(Panels, { store, dashboard }) : h('div', { class: 'page-body', 'aria-busy': 'true' }));
}

/**
 * Most dashboards have none, so its code is fetched by those that have.
 * @param {import('./variable-bar.js').VariableBarProps} props
 */
function LazyVariableBar(props) {
  const [loaded, setLoaded] = useState(/** @type {typeof import('./variable-bar.js') | null} */ (null));
  useEffect(() => {
    import('./variable-bar.js').then(setLoaded).catch(() => showToast('The variables could not be loaded', { kind: 'error' }));
  }, []);
  return loaded ? h(loaded.VariableBar, props) : h('div', { class: 'variable-bar', 'aria-busy': 'true' });
}

/** @param {{store: Store}} props */
function TimeControls({ store }) {
  return h(Fragment, null,
    h(TimePicker, { range: range.value, zone: zone.value, now: serverNowMs, onChange: setRange, onMove: moveRange }),
    h(RefreshPicker, {
      value: refresh.value, isPaused: !isRelative(range.value), isBusy: store.isRefreshing.value, onRefresh: () => store.refresh(), onChange: setRefresh,
    }));
}

/** @param {{store: Store, dashboard: Dashboard}} props */
function Actions({ store, dashboard }) {
  const [dialog, setDialog] = useState(/** @type {import('../ui/html.js').VNode | null} */ (null));
  const mayChange = dashboard.ownerId === user.value?.id || isAdmin();
  // Few visits need them, so their code comes with the click.
  const openHistory = async () => {
    const { HistoryDialog } = await import('./history-dialog.js');
    setDialog(h(HistoryDialog, { dashboardId: dashboard.id, onClose: () => setDialog(null), onRestored: () => { store.reload(); } }));
  };
  const save = async () => (await import('./dashboard-file.js')).saveDashboardFile(dashboard);
  return h(Fragment, null,
    h(Menu, {
      label: 'Dashboard actions',
      items: [
        ...(mayChange ? [{ label: 'History…', icon: 'history', onSelect: openHistory }] : []),
        { label: 'Export as a file', icon: 'download', onSelect: save },
      ],
      children: h(Icon, { name: 'more' }),
    }),
    dialog);
}

/** @param {{store: Store, dashboard: Dashboard}} props */
function Panels({ store, dashboard }) {
  const isPhone = useMedia(PHONE);
  const cells = useMemo(() => cellsOf(dashboard.panels, dashboard.layout ?? []), [dashboard]);
  const byId = useMemo(() => new Map(dashboard.panels.map((panel) => [panel.id, panel])), [dashboard]);
  const context = usePanelContext(dashboard.id);
  if (dashboard.panels.length === 0) {
    return h('div', { class: 'page-body' }, h(Message, {
      icon: 'dashboards', title: 'This dashboard has no panels yet', text: 'Panels are added through the API in this release: POST /api/v1/dashboards/:id/panels.',
      children: h('a', { class: 'button is-plain', href: '/' }, 'All dashboards'),
    }));
  }
  if (context === null) return null;
  return h('div', { class: 'dashboard' }, h(Grid, {
    cells,
    isStacked: isPhone,
    cellClass: (panelId) => (PANEL_TYPES.get(byId.get(panelId)?.type ?? '')?.isCompact ? 'is-compact' : ''),
    renderCell: (panelId) => {
      const panel = byId.get(panelId);
      return panel ? h(LivePanel, { key: panelId, panel, store, context }) : null;
    },
  }));
}

/**
 * What the panels share. The same object until something in it changes: a new one redraws all charts.
 * @param {string} dashboardId
 * @returns {PanelContext | null} null until the palette is read
 */
function usePanelContext(dashboardId) {
  const colors = palette.value;
  const hide = urlState.value.hide;
  const hideText = hide.join(' ');
  const currentRange = range.value;
  const currentZone = zone.value;
  return useMemo(() => {
    const span = resolveRange(currentRange, serverNowMs(), currentZone);
    if (!colors || !span) return null;
    return {
      span, zone: currentZone, palette: colors, hide, syncKey: dashboardId, onZoom: zoomTo, onZoomBack: zoomBack, onSpeak: speak,
      onHide: (/** @type {string[]} */ marks) => changeUrlState({ hide: marks }, { replace: true }),
    };
  }, [colors, hideText, currentRange.from, currentRange.to, currentZone, dashboardId]);
}

/**
 * Subscribes to its own panel alone, so that an answer redraws one panel and not the page.
 * @param {{panel: Panel, store: Store, context: PanelContext}} props
 */
function LivePanel({ panel, store, context }) {
  const chosen = store.variables.chosen.value;
  const shown = useMemo(() => fillPanel(panel, chosen), [panel, chosen]);
  return h(PanelFrame, {
    panel: shown,
    context,
    state: store.panelState(panel.id).value,
    range: range.value,
    hasQuery: queriesOf(panel).length > 0,
    refreshMs: refreshMs.value,
    isOffline: store.isOffline.value,
    nowMs: nowMs.value,
    onVisible: (/** @type {boolean} */ isVisible) => store.setVisible(panel.id, isVisible),
    onRetry: () => store.refresh(),
  });
}

/** @param {{error: unknown, onRetry: () => void}} props */
function Failed({ error, onRetry }) {
  const status = error instanceof ApiError ? error.status : 0;
  const isGone = status === 404 || status === 400;
  const isForbidden = status === 403;
  const title = isGone ? 'This dashboard does not exist' : isForbidden ? 'Your role does not allow this dashboard' : messageOf(error);
  const text = isGone ? 'It may have been deleted, or the link may be cut.' : isForbidden ? 'Its owner or an administrator can make it public.' : '';
  return h(Fragment, null,
    h(PageHeader, { title: isGone ? 'Not found' : isForbidden ? 'No access' : 'Not loaded', parent: PARENT, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, {
      icon: isGone ? 'search' : 'critical', title, text,
      children: [
        isGone || isForbidden ? null : h(Button, { key: 'retry', kind: 'primary', icon: 'refresh', onClick: onRetry }, 'Retry'),
        h('a', { key: 'list', class: 'button is-plain', href: '/' }, 'All dashboards'),
      ],
    })));
}
