import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spellOut, understandEnds, understandRange } from '../../metricbox/web/static/lib/range-text.js';
import { limitSpan, moveSpan } from '../../metricbox/web/static/lib/time.js';
import { findZones, offsetText } from '../../metricbox/web/static/lib/zones.js';

const NOW = Date.UTC(2026, 10, 25, 10, 41, 7);
const BERLIN = 'Europe/Berlin';

/** @param {string} text @param {string} [zone] */
function read(text, zone = 'UTC') {
  const { range } = understandRange(text, NOW, zone);
  return range ? [range.from, range.to] : null;
}

test('ranges as people write them', () => {
  /** @type {[string, [string, string]][]} */
  const cases = [
    ['last 90m', ['now-90m', 'now']],
    ['Last 3 hours', ['now-3h', 'now']],
    ['past day', ['now-1d', 'now']],
    ['1h 30m', ['now-1h30m', 'now']],
    ['2 weeks', ['now-2w', 'now']],
    ['yesterday', ['now-1d/d', 'now/d']],
    ['today', ['now/d', 'now']],
    ['since midnight', ['now/d', 'now']],
    ['this week', ['now/w', 'now']],
    ['last week', ['now-1w/w', 'now/w']],
    ['now-6h', ['now-6h', 'now']],
    ['now-1d/d to now/d', ['now-1d/d', 'now/d']],
    ['3 hours ago to 1 hour ago', ['now-3h', 'now-1h']],
    ['8:00 to 9:30', ['2026-11-25T08:00:00.000Z', '2026-11-25T09:30:00.000Z']],
    ['2026-11-01 08:00', ['2026-11-01T08:00:00.000Z', 'now']],
    ['2026-11-01', ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z']],
    ['2026-11-01 - 2026-11-03', ['2026-11-01T00:00:00.000Z', '2026-11-03T00:00:00.000Z']],
    ['1763971200', ['2025-11-24T08:00:00.000Z', 'now']],
    // It ends in the future, so it goes on growing.
    ['10:00 to 12:00', ['2026-11-25T10:00:00.000Z', 'now']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(read(text), expected, text);
});

test('wall clock texts are in the page\'s zone (B153, B154)', () => {
  assert.deepEqual(read('8:00 to 9:00', BERLIN), ['2026-11-25T07:00:00.000Z', '2026-11-25T08:00:00.000Z']);
  assert.deepEqual(read('2026-10-25', BERLIN), ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
  assert.match(spellOut({ from: 'now-1d/d', to: 'now/d' }, NOW, BERLIN), /^2026-11-24 00:00:00 – 2026-11-25 00:00:00 \(1 day\)$/);
});

test('what is not understood says why', () => {
  /** @type {[string, RegExp][]} */
  const cases = [
    ['', /^Write last 90m/],
    ['soon', /"soon" is no time/],
    ['last 90 minuts', /"90 minuts" is no duration/],
    ['last month', /is no duration/],
    ['9:30 to 8:00', /end must be after the start/],
    ['8:00 to 25:00', /"25:00" is no time/],
    ['2027-01-01', /in the future/],
    ['last 5s', /at least 10 seconds/],
    ['constructor', /is no time/],
  ];
  for (const [text, words] of cases) assert.match(understandRange(text, NOW, 'UTC').error ?? '', words, text);
  assert.equal(understandEnds({ from: 'now-1h', to: 'now-30m' }, NOW, 'UTC').error, null);
});

test('a range is at least ten seconds and never after now', () => {
  assert.deepEqual(limitSpan({ startMs: NOW - 60_000, endMs: NOW + 60_000 }, NOW), { startMs: NOW - 60_000, endMs: NOW });
  assert.deepEqual(limitSpan({ startMs: NOW - 62_000, endMs: NOW - 60_000 }, NOW), { startMs: NOW - 66_000, endMs: NOW - 56_000 });
  assert.deepEqual(limitSpan({ startMs: NOW - 1000, endMs: NOW }, NOW), { startMs: NOW - 10_000, endMs: NOW });
  assert.deepEqual(moveSpan({ startMs: NOW - 80_000, endMs: NOW - 40_000 }, 'in', NOW), { startMs: NOW - 70_000, endMs: NOW - 50_000 });
  assert.deepEqual(moveSpan({ startMs: NOW - 12_000, endMs: NOW }, 'in', NOW), { startMs: NOW - 11_000, endMs: NOW - 1000 });
});

test('zones are found by name and by offset', () => {
  const names = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Asia/Kathmandu'];
  assert.deepEqual(findZones('', NOW, names), ['', 'UTC', ...names]);
  assert.deepEqual(findZones('new york', NOW, names), ['America/New_York']);
  assert.deepEqual(findZones('asia/to', NOW, names), ['Asia/Tokyo']);
  assert.deepEqual(findZones('+9', NOW, names), ['Asia/Tokyo']);
  assert.deepEqual(findZones('UTC+05:45', NOW, names), ['Asia/Kathmandu']);
  assert.equal(offsetText(NOW, 'America/New_York'), 'UTC\u221205:00');
  assert.equal(offsetText(NOW, 'UTC'), 'UTC');
});
