// One dashboard: its header with what can be done, and its panels. Whatever few visits need is fetched when it is wanted.
import { Fragment, h, useEffect, useLate, useMedia, useMemo, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { PageHeader } from '../ui/page-header.js';
import { Banner } from '../ui/shell.js';
import { ApiError } from '../api/client.js';
import { visibleText } from '../lib/labels.js';
import { variablesOf } from '../lib/variables.js';
import { DashboardStore } from '../state/dashboard.js';
import { navigate, path, place } from '../state/location.js';
import { showToast, speak } from '../state/notices.js';
import { canEdit, isAdmin, user } from '../state/session.js';
import { DashboardPanels, prepareRows } from './dashboard-panels.js';
import { PageTime } from './page-time.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {DashboardStore} Store */
/** @typedef {import('./start-editing.js').Editing} Editing */

const PARENT = { label: 'Dashboards', href: '/' };
const PHONE = '(max-width: 767px)';

/** @param {{params: string[]}} props the dashboard's id */
export function DashboardPage({ params: [id = ''] }) {
  const store = useMemo(() => new DashboardStore(id, prepareRows), [id]);
  useEffect(() => () => store.dispose(), [store]);
  useExtras(store);
  const { phase, dashboard, error } = store.documentState.value;
  const isSignedIn = user.value !== null;
  // A private one, or none at all: which of the two is told to those who are signed in.
  const mustSignIn = phase === 'failed' && !isSignedIn && error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (mustSignIn) navigate(`/login?next=${encodeURIComponent(path.peek() + place.peek().search)}`, { replace: true });
  }, [mustSignIn]);
  const isPhone = useMedia(PHONE);
  const mayChange = dashboard !== null && canEdit() && (dashboard.ownerId === user.value?.id || isAdmin());
  const { editing, start, begin, stop } = useEditing(store, mayChange);
  if (mustSignIn) return h(Fragment, null);
  if (phase === 'failed') return h(LateNote, { show: (notes) => h(notes.FailedDashboard, { error, onRetry: () => store.load() }) });
  const actions = dashboard && isSignedIn ? h(Fragment, null,
    h(ShareButton, { store, dashboard }),
    mayChange && !editing ? h(EditButton, { isPhone, onClick: begin }) : null,
    h(Actions, { store, dashboard, mayChange })) : null;
  return h(Fragment, null,
    h(PageHeader, {
      title: dashboard ? visibleText(dashboard.name) : '', parent: isSignedIn ? PARENT : undefined, onAnnounce: speak,
      // The time controls fill a phone's second row.
      mark: isPhone ? actions : null,
    }, dashboard && dashboard.panels.length > 0 ? h(TimeControls, { store }) : null, isPhone ? null : actions),
    editing && dashboard ? h(editing.EditBar, { edit: editing.mode, dashboard, onDone: stop }) : null,
    dashboard && canEdit() && !mayChange ? h(ReadOnly, { id }) : null,
    dashboard && dashboard.variables.length > 0 ? h(LazyVariableBar, { state: store.variables, isEditable: dashboard.panels.every((panel) => variablesOf(panel) !== null) }) : null,
    !dashboard ? h('div', { class: 'page-body', 'aria-busy': 'true' })
      : dashboard.panels.length > 0 ? h(DashboardPanels, { store, dashboard, editing, onEdit: mayChange ? start : null, isStacked: isPhone })
        : h(LateNote, { show: (notes) => h(notes.EmptyDashboard, { id, onEdit: mayChange ? begin : null, isEditing: editing !== null }) }));
}

/**
 * Edit mode: off, until somebody wants it or reloads a page that was in it.
 * @param {Store} store
 * @param {boolean} mayChange
 */
function useEditing(store, mayChange) {
  const [editing, setEditing] = useState(/** @type {Editing | null} */ (null));
  const start = async () => {
    if (editing) return editing.mode;
    try {
      const begun = await (await import('./start-editing.js')).startEditing(store);
      setEditing(begun);
      return begun.mode;
    } catch (error) {
      showToast('The editor could not be loaded', { kind: 'error' });
      throw error;
    }
  };
  const begin = () => { start().catch(() => undefined); };
  useEffect(() => {
    if (mayChange && wasEditing(store.id)) begin();
  }, [mayChange, store]);
  useEffect(() => () => editing?.mode.stop(false), [editing]);
  const stop = () => {
    editing?.mode.stop(true);
    setEditing(null);
  };
  return { editing, start, begin, stop };
}

/** @param {string} id */
function wasEditing(id) {
  try {
    return sessionStorage.getItem('metricbox.editing') === id;
  } catch {
    return false;
  }
}

const loadNotes = () => import('./dashboard-notes.js');

/** @param {{show: (notes: typeof import('./dashboard-notes.js')) => import('../ui/html.js').VNode}} props */
function LateNote({ show }) {
  const { loaded } = useLate(loadNotes);
  return loaded ? show(loaded) : h('div', { class: 'page-body', 'aria-busy': 'true' });
}

/** @param {{id: string}} props */
function ReadOnly({ id }) {
  const [isBusy, setBusy] = useState(false);
  const duplicate = async () => {
    setBusy(true);
    await (await import('./duplicate-dashboard.js')).duplicateToEdit(id);
    setBusy(false);
  };
  return h(Banner, { kind: 'info' }, h('span', null, 'This dashboard belongs to somebody else: you can look at it, but not change it.'),
    h('button', { type: 'button', class: 'banner-action', disabled: isBusy, onClick: duplicate }, 'Duplicate to edit'));
}

/** @param {{isPhone: boolean, onClick: () => void}} props */
function EditButton({ isPhone, onClick }) {
  const aria = { 'aria-keyshortcuts': 'Shift+E' };
  return isPhone ? h(IconButton, { label: 'Edit', icon: 'pencil', onClick, aria }) : h(Button, { icon: 'pencil', onClick, aria }, 'Edit');
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
  return h(PageTime, { isBusy: store.isRefreshing.value, onRefresh: () => store.refresh() });
}

/**
 * What the first draw does without: that it was opened is noted, and it can be printed.
 * @param {Store} store
 */
function useExtras(store) {
  const isReady = store.documentState.value.phase === 'ready';
  useEffect(() => {
    if (!isReady) return undefined;
    let isWanted = true;
    let stop = () => {};
    import('./dashboard-extras.js').then(({ startExtras }) => {
      if (isWanted) stop = startExtras(store);
    }).catch(() => undefined);
    return () => {
      isWanted = false;
      stop();
    };
  }, [isReady, store]);
}

/** @param {{store: Store, dashboard: Dashboard}} props */
function ShareButton({ store, dashboard }) {
  const open = async () => {
    const [{ ShareDialog }, { openDialog }] = await Promise.all([import('./share-dialog.js'), import('./open-dialog.js')]);
    openDialog((close) => h(ShareDialog, { dashboard, onChanged: () => { store.reload(); }, onClose: close }));
  };
  return h(IconButton, { label: 'Share', icon: 'share', onClick: open });
}

/** Few visits need what they do, so its code comes with the click. @param {{store: Store, dashboard: Dashboard, mayChange: boolean}} props */
function Actions(props) {
  const items = async () => (await import('./dashboard-menu.js')).dashboardMenu(props);
  return h(Menu, { label: 'Dashboard actions', items, children: h(Icon, { name: 'more' }) });
}
