// One panel on a page of its own: in full view for who looks, as an editor for who may change it.
import { Fragment, h, useEffect, useLate, useMemo } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { ApiError, messageOf } from '../api/client.js';
import { visibleText } from '../lib/labels.js';
import { dashboardLink, savedIdOf, VIEW } from '../lib/panel-link.js';
import { DashboardStore } from '../state/dashboard.js';
import { navigate, path, place, urlState } from '../state/location.js';
import { speak } from '../state/notices.js';
import { NEW_PANEL } from '../state/panel-draft.js';
import { canEdit, isAdmin, user } from '../state/session.js';
import { PanelView } from './panel-view.js';

const loadEditor = async () => (await import('./panel-edit-page.js')).PanelEditPage;

/** @param {{params: string[]}} props the ids of dashboard and panel */
export function PanelPage({ params: [dashboardId = '', panelId = ''] }) {
  const store = useMemo(() => new DashboardStore(dashboardId), [dashboardId]);
  useEffect(() => () => store.dispose(), [store]);
  const { phase, dashboard, error } = store.documentState.value;
  const mustSignIn = phase === 'failed' && user.value === null && error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (mustSignIn) navigate(`/login?next=${encodeURIComponent(path.peek() + place.peek().search)}`, { replace: true });
  }, [mustSignIn]);
  if (mustSignIn) return h(Fragment, null);
  if (phase === 'failed') return h(Failed, { error, onRetry: () => { store.load(); } });
  if (!dashboard) return h(Fragment, null, h(PageHeader, { title: '', onAnnounce: speak }), h('div', { class: 'page-body', 'aria-busy': 'true' }));
  const mayEdit = canEdit() && (dashboard.ownerId === user.value?.id || isAdmin());
  const panel = dashboard.panels.find((one) => one.id === savedIdOf(panelId)) ?? null;
  const back = { label: visibleText(dashboard.name), href: dashboardLink(dashboard.id, urlState.value) };
  if (panelId === NEW_PANEL && !mayEdit) {
    return h(Nothing, { back, title: 'Your role does not allow this', text: 'The owner of the dashboard or an administrator can add panels to it.' });
  }
  if (panelId !== NEW_PANEL && (panel === null || panel.type === 'row')) {
    return h(Nothing, { back, title: 'This panel does not exist', text: 'It may have been removed, or the link may be cut.' });
  }
  if (panel && (!mayEdit || urlState.value.panel === VIEW)) return h(PanelView, { store, dashboard, panel, shownId: panelId, back, mayEdit });
  return h(LateEditor, { key: panel?.id ?? NEW_PANEL, store, dashboard, panel, back });
}

/** @param {import('./panel-edit-page.js').PanelEditPageProps} props */
function LateEditor(props) {
  const { loaded, hasFailed } = useLate(loadEditor);
  if (hasFailed) return h(Nothing, { back: props.back, title: 'The editor could not be loaded', text: 'Reload the page to try again.' });
  return loaded ? h(loaded, props) : h(Fragment, null, h(PageHeader, { title: '', parent: props.back, onAnnounce: speak }), h('div', { class: 'page-body', 'aria-busy': 'true' }));
}

/** @param {{back: {label: string, href: string}, title: string, text: string}} props */
function Nothing({ back, title, text }) {
  return h(Fragment, null,
    h(PageHeader, { title: 'No panel', parent: back, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, { icon: 'search', title, text, children: h('a', { class: 'button is-plain', href: back.href }, 'To the dashboard') })));
}

/** @param {{error: unknown, onRetry: () => void}} props */
function Failed({ error, onRetry }) {
  const status = error instanceof ApiError ? error.status : 0;
  const isGone = status === 404 || status === 400;
  const title = isGone ? 'This dashboard does not exist' : status === 403 ? 'Your role does not allow this dashboard' : messageOf(error);
  return h(Fragment, null,
    h(PageHeader, { title: isGone ? 'Not found' : status === 403 ? 'No access' : 'Not loaded', parent: { label: 'Dashboards', href: '/' }, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, {
      icon: isGone ? 'search' : 'critical', title, text: status === 403 ? 'Its owner or an administrator can make it public.' : '',
      children: isGone || status === 403 ? h('a', { class: 'button is-plain', href: '/' }, 'All dashboards') : h(Button, { kind: 'primary', icon: 'refresh', onClick: onRetry }, 'Retry'),
    })));
}
