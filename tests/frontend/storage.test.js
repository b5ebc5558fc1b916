// What the storage page says of tables, disk and retention.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskParts, expectedBytes, forecastDisk, retentionChoices, retentionSentence, roughly, tableLabel } from '../../metricbox/web/static/lib/storage.js';

/** @typedef {import('../../metricbox/web/types/app').TierStatus} TierStatus */
/** @typedef {import('../../metricbox/web/types/app').Status} Status */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.parse('2026-11-25T10:00:00Z');
const GB = 1e9;

/** @param {Partial<TierStatus>} changes @returns {TierStatus} */
function tier(changes = {}) {
  return {
    table: 'metrics_raw', chunks: 1, rows: 10, bytes: 100, oldest: '2026-11-20T10:00:00Z', newest: '2026-11-25T10:00:00Z', retention: '7d', longestLife: '7d2h10m', watermark: null,
    pendingInvalidations: 0, ...changes,
  };
}

/**
 * Free space by the hour, ending now.
 * @param {number} hours
 * @param {(hour: number) => number | null} at
 */
function falling(hours, at) {
  const times = Array.from({ length: hours }, (_, hour) => NOW_MS - (hours - 1 - hour) * HOUR_MS);
  return { times, series: [{ name: 'metricbox_disk_free_bytes', tags: {}, values: times.map((_, hour) => at(hour)) }] };
}

const DISK = { freeBytes: 50 * GB, totalBytes: 100 * GB, reserveBytes: 10 * GB };
/** A gigabyte a day, to 50. @param {number} hours */
const steady = (hours) => (/** @type {number} */ hour) => 50 * GB + (hours - 1 - hour) / 24 * GB;

test('a disk that falls steadily is full when the reserve is reached', () => {
  const forecast = forecastDisk(falling(168, steady(168)), DISK, NOW_MS);
  assert.ok(forecast);
  assert.equal(Math.round(forecast.fullInMs / DAY_MS), 40);
  assert.equal(Math.round(forecast.bytesPerDay / 1e6), 1000);
  assert.equal(roughly(forecast.spanMs), '6 days');
});

test('a file that was deleted once does not tilt it, nor do gaps', () => {
  const fall = steady(168);
  const forecast = forecastDisk(falling(168, (hour) => (hour % 10 === 0 ? null : (fall(hour)) - (hour < 20 ? 8 * GB : 0))), DISK, NOW_MS);
  assert.equal(Math.round((forecast?.fullInMs ?? 0) / DAY_MS / 4), 10);
});

test('nothing is said of a disk that is not known well enough', () => {
  const whole = falling(168, steady(168));
  assert.equal(forecastDisk(null, DISK, NOW_MS), null);
  assert.equal(forecastDisk({ times: [], series: [] }, DISK, NOW_MS), null);
  assert.equal(forecastDisk(falling(40, steady(40)), DISK, NOW_MS), null, 'too short');
  assert.equal(forecastDisk(falling(168, (hour) => (hour % 24 === 23 ? steady(168)(hour) : null)), DISK, NOW_MS), null, 'too few');
  assert.equal(forecastDisk(whole, DISK, NOW_MS + 4 * HOUR_MS), null, 'not reported any more');
  assert.equal(forecastDisk(whole, { ...DISK, freeBytes: 60 * GB }, NOW_MS), null, 'of another disk');
  assert.equal(forecastDisk(whole, { ...DISK, reserveBytes: 50 * GB }, NOW_MS), null, 'full already');
});

test('nothing is said of a disk that does not fall, only trembles, or falls for decades', () => {
  assert.equal(forecastDisk(falling(168, (hour) => 100 * GB - steady(168)(hour)), DISK, NOW_MS), null);
  assert.equal(forecastDisk(falling(168, () => 50 * GB), DISK, NOW_MS), null);
  assert.equal(forecastDisk(falling(168, (hour) => 50 * GB + (hour % 2 ? 1 : -1) * GB - hour * 1e6), DISK, NOW_MS), null);
  assert.equal(forecastDisk(falling(168, (hour) => 50 * GB + (167 - hour) * 1e5), DISK, NOW_MS), null);
});

test('of several disks it is the one that has as much free as this one', () => {
  const own = falling(168, steady(168));
  const other = { name: 'metricbox_disk_free_bytes', tags: { instance: 'b' }, values: own.times.map((_, hour) => 900 * GB - hour * GB) };
  // Under the name that the box has since an hour.
  const renamed = { name: 'metricbox_disk_free_bytes', tags: { instance: 'c' }, values: own.times.map((_, hour) => (hour === 167 ? 50 * GB : null)) };
  const both = { times: own.times, series: [other, renamed, ...own.series] };
  assert.equal(Math.round((forecastDisk(both, DISK, NOW_MS)?.fullInMs ?? 0) / DAY_MS), 40);
});

test('lengths of time are rounded down', () => {
  assert.deepEqual([HOUR_MS - 1, HOUR_MS, 47 * HOUR_MS, 2 * DAY_MS, 41.9 * DAY_MS, 800 * DAY_MS].map(roughly), ['less than an hour', '1 hour', '47 hours', '2 days', '41 days', '2 years']);
});

test('the parts of the disk make its total', () => {
  const status = /** @type {Status} */ (/** @type {unknown} */ ({ disk: DISK, tiers: [tier({ bytes: 3 * GB }), tier({ bytes: GB })] }));
  assert.deepEqual(diskParts(status), { own: 4 * GB, others: 46 * GB, free: 50 * GB, total: 100 * GB, reserve: 10 * GB });
  // What was written since the disk was looked at.
  assert.equal(diskParts({ ...status, tiers: [tier({ bytes: 80 * GB })] }).others, 0);
});

test('usual lengths are in order, with the one that a table has', () => {
  assert.deepEqual(retentionChoices(tier({ retention: '10d' })).map((one) => one.label), ['1 day', '3 days', '7 days', '10 days', '14 days', '30 days', '90 days']);
  assert.equal(retentionChoices(tier({ retention: '168h' })).length, 6);
  assert.deepEqual(retentionChoices(tier({ table: 'other', retention: '5d' })), [{ value: '5d', label: '5 days' }]);
  assert.equal(tableLabel('other'), 'other');
});

test('what a table will take is told once it has a day', () => {
  assert.equal(expectedBytes(tier({ bytes: 500 }), 30 * DAY_MS), 3000);
  assert.equal(expectedBytes(tier({ oldest: '2026-11-25T09:00:00Z' }), DAY_MS), null);
  assert.equal(expectedBytes(tier({ oldest: null }), DAY_MS), null);
});

test('the server’s words stand as sentences', () => {
  assert.equal(retentionSentence('it must be at least 4h'), 'It must be at least 4h');
  assert.equal(retentionSentence('metrics_1min must be kept longer'), 'metrics_1min must be kept longer');
});
