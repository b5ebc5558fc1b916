// One host: what is known of it, six charts, and the way to a dashboard of its own.
import { Fragment, h, useEffect, useLate, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Drawer } from '../ui/drawer.js';
import { Icon } from '../ui/icon.js';
import { Message } from '../ui/page-header.js';
import { loadStyle } from '../ui/style-sheet.js';
import { serverNowMs } from '../api/client.js';
import { formatValue } from '../lib/format.js';
import { HOST_DASHBOARDS, hostPanels } from '../lib/host-panels.js';
import { adviseDrops, describeSkew, describeSource, describeSpool } from '../lib/hosts.js';
import { visibleText } from '../lib/labels.js';
import { resolveRange } from '../lib/time.js';
import { PanelFrame } from '../panels/panel-frame.js';
import { HostCharts, REFRESH_MS } from '../state/host-charts.js';
import { nowMs, speak } from '../state/notices.js';
import { palette } from '../state/theme.js';
import { zone } from '../state/time-range.js';
import { Seen, State } from './host-rows.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../lib/time.js').TimeRange} TimeRange */

/**
 * @typedef {object} HostDrawerProps
 * @property {string} name
 * @property {Host | null} host null when none of this name reports
 * @property {() => void} onClose
 */

/** @param {HostDrawerProps} props */
export function HostDrawer({ name, host, onClose }) {
  const title = visibleText(name);
  if (host === null) {
    return h(Drawer, { title, onClose, children: h(Message, { icon: 'search', title: 'No host of this name reports', text: 'It may be called otherwise, or its data are older than what is kept.' }) });
  }
  return h(Drawer, {
    title, onClose, mark: h(State, { state: host.state }), actions: HOST_DASHBOARDS[host.source] ? h(LateDashboardButton, { host }) : null,
    children: [h(Facts, { key: 'facts', host }), h(Losses, { key: 'losses', host }), h(Charts, { key: 'charts', host })],
  });
}

const loadButton = async () => (await import('./host-dashboard-button.js')).HostDashboardButton;

/** @param {{host: Host}} props */
function LateDashboardButton(props) {
  const { loaded } = useLate(loadButton);
  return loaded ? h(loaded, props) : null;
}

/** @param {{host: Host}} props */
function Facts({ host }) {
  const skew = describeSkew(host);
  const spool = describeSpool(host);
  return h('dl', { class: 'host-facts' },
    h(Fact, { name: 'Reported by' }, describeSource(host)),
    h(Fact, { name: 'Last seen' }, h(Seen, { host })),
    host.uptimeS === null || host.uptimeS === undefined ? null : h(Fact, { name: 'Running for' }, formatValue(host.uptimeS, 'seconds')),
    h(Fact, { name: 'Series' }, formatValue(host.seriesCount, 'none')),
    skew === '' ? null : h(Fact, { name: 'Clock' }, h('span', { class: 'is-warning' }, skew)),
    spool === '' ? null : h(Fact, { name: 'Waiting to be sent' }, h('span', { class: 'is-warning' }, spool)));
}

/** What the agent has lost in the last day, and what to do. @param {{host: Host}} props */
function Losses({ host }) {
  const losses = adviseDrops(host);
  if (losses.length === 0) return null;
  return h('ul', { class: 'host-advice', 'aria-label': 'Dropped in the last 24 hours' }, losses.map(({ text, advice, href, link }) => h('li', { key: text },
    h(Icon, { name: 'warning', label: 'Warning' }),
    h('div', null, h('strong', null, text), h('p', null, advice, href ? ' ' : null, href ? h('a', { href }, link) : null)))));
}

/** @param {{name: string, children?: import('../ui/html.js').Children}} props */
function Fact({ name, children }) {
  return h('div', { class: 'host-fact' }, h('dt', null, name), h('dd', null, children));
}

const RANGES = [{ value: 'now-1h', label: '1 hour' }, { value: 'now-6h', label: '6 hours' }, { value: 'now-24h', label: '24 hours' }, { value: 'now-7d', label: '7 days' }];
const FIRST_RANGE = { from: 'now-1h', to: 'now' };
const loadSheets = () => Promise.all(['/static/vendor/uplot/uPlot.min.css', '/static/styles/panels.css'].map(loadStyle)).then(() => true);

/** @param {{host: Host}} props */
function Charts({ host }) {
  const panels = useMemo(() => hostPanels(host), [host.name, host.source, host.tag]);
  const { loaded: isReady } = useLate(loadSheets);
  const [ranges, setRanges] = useState(/** @type {TimeRange[]} */ ([FIRST_RANGE]));
  const range = ranges.at(-1) ?? FIRST_RANGE;
  const shownZone = zone.value;
  const charts = useMemo(() => new HostCharts(panels, range, shownZone), [panels, shownZone]);
  useEffect(() => () => charts.dispose(), [charts]);
  const changeRange = (/** @type {TimeRange[]} */ next) => {
    setRanges(next);
    charts.setRange(next.at(-1) ?? FIRST_RANGE);
  };
  const context = useContext(ranges, changeRange);
  if (panels.length === 0) {
    return h(Message, {
      title: 'There are no charts for this host', text: 'They know how metricbox, node_exporter and Telegraf name things. Its series can be looked at one by one.',
      children: h('a', { class: 'button is-plain', href: '/explore' }, 'Explore'),
    });
  }
  if (!isReady || context === null) return h('div', { class: 'host-charts', 'aria-busy': 'true' });
  return h(Fragment, null,
    h('div', { class: 'filter-group', role: 'group', 'aria-label': 'Time' },
      RANGES.map(({ value, label }) => h('button', {
        key: value, type: 'button', class: 'filter', 'aria-pressed': range.from === value, onClick: () => changeRange([{ from: value, to: 'now' }]),
      }, label)),
      ranges.length > 1 ? h(Button, { kind: 'quiet', icon: 'zoomOut', onClick: () => changeRange(ranges.slice(0, -1)) }, 'Zoom back') : null),
    h('div', { class: 'host-charts' }, panels.map((panel) => h(LiveChart, { key: panel.id, panel, charts, context, range }))));
}

/**
 * @param {TimeRange[]} ranges
 * @param {(ranges: TimeRange[]) => void} changeRange
 * @returns {import('../../types/app').PanelContext | null}
 */
function useContext(ranges, changeRange) {
  const colors = palette.value;
  const shownZone = zone.value;
  const [hide, setHide] = useState(/** @type {string[]} */ ([]));
  return useMemo(() => {
    const span = resolveRange(ranges.at(-1) ?? FIRST_RANGE, serverNowMs(), shownZone);
    if (!colors || !span) return null;
    return {
      span, zone: shownZone, palette: colors, hide, syncKey: 'host', onSpeak: speak, onHide: setHide,
      onZoom: (/** @type {import('../lib/time.js').Span} */ wanted) => changeRange([...ranges, { from: new Date(wanted.startMs).toISOString(), to: new Date(wanted.endMs).toISOString() }]),
      onZoomBack: () => (ranges.length > 1 ? changeRange(ranges.slice(0, -1)) : undefined),
    };
  }, [colors, shownZone, hide, ranges]);
}

/** @param {{panel: Panel, charts: HostCharts, context: import('../../types/app').PanelContext, range: TimeRange}} props */
function LiveChart({ panel, charts, context, range }) {
  const state = charts.states.get(panel.id);
  if (!state) return null;
  return h('div', { class: 'host-chart' }, h(PanelFrame, {
    panel, context, range, state: state.value, hasQuery: true, refreshMs: REFRESH_MS, isOffline: charts.isOffline.value, nowMs: nowMs.value,
    onVisible: () => undefined, onRetry: () => charts.refresh(),
  }));
}
