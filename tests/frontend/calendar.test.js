import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, addMonths, monthName, spokenDate, walkDays, weekday, weeksOf } from '../../metricbox/web/static/lib/calendar.js';

test('days and months are those of the calendar', () => {
  assert.equal(addDays('2026-10-25', 1), '2026-10-26');
  assert.equal(addDays('2026-03-01', -1), '2026-02-28');
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
  assert.equal(addMonths('2028-01-31', 1), '2028-02-29');
  assert.equal(addMonths('2026-01-15', -1), '2025-12-15');
  assert.equal(addMonths('2028-02-29', 12), '2029-02-28');
  assert.equal(weekday('2026-11-25'), 2);
  assert.equal(spokenDate('2026-11-25'), 'Wednesday, 25 November 2026');
  assert.equal(monthName('2026-11-25'), 'November 2026');
});

test('a month has six weeks that begin on Monday', () => {
  for (const date of ['2026-11-25', '2026-02-01', '2027-02-14']) {
    const weeks = weeksOf(date);
    assert.equal(weeks.length, 6);
    assert.ok(weeks.every((week) => week.length === 7 && weekday(week[0] ?? '') === 0));
    assert.ok(weeks.flat().includes(date));
  }
});

test('the keys of the grid pattern walk', () => {
  const at = '2026-11-25';
  assert.equal(walkDays(at, 'ArrowLeft', false), '2026-11-24');
  assert.equal(walkDays(at, 'ArrowDown', false), '2026-12-02');
  assert.equal(walkDays(at, 'Home', false), '2026-11-23');
  assert.equal(walkDays(at, 'End', false), '2026-11-29');
  assert.equal(walkDays(at, 'PageUp', false), '2026-10-25');
  assert.equal(walkDays(at, 'PageUp', true), '2025-11-25');
  assert.equal(walkDays(at, 'a', false), null);
});
