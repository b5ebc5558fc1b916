// What a host needs to send its samples here, by what sends them. Pure.

/**
 * @typedef {object} Connector
 * @property {string} value
 * @property {string} label
 * @property {string} text what to do with it
 * @property {(origin: string, secret: string) => string} command
 */

/** @type {Connector[]} */
export const CONNECTORS = [
  {
    value: 'agent',
    label: 'metricbox',
    text: 'With the metricbox program on the other host: its agent becomes a service that starts with the machine. Without systemd, or to try it: the second command, which runs until it is stopped.',
    command: (origin, secret) => `sudo metricbox agent install --server ${origin} --token ${secret}

METRICBOX_TOKEN=${secret} metricbox agent --server ${origin}`,
  },
  {
    value: 'telegraf',
    label: 'Telegraf',
    text: 'As /etc/telegraf/telegraf.conf, then restart Telegraf. The host is called as Telegraf calls it (its tag host).',
    command: (origin, secret) => `[agent]
  interval = "10s"
  flush_interval = "10s"

[[outputs.influxdb_v2]]
  urls = ["${origin}"]
  token = "${secret}"
  organization = "metricbox"
  bucket = "metricbox"

[[inputs.cpu]]
[[inputs.mem]]
[[inputs.swap]]
[[inputs.disk]]
  ignore_fs = ["tmpfs", "devtmpfs", "devfs", "iso9660", "overlay", "squashfs"]
[[inputs.diskio]]
[[inputs.net]]
[[inputs.system]]
[[inputs.processes]]
[[inputs.kernel]]
[[inputs.internal]]`,
  },
  {
    value: 'prometheus',
    label: 'Prometheus',
    text: 'In prometheus.yml of a Prometheus that scrapes node_exporter, then reload it. Hosts are called by their label instance.',
    command: (origin, secret) => `remote_write:
  - url: ${origin}/api/v1/write
    authorization:
      credentials: ${secret}

scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["localhost:9100"]`,
  },
  {
    value: 'curl',
    label: 'A script',
    text: 'One value, as a script or a cron job would send it. The tag host makes it a host.',
    command: (origin, secret) => `curl -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"metrics": [{"name": "temperature", "value": 21.5, "tags": {"host": "'"$(hostname)"'"}}]}' \\
  ${origin}/api/v1/metrics`,
  },
];

/**
 * Whether only this machine reaches the page's address.
 * @param {string} hostname
 */
export function isLocalOrigin(hostname) {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname === '::1' || /^127(\.\d+){3}$/.test(hostname);
}
