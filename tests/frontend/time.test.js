import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAge, durationInWords, formatAge, formatDuration, parseDuration } from '../../metricbox/web/static/lib/durations.js';
import { describeRange, formatDateTime, formatTicks, isRelative, moveSpan, parseTime, requestRange, resolveRange } from '../../metricbox/web/static/lib/time.js';
import { isKnownZone, wallToInstant, zoneOffsetMs } from '../../metricbox/web/static/lib/zone.js';

const NOW = Date.UTC(2026, 10, 25, 10, 41, 7);
const BERLIN = 'Europe/Berlin';

test('durations are read and written back', () => {
  for (const text of ['0s', '30s', '5m', '1h30m', '7d', '1d2h3m4s5ms', '500ms']) {
    assert.equal(formatDuration(parseDuration(text) ?? -1), text);
  }
  assert.equal(parseDuration('1w'), 7 * 86_400_000);
  for (const text of ['', '5', 'm', '5 m', '-5m', '5x', '1.5h', '99999999999999999999d']) assert.equal(parseDuration(text), null, text);
});

test('ages and words', () => {
  assert.equal(formatAge(500), '0 s');
  assert.equal(formatAge(63_000), '1 min');
  assert.equal(formatAge(3 * 3_600_000), '3 h');
  assert.equal(durationInWords(3_600_000), '1 hour');
  assert.equal(durationInWords(90 * 60_000), '90 minutes');
  assert.equal(describeAge(NOW - 120_000, NOW), '2 min ago');
  assert.equal(describeAge(NOW - 30 * 3_600_000, NOW), 'yesterday');
  assert.equal(describeAge(NOW + 5000, NOW), 'just now');
});

test('points in time in all their spellings', () => {
  /** @type {[string, number | null][]} */
  const cases = [
    ['now', NOW],
    ['now-6h', NOW - 6 * 3_600_000],
    ['now-1h30m', NOW - 90 * 60_000],
    ['now+5m', NOW + 300_000],
    ['now/d', Date.UTC(2026, 10, 25)],
    ['now-1d/d', Date.UTC(2026, 10, 24)],
    ['now/w', Date.UTC(2026, 10, 23)],
    ['now/M', Date.UTC(2026, 10, 1)],
    ['now/h', Date.UTC(2026, 10, 25, 10)],
    ['yesterday', Date.UTC(2026, 10, 24)],
    ['2026-11-01 08:00', Date.UTC(2026, 10, 1, 8)],
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2026-11-01T08:00:30Z', Date.UTC(2026, 10, 1, 8, 0, 30)],
    ['2026-11-01T08:00:00+01:00', Date.UTC(2026, 10, 1, 7)],
    ['1763971200', 1_763_971_200_000],
    ['1763971200123', 1_763_971_200_123],
    ['10:00', Date.UTC(2026, 10, 25, 10)],
    ['2026-02-31', null],
    ['25:00', null],
    ['now-', null],
    ['soon', null],
    ['', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseTime(text, NOW, 'UTC'), expected, text);
});

test('a day begins at the midnight of the page\'s zone (B153, B154)', () => {
  assert.equal(parseTime('now/d', NOW, BERLIN), Date.UTC(2026, 10, 24, 23));
  assert.equal(parseTime('2026-11-25 00:00', NOW, 'America/Los_Angeles'), Date.UTC(2026, 10, 25, 8));
  assert.equal(parseTime('2026-11-25 00:00', NOW, 'UTC'), Date.UTC(2026, 10, 25));
});

test('a clock change moves the days, not the hours', () => {
  // 25 October 2026 has 25 hours in Berlin.
  const monday = Date.UTC(2026, 9, 26, 11);
  assert.equal(parseTime('now-1d/d', monday, BERLIN), Date.UTC(2026, 9, 24, 22));
  assert.equal(parseTime('now/d', monday, BERLIN), Date.UTC(2026, 9, 25, 23));
  assert.equal(zoneOffsetMs(Date.UTC(2026, 9, 25, 0, 59), BERLIN), 7_200_000);
  assert.equal(zoneOffsetMs(Date.UTC(2026, 9, 25, 1), BERLIN), 3_600_000);
  // 02:30 occurs twice: the first is meant. 02:30 on 29 March does not occur: it becomes 03:30.
  assert.equal(wallToInstant(Date.UTC(2026, 9, 25, 2, 30), BERLIN), Date.UTC(2026, 9, 25, 0, 30));
  assert.equal(formatDateTime(wallToInstant(Date.UTC(2026, 2, 29, 2, 30), BERLIN), BERLIN), '2026-03-29 03:30:00');
});

test('an unknown zone is known to be unknown (B155)', () => {
  assert.equal(isKnownZone('Mars/Phobos'), false);
  assert.equal(isKnownZone(BERLIN), true);
  assert.equal(isKnownZone(''), true);
  assert.equal(zoneOffsetMs(NOW, 'Mars/Phobos'), 0);
});

test('ranges that make no sense are none', () => {
  assert.deepEqual(resolveRange({ from: 'now-1h', to: 'now' }, NOW, 'UTC'), { startMs: NOW - 3_600_000, endMs: NOW });
  assert.equal(resolveRange({ from: 'now', to: 'now-1h' }, NOW), null);
  assert.equal(resolveRange({ from: 'x', to: 'now' }, NOW), null);
});

test('plain relative ends are left to the server\'s clock (B161), rounded ones are resolved here', () => {
  assert.deepEqual(requestRange({ from: 'now-1h', to: 'now' }, NOW, 'UTC'), { start: 'now-1h', end: 'now' });
  assert.deepEqual(requestRange({ from: 'now/d', to: 'now' }, NOW, 'UTC'), { start: Date.UTC(2026, 10, 25), end: 'now' });
  assert.equal(isRelative({ from: '2026-11-01', to: 'now' }), true);
  assert.equal(isRelative({ from: 'now-2h', to: '2026-11-01' }), false);
});

test('shifting and zooming out stay behind now', () => {
  const span = { startMs: NOW - 3_600_000, endMs: NOW };
  assert.deepEqual(moveSpan(span, 'back', NOW), { startMs: NOW - 5_400_000, endMs: NOW - 1_800_000 });
  assert.deepEqual(moveSpan(span, 'forward', NOW), span);
  assert.deepEqual(moveSpan(span, 'out', NOW), { startMs: NOW - 7_200_000, endMs: NOW });
  const early = { startMs: NOW - 8_000_000, endMs: NOW - 7_000_000 };
  assert.deepEqual(moveSpan(early, 'out', NOW), { startMs: NOW - 8_500_000, endMs: NOW - 6_500_000 });
});

test('the picker says what is chosen', () => {
  assert.equal(describeRange({ from: 'now-1h', to: 'now' }, NOW), 'Last 1 hour');
  assert.equal(describeRange({ from: 'now-90m', to: 'now' }, NOW), 'Last 90 minutes');
  assert.equal(describeRange({ from: 'now-1d/d', to: 'now/d' }, NOW), 'Yesterday');
  assert.equal(describeRange({ from: '2026-11-25T08:00:00Z', to: '2026-11-25T09:00:00Z' }, NOW, 'UTC'), '2026-11-25 08:00:00 – 09:00:00');
});

test('ticks name what changes', () => {
  const midnight = Date.UTC(2026, 10, 25);
  assert.deepEqual(formatTicks([midnight - 3_600_000, midnight, midnight + 3_600_000], 3_600_000, 'UTC'), ['23:00', 'Wed 25', '01:00']);
  assert.deepEqual(formatTicks([midnight + 5000], 5000, 'UTC'), ['00:00:05']);
  assert.deepEqual(formatTicks([midnight], 86_400_000 * 7, 'UTC'), ['Nov 25']);
  assert.deepEqual(formatTicks([Date.UTC(2026, 10, 1)], 86_400_000 * 31, 'UTC'), ['Nov 2026']);
  assert.deepEqual(formatTicks([Date.UTC(2026, 10, 24, 23)], 3_600_000, BERLIN), ['Wed 25']);
});
