// What the page of hosts says of them: states in words, order, thresholds, the day in a sentence. Pure.
import { formatAge, formatDuration } from './durations.js';
import { formatValue } from './format.js';
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {'name' | 'state' | 'cpu' | 'memory' | 'disk' | 'load' | 'network' | 'seen'} HostOrder */
/** @typedef {'all' | Host['state']} HostFilter */

/** @type {Record<Host['state'], {label: string, icon: string, severity: 'ok' | 'warning' | 'critical', rank: number}>} */
export const HOST_STATES = {
  silent: { label: 'Silent', icon: 'critical', severity: 'critical', rank: 0 },
  late: { label: 'Late', icon: 'warning', severity: 'warning', rank: 1 },
  up: { label: 'Up', icon: 'check', severity: 'ok', rank: 2 },
};

/** @type {{value: HostOrder, label: string, isDescending: boolean}[]} */
export const HOST_ORDERS = [
  { value: 'name', label: 'Name', isDescending: false },
  { value: 'state', label: 'Silent first', isDescending: false },
  { value: 'cpu', label: 'CPU', isDescending: true },
  { value: 'memory', label: 'Memory', isDescending: true },
  { value: 'disk', label: 'Disk', isDescending: true },
  { value: 'load', label: 'Load', isDescending: true },
  { value: 'network', label: 'Network', isDescending: true },
  { value: 'seen', label: 'Last seen', isDescending: true },
];

export const WARNING_PERCENT = 80;
export const CRITICAL_PERCENT = 95;
/** A clock that is further off shows false times in charts. */
export const SKEW_MS = 10_000;

/**
 * @param {number | null | undefined} percent
 * @returns {'warning' | 'critical' | null}
 */
export function severityOfPercent(percent) {
  if (percent === null || percent === undefined || percent < WARNING_PERCENT) return null;
  return percent < CRITICAL_PERCENT ? 'warning' : 'critical';
}

/**
 * @param {Host} host
 * @param {HostOrder} order
 * @returns {number | null}
 */
function rankOf(host, order) {
  switch (order) {
    case 'state': return HOST_STATES[host.state].rank;
    case 'cpu': return host.cpuPercent ?? null;
    case 'memory': return host.memoryPercent ?? null;
    case 'disk': return host.diskPercent ?? null;
    case 'load': return host.load1 ?? null;
    case 'network': return host.networkBytesPerS ?? null;
    case 'seen': return host.lastSeenMs;
    default: return 0;
  }
}

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * Those without a figure come last, whichever way round; those that are alike by name.
 * @param {readonly Host[]} list
 * @param {{filter: HostFilter, search: string, order: HostOrder, isDescending: boolean}} wish
 * @returns {Host[]}
 */
export function chooseHosts(list, { filter, search, order, isDescending }) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const sign = isDescending ? -1 : 1;
  return list
    .filter((host) => filter === 'all' || host.state === filter)
    .filter((host) => words.every((word) => host.name.toLowerCase().includes(word)))
    .map((host) => ({ host, rank: rankOf(host, order) }))
    .sort((left, right) => {
      if ((left.rank === null) !== (right.rank === null)) return left.rank === null ? 1 : -1;
      const difference = (left.rank ?? 0) - (right.rank ?? 0);
      if (difference !== 0) return sign * difference;
      return (order === 'name' ? sign : 1) * byName.compare(left.host.name, right.host.name);
    })
    .map(({ host }) => host);
}

/** @param {readonly Host[]} list */
export function countStates(list) {
  const counts = { all: list.length, up: 0, late: 0, silent: 0 };
  for (const host of list) counts[host.state] += 1;
  return counts;
}

const SOURCES = {
  metricbox: 'metricbox', node_exporter: 'node_exporter', windows_exporter: 'windows_exporter', collectd: 'collectd', telegraf: 'Telegraf', other: 'pushed',
};

/** Who reports a host, and how often. @param {Host} host */
export function describeSource(host) {
  const parts = [SOURCES[host.source]];
  if (host.agentVersion) parts.push(visibleText(host.agentVersion));
  const name = parts.join(' ');
  return host.intervalMs ? `${name}, every ${formatDuration(roundInterval(host.intervalMs))}` : name;
}

/** 9,998 ms is 10 s to a person. @param {number} ms */
function roundInterval(ms) {
  return ms < 1000 ? ms : Math.round(ms / 1000) * 1000;
}

/** @param {Host} host @returns {string} "" while its clock is good, as far as is known */
export function describeSkew(host) {
  const skewMs = host.clockSkewMs ?? 0;
  if (Math.abs(skewMs) <= SKEW_MS) return '';
  return `Its clock is ${formatAge(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`;
}

/** @param {Host} host */
function droppedSamples(host) {
  return Object.entries(host.droppedSamples ?? {}).filter(([, samples]) => samples > 0);
}

/** @param {Host} host @returns {string} "" while its agent has lost nothing, as far as is known */
export function describeDrops(host) {
  const total = droppedSamples(host).reduce((sum, [, samples]) => sum + samples, 0);
  return total === 0 ? '' : `Its agent dropped ${total.toLocaleString()} ${total === 1 ? 'sample' : 'samples'} in the last 24 hours`;
}

/** @type {Record<string, {why: string, advice: string}>} */
const DROP_REASONS = {
  spool_full: {
    why: 'the spool was full, so the oldest went first',
    advice: 'metricbox was out of reach for longer than the agent can store. Look into the way between them; --spool-size makes the spool larger.',
  },
  refused: { why: 'metricbox refused them', advice: 'The status page says why under "What was refused", and the log of the agent has the same words.' },
  damaged: { why: 'its files could not be read back', advice: 'The disk or file system of the host lost them. Look into its disk, and whether it was cut off from power.' },
};

/**
 * Why samples were lost and what to do, most first.
 * @param {Host} host
 * @returns {{text: string, advice: string, href?: string, link?: string}[]}
 */
export function adviseDrops(host) {
  return droppedSamples(host).sort(([, left], [, right]) => right - left).map(([reason, samples]) => {
    const { why, advice } = DROP_REASONS[reason] ?? { why: visibleText(reason), advice: 'The log of the agent says more.' };
    const text = `${samples.toLocaleString()} ${samples === 1 ? 'sample' : 'samples'} dropped: ${why}`;
    return reason === 'refused' ? { text, advice, href: '/settings/status', link: 'Status' } : { text, advice };
  });
}

// In a good hour there is a batch or two on its way.
const MANY_BATCHES = 10;
const MANY_BYTES = 4 << 20;

/** What an agent has not got rid of; "" while that is as usual. @param {Host} host */
export function describeSpool(host) {
  const batches = host.spoolBatches ?? 0;
  const bytes = host.spoolBytes ?? 0;
  if (batches < MANY_BATCHES && (bytes < MANY_BYTES || batches < 2)) return '';
  return `${batches.toLocaleString()} ${batches === 1 ? 'batch' : 'batches'}, ${formatValue(bytes, 'bytes')}`;
}

const TICK_WORDS = /** @type {const} */ ([['ok', 'good'], ['late', 'with samples missing'], ['silent', 'silent'], ['none', 'before it was known']]);

/**
 * The last day as a sentence: what the strip shows to those who see it.
 * @param {readonly Host['ticks'][number][]} ticks
 */
export function describeTicks(ticks) {
  const parts = TICK_WORDS.map(([state, words]) => ({ words, count: ticks.filter((tick) => tick === state).length })).filter(({ count }) => count > 0);
  return `Last ${ticks.length} hours: ${parts.map(({ words, count }) => `${count} ${words}`).join(', ')}`;
}

/**
 * "4 s ago", ticking; lists elsewhere say "just now" for that, which is too coarse here.
 * @param {number} lastSeenMs
 * @param {number} nowMs
 */
export function describeSeen(lastSeenMs, nowMs) {
  const ageMs = Math.max(0, nowMs - lastSeenMs);
  return ageMs < 1000 ? 'now' : `${formatAge(ageMs)} ago`;
}
