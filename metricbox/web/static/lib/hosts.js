// What the page of hosts says of them: states in words, order, thresholds, the day in a sentence. Pure.
import { formatAge, formatDuration } from './durations.js';
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
