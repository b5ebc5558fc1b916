import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkForm, emptyForm, formOf, readForm } from '../../metricbox/web/static/lib/silence-form.js';
import {
  compileMatchers, describeDays, describeMatcher, describePeriod, describeRecurrence, namesSomething, nextWindow, phaseOf, windowsOf,
} from '../../metricbox/web/static/lib/silences.js';
import { weekDays, weekStart } from '../../metricbox/web/static/lib/week-bars.js';

/** @typedef {import('../../metricbox/web/types/app').Silence} Silence */

// A Wednesday.
const NOW = Date.parse('2026-11-25T10:00:00Z');
const BERLIN = 'Europe/Berlin';

/**
 * @param {Partial<Silence>} [change]
 * @returns {Silence}
 */
function silence(change = {}) {
  return {
    id: 's', matchers: [{ name: 'host', op: '=', value: 'db1' }], startsAt: '2026-11-01T00:00:00Z', endsAt: null, recurrence: null, reason: 'backup', createdBy: 'ops@example.com',
    createdAt: '2026-11-01T00:00:00Z', active: true, muted: 0, ...change,
  };
}

/** @param {Partial<import('../../metricbox/web/types/app').Recurrence>} [change] */
function weekly(change = {}) {
  return silence({ recurrence: { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '06:00', timezone: BERLIN, ...change } });
}

/** @param {string} from @param {string} to */
const span = (from, to) => ({ startMs: Date.parse(from), endMs: Date.parse(to) });
/** @param {import('../../metricbox/web/static/lib/time.js').Span[]} windows */
const spelled = (windows) => windows.map((one) => `${new Date(one.startMs).toISOString().slice(5, 16)} ${new Date(one.endMs).toISOString().slice(5, 16)}`);

test('a window goes across midnight and belongs to the day on which it begins', () => {
  const one = weekly({ weekdays: ['tue'] });
  assert.deepEqual(spelled(windowsOf(one, span('2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'))), ['11-24T21:00 11-25T05:00']);
  // Only its rest is in this span.
  assert.deepEqual(spelled(windowsOf(one, span('2026-11-25T00:00:00Z', '2026-11-26T00:00:00Z'))), ['11-25T00:00 11-25T05:00']);
});

test('a window on a night of a clock change is longer or shorter, not moved', () => {
  assert.deepEqual(spelled(windowsOf({ ...weekly({ weekdays: ['sat'] }), startsAt: '2026-10-01T00:00:00Z' }, span('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'))), ['10-24T20:00 10-25T05:00']);
  assert.deepEqual(spelled(windowsOf(silence({ startsAt: '2026-03-01T00:00:00Z', recurrence: { weekdays: ['sat'], from: '22:00', to: '06:00', timezone: BERLIN } }), span('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'))),
    ['03-28T21:00 03-29T04:00']);
});

test('the same from and to are a whole day, and days that touch are one stretch', () => {
  const one = weekly({ from: '00:00', to: '00:00', weekdays: ['sat', 'sun'], timezone: 'UTC' });
  assert.deepEqual(spelled(windowsOf(one, span('2026-11-23T00:00:00Z', '2026-12-01T00:00:00Z'))), ['11-28T00:00 11-30T00:00']);
});

test('start and end of the silence cut its windows', () => {
  const one = { ...weekly({ timezone: 'UTC' }), startsAt: '2026-11-24T23:00:00Z', endsAt: '2026-11-25T23:00:00Z' };
  assert.deepEqual(spelled(windowsOf(one, span('2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'))), ['11-24T23:00 11-25T06:00', '11-25T22:00 11-25T23:00']);
});

test('a silence is active, coming or ended', () => {
  assert.equal(phaseOf(silence(), NOW), 'active');
  assert.equal(phaseOf(silence({ startsAt: '2026-11-26T00:00:00Z' }), NOW), 'coming');
  assert.equal(phaseOf(silence({ endsAt: '2026-11-25T10:00:00Z' }), NOW), 'ended');
  assert.equal(phaseOf(weekly(), NOW), 'coming');
  assert.equal(phaseOf(weekly(), Date.parse('2026-11-25T22:00:00Z')), 'active');
  // Its end comes before its next time.
  assert.equal(phaseOf({ ...weekly(), endsAt: '2026-11-25T12:00:00Z' }, NOW), 'ended');
});

test('the next time of a silence', () => {
  assert.deepEqual(spelled([/** @type {any} */ (nextWindow(weekly({ weekdays: ['sat'] }), NOW))]), ['11-28T21:00 11-29T05:00']);
  assert.equal(nextWindow(silence(), NOW)?.endMs, Infinity);
  assert.equal(nextWindow(silence({ endsAt: '2026-11-25T09:00:00Z' }), NOW), null);
});

test('days and times in words', () => {
  assert.equal(describeDays(['mon', 'tue', 'wed', 'thu', 'fri']), 'Mon–Fri');
  assert.equal(describeDays(['sat', 'sun']), 'Sat, Sun');
  assert.equal(describeDays(['mon', 'wed', 'thu', 'fri']), 'Mon, Wed–Fri');
  assert.equal(describeDays(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), 'every day');
  assert.equal(describeRecurrence({ weekdays: ['sat'], from: '22:00', to: '06:00', timezone: BERLIN }), 'Sat 22:00–06:00 (next day), Europe/Berlin');
  assert.equal(describePeriod(silence(), NOW, 'UTC'), 'until somebody ends it');
  assert.equal(describePeriod(silence({ endsAt: '2026-11-25T14:00:00Z' }), NOW, 'UTC'), 'until 2026-11-25 14:00');
  assert.equal(describePeriod(silence({ startsAt: '2026-11-26T10:00:00Z', endsAt: '2026-11-26T12:00:00Z' }), NOW, 'UTC'), 'from 2026-11-26 10:00 to 12:00');
  assert.equal(describePeriod(silence({ endsAt: '2026-11-02T00:00:00Z' }), NOW, 'UTC'), '2026-11-01 00:00 – 2026-11-02 00:00');
  assert.equal(describeMatcher({ name: 'host', op: '=~', value: 'db\u202e.*' }), 'host matches db\\u{202e}.*');
  assert.equal(describeMatcher({ name: 'host', op: '=', value: '' }), 'host is ""');
});

test('matchers hold as on the server', () => {
  const matches = (/** @type {[string, any, string][]} */ ...list) => compileMatchers(list.map(([name, op, value]) => ({ name, op, value })));
  assert.equal(matches(['host', '=', 'db1'])?.({ host: 'db1' }), true);
  assert.equal(matches(['host', '=~', 'db'])?.({ host: 'db1' }), false);
  assert.equal(matches(['host', '=~', 'db.*|web'])?.({ host: 'db1' }), true);
  assert.equal(matches(['host', '!~', 'db.*'])?.({}), true);
  assert.equal(matches(['host', '=', ''])?.({}), true);
  assert.equal(matches(['host', '=', 'db1'], ['severity', '!=', 'info'])?.({ host: 'db1', severity: 'info' }), false);
  assert.equal(matches(['__proto__', '!=', ''])?.({}), false);
  assert.equal(matches(['host', '=~', '(']), null);
  assert.equal(namesSomething([{ name: 'a', op: '!=', value: 'b' }, { name: 'c', op: '=', value: '' }]), false);
  assert.equal(namesSomething([{ name: 'a', op: '=~', value: '.*' }]), true);
});

test('a form becomes a request', () => {
  const form = { ...emptyForm([{ name: ' host ', op: '=', value: 'db1' }], BERLIN), reason: ' disk swap ', lasts: '2h' };
  const request = readForm(form, NOW, BERLIN);
  assert.deepEqual(request, { matchers: [{ name: 'host', op: '=', value: 'db1' }], startsAt: null, endsAt: NOW + 7_200_000, recurrence: null, reason: 'disk swap' });
  assert.deepEqual(checkForm(form, request, NOW, true), {});
  const later = { ...form, start: '2026-11-26T08:00', lasts: 'until', end: '2026-11-26T09:30' };
  assert.deepEqual([readForm(later, NOW, BERLIN).startsAt, readForm(later, NOW, BERLIN).endsAt], [Date.parse('2026-11-26T07:00:00Z'), Date.parse('2026-11-26T08:30:00Z')]);
  const open = readForm({ ...form, lasts: 'open', repeat: 'weekly', weekdays: ['sat'], from: '23:00', to: '01:00' }, NOW, BERLIN);
  assert.equal(open.endsAt, null);
  assert.deepEqual(open.recurrence, { weekdays: ['sat'], from: '23:00', to: '01:00', timezone: BERLIN });
});

test('a form that is wrong says where', () => {
  const check = (/** @type {Partial<import('../../metricbox/web/static/lib/silence-form.js').SilenceForm>} */ change) => {
    const form = { ...emptyForm([{ name: 'host', op: '=', value: 'db1' }]), reason: 'why', ...change };
    return Object.keys(checkForm(form, readForm(form, NOW, 'UTC'), NOW, true));
  };
  assert.deepEqual(check({ reason: ' ' }), ['reason']);
  assert.deepEqual(check({ matchers: [{ name: 'host', op: '!=', value: 'db1' }] }), ['matchers']);
  assert.deepEqual(check({ matchers: [{ name: ' ', op: '=', value: 'db1' }] }), ['matchers']);
  assert.deepEqual(check({ lasts: 'until', end: '' }), ['endsAt']);
  assert.deepEqual(check({ lasts: 'until', end: '2026-11-25T09:00' }), ['endsAt']);
  assert.deepEqual(check({ start: 'soon' }), ['startsAt']);
  assert.deepEqual(check({ repeat: 'weekly', weekdays: [] }), ['recurrence']);
  assert.deepEqual(check({ repeat: 'weekly', from: '' }), ['recurrence']);
});

test('a silence in its form is the same silence', () => {
  const one = { ...weekly({ weekdays: ['sat', 'sun'] }), startsAt: '2026-11-20T10:00:00.000Z', endsAt: '2026-12-20T10:00:00.000Z' };
  const request = readForm(formOf(one, BERLIN), NOW, BERLIN);
  assert.deepEqual(request.recurrence, one.recurrence);
  assert.deepEqual([request.startsAt, request.endsAt], [Date.parse(one.startsAt), Date.parse(one.endsAt)]);
});

test('a week has seven days with their bars in lanes', () => {
  const start = weekStart(NOW, 0, BERLIN);
  assert.equal(new Date(start).toISOString(), '2026-11-22T23:00:00.000Z');
  const long = silence({ id: 'long', startsAt: '2026-11-24T11:00:00Z', endsAt: '2026-11-26T11:00:00Z' });
  const days = weekDays([long, { ...weekly({ weekdays: ['tue'] }), id: 'night' }], start, NOW, BERLIN);
  assert.deepEqual(days.map((day) => day.date.slice(8)), ['23', '24', '25', '26', '27', '28', '29']);
  assert.deepEqual(days.map((day) => day.isToday), [false, false, true, false, false, false, false]);
  assert.deepEqual(days.map((day) => day.bars.map((bar) => `${bar.silence.id} ${bar.text} ${bar.lane}`)), [
    [], ['long 12:00–24:00 0', 'night 22:00–24:00 1'], ['long all day 0', 'night 00:00–06:00 1'], ['long 00:00–12:00 0'], [], [], [],
  ]);
  assert.deepEqual([days[1]?.bars[0]?.left, days[1]?.bars[0]?.width, days[1]?.lanes], [50, 50, 2]);
});

test('the week of a clock change has its days at midnight', () => {
  const days = weekDays([], weekStart(Date.parse('2026-10-25T12:00:00Z'), 0, BERLIN), 0, BERLIN);
  assert.equal(((days[6]?.endMs ?? 0) - (days[6]?.startMs ?? 0)) / 3_600_000, 25);
});
