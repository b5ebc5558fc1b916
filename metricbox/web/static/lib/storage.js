// What the storage page says: names of the tables, parts of the disk, when it will be full, what a change of retention does. Pure.
import { durationInWords, parseDuration } from './durations.js';

/** @typedef {import('../../types/app').Status} Status */
/** @typedef {import('../../types/app').TierStatus} TierStatus */
/** @typedef {import('../../types/app').TierPreview} TierPreview */
/** @typedef {import('../../types/app').QueryResult} QueryResult */
/** @typedef {{fullInMs: number, bytesPerDay: number, spanMs: number}} Forecast */

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** @type {Record<string, {label: string, choices: string[]}>} */
const TABLES = {
  metrics_raw: { label: 'Every sample', choices: ['1d', '3d', '7d', '14d', '30d', '90d'] },
  metrics_1min: { label: 'One row a minute', choices: ['7d', '30d', '90d', '180d', '365d'] },
  metrics_1hour: { label: 'One row an hour', choices: ['90d', '365d', '730d', '1825d', '3650d'] },
};

/** @param {string} table */
export function tableLabel(table) {
  return TABLES[table]?.label ?? table;
}

/**
 * Usual lengths for a table, with the one that it has.
 * @param {TierStatus} tier
 * @returns {{value: string, label: string}[]}
 */
export function retentionChoices({ table, retention }) {
  const all = new Map([...TABLES[table]?.choices ?? [], retention].map((text) => [parseDuration(text) ?? 0, text]));
  return [...all].sort(([left], [right]) => left - right).map(([ms, value]) => ({ value, label: durationInWords(ms) }));
}

/**
 * @param {Status} status
 * @returns {{own: number, others: number, free: number, total: number, reserve: number}} bytes; the first three make the total
 */
export function diskParts({ disk, tiers }) {
  const used = Math.max(0, disk.totalBytes - disk.freeBytes);
  const own = Math.min(used, tiers.reduce((sum, tier) => sum + tier.bytes, 0));
  return { own, others: used - own, free: disk.freeBytes, total: disk.totalBytes, reserve: disk.reserveBytes };
}

// Less says nothing: a day has its own ups and downs.
const LEAST_POINTS = 24;
const LEAST_SPAN_MS = 2 * DAY_MS;
// What has stopped reporting tells nothing of now.
const STALE_MS = 3 * HOUR_MS;
// Further than this nothing goes on "at this rate".
const FURTHEST_MS = 5 * 365 * DAY_MS;
// Two answers of moments apart, for one disk.
const SAME_DISK = 0.05;

/**
 * When the free space reaches the reserve, by the slope of the last days; null when they are too few, too restless, or do not fall.
 * @param {QueryResult | null} result of api/storage.js readFreeSpace
 * @param {Status['disk']} disk
 * @param {number} nowMs
 * @returns {Forecast | null}
 */
export function forecastDisk(result, disk, nowMs) {
  const left = disk.freeBytes - disk.reserveBytes;
  const points = result ? ownPoints(result, disk, nowMs) : [];
  const spanMs = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
  if (left <= 0 || points.length < LEAST_POINTS || spanMs < LEAST_SPAN_MS) return null;
  const slope = middleSlope(points);
  const offsets = points.map(([ms, bytes]) => bytes - slope * ms);
  const level = middle(offsets);
  const noise = middle(offsets.map((offset) => Math.abs(offset - level)));
  if (slope >= 0 || -slope * spanMs <= 2 * noise || left / -slope > FURTHEST_MS) return null;
  return { fullInMs: left / -slope, bytesPerDay: -slope * DAY_MS, spanMs };
}

/**
 * The series that is of this disk: its newest value is what the disk has now. Of several the longest, since a box may have got another name.
 * @param {QueryResult} result
 * @param {Status['disk']} disk
 * @param {number} nowMs
 * @returns {[number, number][]} time and bytes
 */
function ownPoints({ times, series }, disk, nowMs) {
  const found = series.map(({ values }) => {
    const points = times.flatMap((ms, index) => {
      const value = values[index];
      return typeof value === 'number' ? [/** @type {[number, number]} */ ([ms, value])] : [];
    });
    const [lastMs = 0, last = 0] = points.at(-1) ?? [];
    if (nowMs - lastMs <= STALE_MS && Math.abs(last - disk.freeBytes) <= SAME_DISK * disk.freeBytes) return points;
    return [];
  });
  return found.sort((left, right) => right.length - left.length)[0] ?? [];
}

/**
 * The median of the slopes between all pairs (Theil and Sen): a file that somebody deleted once does not tilt it.
 * @param {[number, number][]} points
 */
function middleSlope(points) {
  const slopes = [];
  for (const [index, [leftMs, left]] of points.entries()) {
    for (const [rightMs, right] of points.slice(index + 1)) slopes.push((right - left) / (rightMs - leftMs));
  }
  return middle(slopes);
}

/** @param {number[]} values not empty */
function middle(values) {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

/** "41 days", "30 hours": rounded down, so that nobody comes late. @param {number} ms */
export function roughly(ms) {
  if (ms < HOUR_MS) return 'less than an hour';
  const [size, word] = ms < 2 * DAY_MS ? [HOUR_MS, 'hour'] : ms < 2 * 365 * DAY_MS ? [DAY_MS, 'day'] : [365 * DAY_MS, 'year'];
  const amount = Math.floor(ms / Number(size));
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}

/**
 * What a table will take once it reaches back as far as it may, at the rate of what it has; null when it has too little to tell.
 * @param {TierStatus} tier
 * @param {number} retentionMs
 */
export function expectedBytes({ oldest, newest, bytes }, retentionMs) {
  const spanMs = oldest && newest ? Date.parse(newest) - Date.parse(oldest) : 0;
  return spanMs < DAY_MS ? null : bytes / spanMs * retentionMs;
}

/**
 * Ends of sentences of the server, as sentences at the field.
 * @param {string} message
 */
export function retentionSentence(message) {
  return message.startsWith('it must ') ? `I${message.slice(1)}` : message;
}
