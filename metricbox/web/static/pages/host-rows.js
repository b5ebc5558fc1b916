// The hosts as a table or as tiles. Of a long list only what is near the window is in the page.
import { Fragment, h, useLayoutEffect, useRef, useState } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { Sparkline } from '../ui/sparkline.js';
import { TickStrip } from '../ui/tick-strip.js';
import { serverNowMs } from '../api/client.js';
import { formatValue } from '../lib/format.js';
import { describeDrops, describeSeen, describeSkew, describeSource, describeTicks, HOST_STATES, severityOfPercent } from '../lib/hosts.js';
import { visibleText } from '../lib/labels.js';
import { formatDateTime } from '../lib/time.js';
import { nowMs } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {import('../lib/hosts.js').HostOrder} Order */

/**
 * @typedef {object} HostRowsProps
 * @property {Host[]} hosts
 * @property {boolean} isTiles
 * @property {Order} order
 * @property {boolean} isDescending
 * @property {(order: Order) => void} onSort
 * @property {(name: string) => void} onOpen
 */

// As in hosts.css: rows of one height are what makes the place of each known.
const ROW_PX = 52;
const TILE_PX = 152;
const TILE_MIN_PX = 300;
const GAP_PX = 12;
// Up to here all of them are in the page: the browser's own search finds them.
const WHOLE_MAX = 100;
const SPARE_PX = 600;
// Drawn from its least to its most, a flat trend would look like mountains.
const WHOLE = { min: 0, max: 100 };

/** @param {HostRowsProps} props */
export function HostRows(props) {
  return props.isTiles ? h(Tiles, props) : h(Table, props);
}

/**
 * Which lines of a list are near the window.
 * @param {number} count lines
 * @param {number} linePx
 * @param {boolean} isWhole
 */
function useLines(count, linePx, isWhole) {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 800, width: 0 });
  useLayoutEffect(() => {
    const read = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setView({ top: -box.top, height: window.innerHeight, width: box.width });
    };
    read();
    const observer = new ResizeObserver(read);
    if (element.current) observer.observe(element.current);
    const abort = new AbortController();
    window.addEventListener('scroll', read, { passive: true, signal: abort.signal });
    window.addEventListener('resize', read, { signal: abort.signal });
    return () => {
      abort.abort();
      observer.disconnect();
    };
  }, []);
  const first = isWhole ? 0 : Math.min(Math.max(0, Math.floor((view.top - SPARE_PX) / linePx)), Math.max(0, count - 1));
  const end = isWhole ? count : Math.min(count, Math.max(first + 1, Math.ceil((view.top + view.height + SPARE_PX) / linePx)));
  return { ref: (/** @type {HTMLElement | null} */ found) => { element.current = found; }, first, end, width: view.width };
}

/** @type {{key: string, label: string, order: Order | null, isEnd?: boolean}[]} */
const COLUMNS = [
  { key: 'name', label: 'Host', order: 'name' },
  { key: 'state', label: 'State', order: 'state' },
  { key: 'cpu', label: 'CPU', order: 'cpu' },
  { key: 'memory', label: 'Memory', order: 'memory' },
  { key: 'disk', label: 'Disk', order: 'disk' },
  { key: 'load', label: 'Load', order: 'load', isEnd: true },
  { key: 'network', label: 'Network', order: 'network', isEnd: true },
  { key: 'ticks', label: 'Last 24 hours', order: null },
  { key: 'seen', label: 'Last seen', order: 'seen', isEnd: true },
];

/** @param {HostRowsProps} props */
function Table({ hosts, order, isDescending, onSort, onOpen }) {
  const isWhole = hosts.length <= WHOLE_MAX;
  const { ref, first, end } = useLines(hosts.length, ROW_PX, isWhole);
  return h('div', { class: 'table-scroll hosts-scroll', ref }, h('table', { class: 'table hosts', 'aria-rowcount': hosts.length + 1 },
    h('caption', { class: 'only-spoken' }, 'Hosts'),
    h('thead', null, h('tr', { 'aria-rowindex': 1 }, COLUMNS.map((column) => h('th', {
      key: column.key, scope: 'col', class: `is-${column.key}${column.isEnd ? ' is-end' : ''}`,
      'aria-sort': column.order !== order ? undefined : isDescending ? 'descending' : 'ascending',
    }, column.order === null ? column.label : h(SortButton, { column, order, isDescending, onSort }))))),
    h('tbody', null,
      h(Space, { key: 'above', lines: first }),
      hosts.slice(first, end).map((host, offset) => h(Row, { key: host.name, host, index: first + offset, onOpen })),
      h(Space, { key: 'below', lines: hosts.length - end }))));
}

/** @param {{column: typeof COLUMNS[number], order: Order, isDescending: boolean, onSort: (order: Order) => void}} props */
function SortButton({ column, order, isDescending, onSort }) {
  return h('button', { type: 'button', class: 'hosts-sort', onClick: () => column.order && onSort(column.order) },
    column.label, column.order === order ? h(Icon, { name: isDescending ? 'down' : 'up', size: 12 }) : null);
}

/** @param {{lines: number}} props */
function Space({ lines }) {
  return lines > 0 ? h('tr', { class: 'hosts-space', 'aria-hidden': 'true' }, h('td', { colSpan: COLUMNS.length, style: { height: `${lines * ROW_PX}px` } })) : null;
}

/** @param {{host: Host, index: number, onOpen: (name: string) => void}} props */
function Row({ host, index, onOpen }) {
  return h('tr', { class: `host is-${host.state}`, 'aria-rowindex': index + 2, onClick: opener(host, onOpen) },
    h('td', { class: 'is-name' }, h(Name, { host })),
    h('td', { class: 'is-state' }, h(State, { state: host.state })),
    h('td', null, h(Share, { name: 'CPU', percent: host.cpuPercent, trend: host.trends.cpuPercent })),
    h('td', null, h(Share, { name: 'Memory', percent: host.memoryPercent, trend: host.trends.memoryPercent })),
    h('td', null, h(Share, { name: 'Disk', percent: host.diskPercent, trend: host.trends.diskPercent })),
    h('td', { class: 'is-end' }, formatValue(host.load1, 'none', { decimals: 2 })),
    h('td', { class: 'is-end' }, formatValue(host.networkBytesPerS, 'bytesPerSec')),
    h('td', null, h(TickStrip, { ticks: host.ticks, text: describeTicks(host.ticks) })),
    h('td', { class: 'is-end' }, h(Seen, { host })));
}

/** @param {HostRowsProps} props */
function Tiles({ hosts, onOpen }) {
  const isWhole = hosts.length <= WHOLE_MAX;
  const [columns, setColumns] = useState(1);
  const lines = Math.ceil(hosts.length / columns);
  const { ref, first, end, width } = useLines(lines, TILE_PX + GAP_PX, isWhole);
  useLayoutEffect(() => setColumns(Math.max(1, Math.floor((width + GAP_PX) / (TILE_MIN_PX + GAP_PX)))), [width]);
  const above = first * (TILE_PX + GAP_PX);
  const below = (lines - end) * (TILE_PX + GAP_PX);
  return h('ul', {
    class: 'host-tiles', ref, 'aria-label': 'Hosts', style: { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, paddingTop: `${above}px`, paddingBottom: `${below}px` },
  }, hosts.slice(first * columns, end * columns).map((host, offset) => h('li', {
    key: host.name, class: `host-tile is-${host.state}`, 'aria-setsize': hosts.length, 'aria-posinset': first * columns + offset + 1,
    onClick: opener(host, onOpen),
  },
    h('div', { class: 'host-tile-head' }, h(Name, { host }), h(State, { state: host.state })),
    h('div', { class: 'host-tile-shares' },
      h(Share, { name: 'CPU', percent: host.cpuPercent, trend: host.trends.cpuPercent, isNamed: true }),
      h(Share, { name: 'Memory', percent: host.memoryPercent, trend: host.trends.memoryPercent, isNamed: true }),
      h(Share, { name: 'Disk', percent: host.diskPercent, trend: host.trends.diskPercent, isNamed: true })),
    h('div', { class: 'host-tile-foot' },
      h(TickStrip, { ticks: host.ticks, text: describeTicks(host.ticks) }),
      h(Seen, { host })))));
}

/**
 * A click anywhere on a row or tile; the link in it is for the keyboard, and for a new tab.
 * @param {Host} host
 * @param {(name: string) => void} onOpen
 */
function opener(host, onOpen) {
  return (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || document.getSelection()?.type === 'Range') return;
    event.preventDefault();
    onOpen(host.name);
  };
}

/** @param {{host: Host}} props */
function Name({ host }) {
  const name = visibleText(host.name);
  const marks = /** @type {const} */ ([['warning', describeDrops(host)], ['clock', describeSkew(host)]]).filter(([, text]) => text !== '');
  return h(Fragment, null,
    h('a', { class: 'host-link', href: `/hosts?host=${encodeURIComponent(host.name)}`, title: name }, name),
    marks.length === 0 ? null : h('span', { class: 'host-marks' }, marks.map(([icon, text]) => h('span', { key: icon, title: text }, h(Icon, { name: icon, size: 14, label: text })))),
    h('span', { class: 'host-source' }, describeSource(host)));
}

/** @param {{state: Host['state']}} props */
export function State({ state }) {
  const { label, icon, severity } = HOST_STATES[state];
  return h('span', { class: `host-state is-${severity}` }, h(Icon, { name: icon, size: 15 }), label);
}

/** @param {{name: string, percent: number | null | undefined, trend: (number | null)[], isNamed?: boolean}} props */
function Share({ name, percent, trend, isNamed = false }) {
  const severity = severityOfPercent(percent);
  const text = formatValue(percent, 'percent', { decimals: 0 });
  const width = `${Math.min(100, Math.max(0, percent ?? 0))}%`;
  return h('span', { class: `host-share${severity === null ? '' : ` is-${severity}`}` },
    h('span', { class: 'host-share-text' },
      isNamed ? h('span', { class: 'host-share-name' }, name) : null,
      severity === null ? null : h(Icon, { name: severity, size: 13, label: severity }),
      h('span', { class: 'host-share-number' }, percent === null || percent === undefined ? h(Fragment, null, h('span', { 'aria-hidden': 'true' }, text), h('span', { class: 'only-spoken' }, 'no data')) : text)),
    h(Sparkline, { values: trend, className: 'host-trend', bounds: WHOLE }),
    h('span', { class: 'host-bar', 'aria-hidden': 'true' }, h('span', { class: 'host-bar-fill', style: { width } })));
}

/** Ticks by itself, so that a second redraws this text and no row. @param {{host: Host}} props */
export function Seen({ host }) {
  // By the server's clock, which the times are of; the page's own may be off.
  const clockMs = nowMs.value + serverNowMs() - Date.now();
  return h('time', { class: 'host-seen', dateTime: new Date(host.lastSeenMs).toISOString(), title: formatDateTime(host.lastSeenMs, preferredZone.value) },
    describeSeen(host.lastSeenMs, clockMs));
}
