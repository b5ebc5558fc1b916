// The six charts of a host, by who reports it. Pure.
import { quoteText } from './promql-text.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').PanelQuery} PanelQuery */

const THRESHOLDS = [{ value: 80, severity: /** @type {const} */ ('warning') }, { value: 95, severity: /** @type {const} */ ('critical') }];
const PERCENT = { unit: 'percent', min: 0, max: 100, thresholds: THRESHOLDS };
const REAL_DISK = 'fstype!~"tmpfs|ramfs|devtmpfs|squashfs|iso9660|erofs|autofs|nsfs|fuse.lxcfs"';
const REAL_DEVICE = '!~"lo|veth.*|docker.*|br-.*|virbr.*|cali.*|cni.*|flannel.*|ifb.*|all|interface"';

/** Dashboards of the library that show one host, by who reports it. @type {Partial<Record<Host['source'], string>>} */
export const HOST_DASHBOARDS = { metricbox: 'host', node_exporter: 'node-exporter', telegraf: 'telegraf' };

/**
 * @param {string} is the condition on the host
 * @returns {Record<string, PanelQuery[]>}
 */
function nodeQueries(is) {
  const cpu = `100 * (1 - avg(rate(node_cpu_seconds_total{mode=~"idle", ${is}}[$__rate_interval])))`;
  const free = `sum(node_memory_MemAvailable_bytes{${is}}) / sum(node_memory_MemTotal_bytes{${is}})`;
  const usable = `(node_filesystem_size_bytes{${is}, ${REAL_DISK}} - node_filesystem_free_bytes{${is}, ${REAL_DISK}} + node_filesystem_avail_bytes{${is}, ${REAL_DISK}})`;
  return {
    cpu: [{ query: cpu, legend: 'busy' }],
    memory: [{ query: `100 * (1 - ${free})`, legend: 'used' }],
    disk: [{ query: `100 * (1 - node_filesystem_avail_bytes{${is}, ${REAL_DISK}} / ${usable})`, legend: '{{mountpoint}}' }],
    network: [
      { query: `sum by (device) (rate(node_network_receive_bytes_total{${is}, device${REAL_DEVICE}}[$__rate_interval]))`, legend: '{{device}} in' },
      { query: `-sum by (device) (rate(node_network_transmit_bytes_total{${is}, device${REAL_DEVICE}}[$__rate_interval]))`, legend: '{{device}} out' },
    ],
    load: [{ query: `node_load1{${is}}`, legend: '1 minute' }, { query: `node_load5{${is}}`, legend: '5 minutes' }, { query: `node_load15{${is}}`, legend: '15 minutes' }],
    io: [
      { query: `sum by (device) (rate(node_disk_read_bytes_total{${is}}[$__rate_interval]))`, legend: '{{device}} read' },
      { query: `-sum by (device) (rate(node_disk_written_bytes_total{${is}}[$__rate_interval]))`, legend: '{{device}} written' },
    ],
  };
}

/**
 * @param {string} is
 * @returns {Record<string, PanelQuery[]>}
 */
function metricboxQueries(is) {
  return {
    ...nodeQueries(is),
    cpu: [{ query: `100 * metricbox_host_cpu_busy_ratio{${is}}`, legend: 'busy' }],
    memory: [{ query: `100 * metricbox_host_memory_used_ratio{${is}}`, legend: 'used' }],
    // The root of a container is an overlay, which node_exporter leaves out.
    disk: [{ query: `100 * metricbox_host_filesystem_used_ratio{${is}, ${REAL_DISK}}`, legend: '{{mountpoint}}' }],
  };
}

/**
 * Telegraf calls a disk's tag `name`, which in a legend is the metric's.
 * @param {string} sign
 * @param {string} metric
 * @param {string} is
 */
function diskOf(sign, metric, is) {
  return `${sign}sum by (disk) (label_replace(rate(${metric}{${is}}[$__rate_interval]), "disk", "$1", "name", "(.+)"))`;
}

/**
 * @param {string} is
 * @returns {Record<string, PanelQuery[]>}
 */
function telegrafQueries(is) {
  return {
    cpu: [{ query: `100 - avg(cpu_usage_idle{cpu="cpu-total", ${is}})`, legend: 'busy' }],
    memory: [{ query: `avg(mem_used_percent{${is}})`, legend: 'used' }],
    disk: [{ query: `max by (path) (disk_used_percent{${is}, ${REAL_DISK}})`, legend: '{{path}}' }],
    network: [
      { query: `sum by (interface) (rate(net_bytes_recv{${is}, interface${REAL_DEVICE}}[$__rate_interval]))`, legend: '{{interface}} in' },
      { query: `-sum by (interface) (rate(net_bytes_sent{${is}, interface${REAL_DEVICE}}[$__rate_interval]))`, legend: '{{interface}} out' },
    ],
    load: [{ query: `system_load1{${is}}`, legend: '1 minute' }, { query: `system_load5{${is}}`, legend: '5 minutes' }, { query: `system_load15{${is}}`, legend: '15 minutes' }],
    io: [
      { query: diskOf('', 'diskio_read_bytes', is), legend: '{{disk}} read' },
      { query: diskOf('-', 'diskio_write_bytes', is), legend: '{{disk}} written' },
    ],
  };
}

/** @type {Partial<Record<Host['source'], (is: string) => Record<string, PanelQuery[]>>>} */
const QUERIES = { metricbox: metricboxQueries, node_exporter: nodeQueries, telegraf: telegrafQueries };

/** @type {{key: string, title: string, type: Panel['type'], options: Panel['options']}[]} */
const CHARTS = [
  { key: 'cpu', title: 'CPU', type: 'line', options: PERCENT },
  { key: 'memory', title: 'Memory', type: 'line', options: PERCENT },
  { key: 'disk', title: 'Disk', type: 'line', options: PERCENT },
  { key: 'network', title: 'Network', type: 'area', options: { unit: 'bytesPerSec', description: 'What comes in is above zero, what goes out below.' } },
  { key: 'load', title: 'Load', type: 'line', options: { min: 0, decimals: 2 } },
  { key: 'io', title: 'Disk reads and writes', type: 'area', options: { unit: 'bytesPerSec', description: 'What is read is above zero, what is written below.' } },
];

/**
 * @param {Host} host
 * @returns {Panel[]} none when nothing is known of how its source names things
 */
export function hostPanels(host) {
  const queries = QUERIES[host.source]?.(`${host.tag}=${quoteText(host.name)}`);
  if (!queries) return [];
  return CHARTS.map(({ key, title, type, options }, index) => ({
    id: `host-${key}`, dashboardId: '', title, type, query: queries[key] ?? [], options,
    position: { x: (index % 2) * 6, y: Math.floor(index / 2) * 3, w: 6, h: 3 },
  }));
}
