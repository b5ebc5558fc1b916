// Path -> page. Pages are imported when they are opened (or their link is hovered); the frame around them is drawn here,
// because only this file may know both pages and the state of the session.
import { Fragment, h, useEffect, useLate, useState } from './ui/html.js';
import { Button } from './ui/button.js';
import { Message } from './ui/page-header.js';
import { Banner, LiveRegions, PublicShell, Shell, ToastStack } from './ui/shell.js';
import { loadStyle } from './ui/style-sheet.js';
import { left, navigate, path, place, urlState } from './state/location.js';
import { assertive, dismissToast, newVersion, nowMs, offline, polite, showToast, toasts } from './state/notices.js';
import { setTheme } from './state/preferences.js';
import { canExplore, isExpired, leave, phase, startSession, user } from './state/session.js';
import { theme, themeChoice, THEMES } from './state/theme.js';

/** @typedef {import('./ui/html.js').VNode} VNode */
/** @typedef {(props: {params: string[]}) => VNode} PageComponent */

/**
 * @typedef {object} Route
 * @property {RegExp} pattern its groups become the page's params
 * @property {() => Promise<PageComponent>} load
 * @property {'setup' | 'out' | 'in'} phase who it is for
 * @property {boolean} [isOpen] also for those who are not signed in: what it shows may be public
 * @property {string[]} [styles] sheets that no other page needs
 * @property {string[]} [modules] to be fetched at once, as found by their imports
 */

// Files that a dashboard is known to need, fetched side by side: found one after the other through imports, each level
// would cost a round trip. tests/frontend/route-files.test.js compares the list with the imports.
const DASHBOARD_STYLES = ['/static/vendor/uplot/uPlot.min.css', '/static/vendor/gridstack/gridstack.min.css', '/static/styles/panels.css'];

const DASHBOARD_MODULES = [
  '/static/api/poll.js',
  '/static/api/query.js',
  '/static/charts/axes.js',
  '/static/charts/chart.js',
  '/static/charts/cursor-sync.js',
  '/static/charts/gestures.js',
  '/static/charts/options.js',
  '/static/charts/scales.js',
  '/static/charts/series.js',
  '/static/charts/thresholds.js',
  '/static/layout/grid-model.js',
  '/static/layout/grid.js',
  '/static/lib/color.js',
  '/static/lib/format.js',
  '/static/lib/frames.js',
  '/static/lib/reading.js',
  '/static/lib/time.js',
  '/static/lib/units.js',
  '/static/lib/variables.js',
  '/static/lib/zone.js',
  '/static/pages/dashboard-page.js',
  '/static/pages/dashboard-panels.js',
  '/static/pages/page-time.js',
  '/static/pages/panel-context.js',
  '/static/panels/legend-model.js',
  '/static/panels/legend.js',
  '/static/panels/panel-frame.js',
  '/static/panels/panel-status.js',
  '/static/panels/registry.js',
  '/static/panels/timeseries-panel.js',
  '/static/state/crosshair.js',
  '/static/state/dashboard.js',
  '/static/state/panel-data.js',
  '/static/state/time-range.js',
  '/static/state/variables.js',
  '/static/ui/time-controls.js',
  '/static/vendor/gridstack/gridstack-all.js',
  '/static/vendor/uplot/uPlot.esm.js',
];

const sheets = (/** @type {string[]} */ ...names) => names.map((name) => `/static/styles/${name}.css`);
const CHART_STYLE = '/static/vendor/uplot/uPlot.min.css';
const PANEL_STYLES = [CHART_STYLE, ...sheets('panels', 'panel-page')];
const EXPLORE_STYLES = [CHART_STYLE, ...sheets('panels', 'query', 'data-table', 'explore')];
const RULE_STYLES = [CHART_STYLE, ...sheets('panels', 'panel-page', 'query', 'switch', 'alerts', 'rule')];
const SETTINGS_STYLES = sheets('settings');
const STATUS_STYLES = sheets('settings', 'status');
const STORAGE_STYLES = sheets('settings', 'status', 'storage');
const CHANNEL_STYLES = sheets('settings', 'switch', 'channels');

/** @type {Route[]} */
const ROUTES = [
  { pattern: /^\/$/, phase: 'in', load: async () => (await import('./pages/dashboards-page.js')).DashboardsPage },
  { pattern: /^\/dashboard\/([^/]+)$/, phase: 'in', isOpen: true, styles: DASHBOARD_STYLES, modules: DASHBOARD_MODULES, load: async () => (await import('./pages/dashboard-page.js')).DashboardPage },
  { pattern: /^\/dashboard\/([^/]+)\/panel\/([^/]+)$/, phase: 'in', isOpen: true, styles: PANEL_STYLES, load: async () => (await import('./pages/panel-page.js')).PanelPage },
  { pattern: /^\/explore$/, phase: 'in', styles: EXPLORE_STYLES, load: async () => (await import('./pages/explore-page.js')).ExplorePage },
  { pattern: /^\/hosts$/, phase: 'in', styles: sheets('drawer', 'hosts'), load: async () => (await import('./pages/hosts-page.js')).HostsPage },
  { pattern: /^\/alerts\/history$/, phase: 'in', styles: sheets('alert-history'), load: async () => (await import('./pages/alert-history-page.js')).AlertHistoryPage },
  { pattern: /^\/alerts$/, phase: 'in', styles: sheets('settings', 'drawer', 'switch', 'alerts'), load: async () => (await import('./pages/alerts-page.js')).AlertsPage },
  { pattern: /^\/alerts\/rules\/([^/]+)$/, phase: 'in', styles: RULE_STYLES, load: async () => (await import('./pages/rule-page.js')).RulePage },
  { pattern: /^\/settings(?:\/profile)?$/, phase: 'in', styles: SETTINGS_STYLES, load: async () => (await import('./pages/profile-page.js')).ProfilePage },
  { pattern: /^\/settings\/tokens$/, phase: 'in', styles: SETTINGS_STYLES, load: async () => (await import('./pages/tokens-page.js')).TokensPage },
  { pattern: /^\/settings\/users$/, phase: 'in', styles: SETTINGS_STYLES, load: async () => (await import('./pages/users-page.js')).UsersPage },
  { pattern: /^\/settings\/targets$/, phase: 'in', styles: sheets('settings', 'hosts', 'targets'), load: async () => (await import('./pages/targets-page.js')).TargetsPage },
  { pattern: /^\/settings\/channels$/, phase: 'in', styles: CHANNEL_STYLES, load: async () => (await import('./pages/channels-page.js')).ChannelsPage },
  { pattern: /^\/settings\/storage$/, phase: 'in', styles: STORAGE_STYLES, load: async () => (await import('./pages/storage-page.js')).StoragePage },
  { pattern: /^\/settings\/status$/, phase: 'in', styles: STATUS_STYLES, load: async () => (await import('./pages/status-page.js')).StatusPage },
  { pattern: /^\/settings\/audit$/, phase: 'in', styles: SETTINGS_STYLES, load: async () => (await import('./pages/audit-page.js')).AuditPage },
  { pattern: /^\/login$/, phase: 'out', load: async () => (await import('./pages/login-page.js')).LoginPage },
  { pattern: /^\/setup$/, phase: 'setup', load: async () => (await import('./pages/setup-page.js')).SetupPage },
];

/** @type {Route} */
const NOT_FOUND = { pattern: /^/, phase: 'in', load: async () => (await import('./pages/not-found-page.js')).NotFoundPage };

/** @param {string} address */
function findRoute(address) {
  for (const route of ROUTES) {
    const match = route.pattern.exec(address);
    if (match) return { route, params: match.slice(1).map((part) => safeDecode(part ?? '')) };
  }
  return { route: NOT_FOUND, params: [] };
}

/** @param {string} text */
function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @type {WeakSet<Route>} */
const fetched = new WeakSet();

/**
 * @param {Route} route
 * @returns {Promise<PageComponent>} once its style sheets are there, too
 */
async function loadRoute(route) {
  if (!fetched.has(route)) {
    fetched.add(route);
    for (const href of route.modules ?? []) {
      const link = document.createElement('link');
      link.rel = 'modulepreload';
      link.href = href;
      document.head.append(link);
    }
  }
  const [component] = await Promise.all([route.load(), ...(route.styles ?? []).map(loadStyle)]);
  return component;
}

/**
 * Fetches a page's code before it is wanted: on hover and focus of its link.
 * @param {string} address
 */
export function preloadPage(address) {
  const { route } = findRoute(address);
  loadRoute(route).catch(() => undefined);
}

/**
 * Where this address has to go instead, given who is there; null when it may stay.
 * @returns {string | null}
 */
function redirect() {
  const { route } = findRoute(path.value);
  if (phase.value === 'starting' || phase.value === 'unreachable' || route.phase === phase.value) return null;
  if (phase.value === 'setup') return '/setup';
  if (phase.value === 'in') return '/';
  if (route.isOpen) return null;
  const wanted = path.value + place.value.search;
  return path.value === '/' || route.phase === 'setup' ? '/login' : `/login?next=${encodeURIComponent(wanted)}`;
}

export function App() {
  const target = redirect();
  useEffect(() => {
    if (target !== null) navigate(target, { replace: true });
  }, [target]);
  const isReady = target === null && phase.value !== 'starting';
  return h(Fragment, null,
    phase.value === 'unreachable' ? h(Unreachable, {}) : isReady ? h(PageHost, {}) : null,
    isExpired.value ? h(LazyExpiredDialog, {}) : null,
    h(ToastStack, { toasts: toasts.value, onDismiss: dismissToast }),
    h(LiveRegions, { polite: polite.value, assertive: assertive.value }));
}

function Unreachable() {
  return h('main', { class: 'gate' }, h(Message, {
    icon: 'warning', title: 'Cannot reach metricbox', text: 'The server does not answer. Is it running?',
    children: h(Button, { kind: 'primary', icon: 'refresh', onClick: startSession }, 'Try again'),
  }));
}

function PageHost() {
  const { route, params } = findRoute(path.value);
  const [page, setPage] = useState(/** @type {{route: Route, component: PageComponent} | null} */ (null));
  const [error, setError] = useState('');
  useEffect(() => {
    let isWanted = true;
    setError('');
    loadRoute(route).then((component) => {
      if (!isWanted) return;
      setPage({ route, component });
      window.scrollTo(0, 0);
      if (left.path.startsWith(`${path.peek()}/`)) import('./state/scroll-back.js').then(({ scrollBack }) => scrollBack(path.peek())).catch(() => undefined);
    }).catch(() => {
      if (isWanted) setError('This page could not be loaded.');
    });
    return () => { isWanted = false; };
  }, [route]);
  const content = error !== '' ? h(Message, { icon: 'critical', title: error, children: h(Button, { onClick: () => window.location.reload() }, 'Reload') })
    // The old page stays until the new one is there; its own params are gone, so it must not be drawn with the new ones.
    : page?.route === route ? h(page.component, { key: params.join('/'), params }) : null;
  if (route.phase !== 'in') return h(Fragment, null, content);
  return phase.value === 'in' ? h(Frame, {}, content) : h(PublicFrame, {}, content);
}

const loadKiosk = async () => (await import('./pages/kiosk.js')).Kiosk;

function LateKiosk() {
  const { loaded } = useLate(loadKiosk);
  return loaded ? h(loaded, {}) : null;
}

const loadAlerts = () => import('./state/alerts.js');

const THEME_LABELS = { system: 'As the system', dark: 'Dark', light: 'Light' };

/** @param {{children?: import('./ui/html.js').Children}} props */
function Frame({ children }) {
  const address = path.value;
  const { loaded: alerts } = useLate(loadAlerts);
  useEffect(() => alerts?.watchAlerts(), [alerts]);
  const isBare = urlState.value.kiosk !== null && address.startsWith('/dashboard/');
  return h(Shell, {
    isBare,
    top: [
      { label: 'Dashboards', icon: 'dashboards', href: '/', isCurrent: address === '/' || address.startsWith('/dashboard/'), onHover: () => preloadPage('/') },
      ...(canExplore() ? [{ label: 'Explore', icon: 'explore', href: '/explore', isCurrent: address === '/explore', onHover: () => preloadPage('/explore') }] : []),
      { label: 'Alerts', icon: 'bell', href: '/alerts', isCurrent: address.startsWith('/alerts'), onHover: () => preloadPage('/alerts'), count: alerts?.firingCount.value ?? 0, counted: 'firing' },
      { label: 'Hosts', icon: 'hosts', href: '/hosts', isCurrent: address === '/hosts', onHover: () => preloadPage('/hosts') },
    ],
    bottom: [{ label: 'Settings', icon: 'settings', href: '/settings/profile', isCurrent: address.startsWith('/settings'), onHover: () => preloadPage('/settings/profile') }],
    theme: {
      icon: theme.value === 'dark' ? 'moon' : 'sun',
      label: 'Theme',
      items: THEMES.map((choice) => ({ label: THEME_LABELS[choice], isChecked: themeChoice.value === choice, onSelect: () => setTheme(choice) })),
    },
    account: {
      email: user.value?.email ?? '',
      role: user.value?.role ?? '',
      items: [
        { label: 'Profile', icon: 'user', href: '/settings/profile' },
        { label: 'Tokens', icon: 'key', href: '/settings/tokens' },
        { label: 'Sign out', icon: 'signOut', startsGroup: true, onSelect: signOut },
      ],
    },
    // A kiosk says in its own, larger way what banners say.
    banners: isBare ? h(LateKiosk, {}) : h(Banners, {}),
    children,
  });
}

/**
 * Around a page that somebody sees without an account.
 * @param {{children?: import('./ui/html.js').Children}} props
 */
function PublicFrame({ children }) {
  const wanted = path.value + place.value.search;
  const isBare = urlState.value.kiosk !== null;
  return h(PublicShell, { signInHref: `/login?next=${encodeURIComponent(wanted)}`, isBare, banners: isBare ? h(LateKiosk, {}) : h(Banners, {}), children });
}

async function signOut() {
  try {
    await leave();
  } catch {
    showToast('You are signed out here, but the server did not answer', { kind: 'error' });
  }
  // A page that is open to all would stay, with what only the account saw.
  navigate('/login', { replace: true });
}

function Banners() {
  const lost = offline.value;
  const waitS = lost?.nextAtMs ? Math.max(0, Math.ceil((lost.nextAtMs - nowMs.value) / 1000)) : 0;
  return h(Fragment, null,
    lost ? h(Banner, { kind: 'warning' },
      h('span', null, waitS > 0 ? `Cannot reach metricbox, trying again in ${waitS} s` : 'Cannot reach metricbox, trying again…'),
      h('button', { type: 'button', class: 'banner-action', onClick: lost.retry }, 'Now')) : null,
    newVersion.value ? h(Banner, { kind: 'info' },
      h('span', null, 'metricbox was updated.'),
      h('button', { type: 'button', class: 'banner-action', onClick: () => window.location.reload() }, 'Reload')) : null);
}

function LazyExpiredDialog() {
  const [loaded, setLoaded] = useState(/** @type {{Dialog: PageComponent} | null} */ (null));
  useEffect(() => {
    import('./pages/expired-dialog.js').then((module) => setLoaded({ Dialog: module.ExpiredDialog })).catch(() => window.location.reload());
  }, []);
  return loaded ? h(loaded.Dialog, { params: [] }) : null;
}
