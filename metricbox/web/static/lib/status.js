// The server's state in words: doors, reasons, and what somebody should look at. Pure.
import { durationInWords, formatAge, parseDuration } from './durations.js';

/** @typedef {import('../../types/app').Status} Status */
/** @typedef {{text: string, advice: string, href?: string, link?: string}} Finding */

/** @type {Record<string, string>} */
const DOORS = {
  agent: 'This box’s own agent',
  json: 'metricbox JSON and agents',
  influx_v1: 'Influx line protocol (v1)',
  influx_v2: 'Influx line protocol (v2)',
  influx_v3: 'Influx line protocol (v3)',
  influx_udp: 'Influx line protocol (UDP)',
  remote_write: 'Prometheus remote write',
  remote_write_2: 'Prometheus remote write 2.0',
  otlp: 'OpenTelemetry',
  pushgateway: 'Pushgateway',
  import_prometheus: 'Prometheus text',
  scrape: 'Scraped targets',
  graphite: 'Graphite',
  statsd: 'StatsD',
  opentsdb: 'OpenTSDB',
  collectd: 'collectd',
  import: 'Imports',
};

/** @type {Record<string, string>} */
const REASONS = {
  syntax: 'cannot be read',
  bad_series: 'a name or tag that cannot be stored',
  not_finite: 'no finite number (NaN, Inf)',
  null_value: 'null in place of a number',
  unsupported: 'a kind that cannot be stored',
  too_old: 'too old',
  too_new: 'from the future',
  series_limit: 'too many series',
  metric_series_limit: 'too many series of one metric',
  token_series_limit: 'too many series of one token',
  foreign_name: 'a metric that the token is not for',
  relabelled: 'dropped by a rule',
};

// Of what has stopped, not of what has never begun.
const LATE_RUNS = 3;
const RECENT_MS = 3_600_000;
const TIGHT_DISK = 2;

/** @param {string} source */
export function doorLabel(source) {
  return DOORS[source] ?? source.replaceAll('_', ' ');
}

/** @param {string} reason */
export function reasonLabel(reason) {
  return REASONS[reason] ?? reason.replaceAll('_', ' ');
}

/**
 * What somebody should look at, worst first; empty when all is well.
 * @param {Status} status
 * @param {number} nowMs
 * @returns {Finding[]}
 */
export function findTrouble(status, nowMs) {
  return [...diskFindings(status), ...alertFindings(status), ...jobFindings(status, nowMs), ...refusalFindings(status, nowMs), ...queueFindings(status)];
}

/** @param {Status} status @returns {Finding[]} */
function diskFindings({ disk }) {
  if (disk.freeBytes <= disk.reserveBytes) {
    return [{ text: 'The disk is full: new samples are refused', advice: 'Free space on it, or keep samples for a shorter time. Nothing that is stored is lost.' }];
  }
  if (disk.freeBytes <= disk.reserveBytes * TIGHT_DISK) {
    return [{ text: 'The disk is nearly full', advice: 'Under the reserve new samples are refused. Free space on it, or keep samples for a shorter time.' }];
  }
  return [];
}

/** @param {Status} status @returns {Finding[]} */
function alertFindings({ alerts }) {
  const findings = [];
  if (alerts.warning) findings.push({ text: alerts.warning, advice: 'Alert rules are not watched while this lasts. The log of metricbox says why.' });
  if (alerts.failing > 0) {
    findings.push({ text: `${alerts.failing === 1 ? 'An alert rule fails' : `${alerts.failing} alert rules fail`}`, advice: 'Its query cannot be answered, so it watches nothing.', href: '/alerts?tab=rules', link: 'Alert rules' });
  }
  return findings;
}

/** @param {Status} status @param {number} nowMs @returns {Finding[]} */
function jobFindings({ jobs, startedAt }, nowMs) {
  return jobs.flatMap((job) => {
    if (job.lastError) return [{ text: `The job ${job.name} failed: ${job.lastError}`, advice: 'It tries again by itself. When this stays, the log of metricbox says more.' }];
    const intervalMs = parseDuration(job.interval) ?? 0;
    const lastMs = Date.parse(job.lastSucceededAt ?? startedAt);
    if (!job.running && nowMs - lastMs > LATE_RUNS * intervalMs + RECENT_MS) {
      return [{ text: `The job ${job.name} has not run for ${formatAge(nowMs - lastMs)}`, advice: `It should run every ${durationInWords(intervalMs)}. Restart metricbox, and look into its log.` }];
    }
    return [];
  });
}

/** @param {Status} status @param {number} nowMs @returns {Finding[]} */
function refusalFindings({ refusals }, nowMs) {
  const recent = refusals.filter((one) => one.lastAt && nowMs - Date.parse(one.lastAt) < RECENT_MS && one.reason !== 'not_finite' && one.reason !== 'null_value' && one.reason !== 'relabelled');
  if (recent.length === 0) return [];
  const doors = [...new Set(recent.map((one) => doorLabel(one.source)))];
  return [{ text: `Samples were refused within the last hour: ${doors.join(', ')}`, advice: 'The table below says why, with the last example of each.', href: '#refused', link: 'What was refused' }];
}

/** @param {Status} status @returns {Finding[]} */
function queueFindings({ queue }) {
  if (queue.samples <= queue.limit / 2) return [];
  return [{ text: 'More comes in than the disk takes', advice: 'Senders are told to wait when the queue is full. A faster disk, or fewer samples, would help.' }];
}

/**
 * What one row of a tier takes; null for a tier whose rows are still in the database's file, which counts as the raw tier's.
 * @param {{rows: number, bytes: number}} tier
 */
export function bytesPerRow({ rows, bytes }) {
  return rows > 0 && bytes > 0 ? bytes / rows : null;
}

/**
 * Everything as text, for whoever helps. It holds no names of hosts, accounts or tokens.
 * @param {Status} status
 */
export function supportText(status) {
  const { version, startedAt, series, metrics, queue, disk, tiers, ingest, refusals, jobs, alerts } = status;
  const rows = [
    `metricbox ${version}, started ${startedAt}`,
    `${series} series, ${metrics} metrics, ${queue.samples} of ${queue.limit} samples queued`,
    `disk: ${disk.freeBytes} of ${disk.totalBytes} bytes free, reserve ${disk.reserveBytes}`,
    ...tiers.map((tier) => `${tier.table}: ${tier.rows} rows, ${tier.bytes} bytes, ${tier.chunks} chunks, ${tier.oldest ?? '-'} to ${tier.newest ?? '-'}, kept ${tier.retention}, ${tier.pendingInvalidations} waiting`),
    ...ingest.map((one) => `in by ${one.source}: ${one.accepted} taken, ${one.refused} refused`),
    ...refusals.map((one) => `refused by ${one.source}, ${one.reason}: ${one.samples}, last ${one.lastAt ?? '-'}`),
    ...jobs.map((job) => `job ${job.name}, every ${job.interval}: last ${job.lastSucceededAt ?? '-'}, ${job.lastDurationMs ?? '-'} ms${job.lastError ? `, ${job.lastError}` : ''}`),
    `alerts: ${alerts.rules} rules, ${alerts.failing} failing, ${alerts.firing} firing, ${alerts.pending} pending, ${alerts.queuedDeliveries} queued, last tick ${alerts.lastTickAt ?? '-'} (${alerts.lastDurationMs ?? '-'} ms)`,
  ];
  return rows.join('\n');
}
