import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attemptsText, cellText, deliveryTable, eventTable, eventText, hourCells, lengthMs, lengthText, periodText,
} from '../../metricbox/web/static/lib/alert-history.js';

/** @typedef {import('../../metricbox/web/types/app').AlertEvent} AlertEvent */

const NOW = Date.parse('2026-11-25T12:30:00Z');

/**
 * @param {Partial<AlertEvent>} [change]
 * @returns {AlertEvent}
 */
function event(change = {}) {
  return {
    id: 'e', ruleId: 'r', ruleName: 'Disk nearly full', severity: 'warning', labels: { host: 'db1', alertname: 'Disk nearly full', severity: 'warning' }, kind: 'condition', status: 'resolved',
    value: 90, peak: 95.125, silenced: false, triggeredAt: '2026-11-25T10:02:00Z', resolvedAt: '2026-11-25T10:43:00Z', acknowledgedBy: null, acknowledgedAt: null, comment: '', unit: '', ...change,
  };
}

test('periods and lengths', () => {
  assert.equal(periodText(event(), 'UTC'), '10:02–10:43');
  assert.equal(periodText(event({ resolvedAt: '2026-11-26T01:00:00Z' }), 'UTC'), '10:02–11-26 01:00');
  assert.equal(periodText(event({ resolvedAt: null }), 'UTC'), 'since 10:02');
  assert.equal(lengthText(lengthMs(event(), NOW)), '41 min');
  assert.equal(lengthText(lengthMs(event({ resolvedAt: null }), NOW)), '2 h 28 min');
  assert.deepEqual([0, 59_000, 60_000, 3_600_000, 86_400_000, 90_000_000].map(lengthText), ['0 s', '59 s', '1 min', '1 h', '1 d', '1 d 1 h']);
});

test('an event in one line', () => {
  assert.equal(eventText(event({ acknowledgedBy: 'ops@example.com' }), NOW, 'UTC'),
    'warning: Disk nearly full, host=db1, 2026-11-25 10:02–10:43 (41 min), peak 95.125, seen by ops@example.com');
  assert.match(eventText(event({ unit: 'percent' }), NOW, 'UTC'), /, peak 95\.1\u00a0%$/);
  assert.equal(eventText(event({ kind: 'no_data', peak: null, labels: {}, silenced: true }), NOW, 'UTC'), 'warning: Disk nearly full, no data, 2026-11-25 10:02–10:43 (41 min), silenced');
});

test('a cell an hour, with what fired in it', () => {
  const span = { startMs: NOW - 6 * 3_600_000, endMs: NOW };
  const { hours, cells } = hourCells([event(), event({ severity: 'critical', triggeredAt: '2026-11-25T09:50:00Z', resolvedAt: null })], span, NOW);
  assert.equal(hours, 1);
  assert.deepEqual(cells.map((cell) => `${new Date(cell.startMs).toISOString().slice(11, 13)} ${cell.fired} ${cell.open} ${cell.worst}`),
    ['06 0 0 null', '07 0 0 null', '08 0 0 null', '09 1 1 critical', '10 1 2 critical', '11 0 1 critical', '12 0 1 critical']);
  assert.equal(cellText(/** @type {any} */ (cells[4]), 'UTC'), '2026-11-25 10:00 to 11:00: 2 firing, 1 began, worst critical');
  assert.equal(cellText(/** @type {any} */ (cells[0]), 'UTC'), '2026-11-25 06:00 to 07:00: nothing fired');
});

test('what began before the span is in its first cell, and a long span has wide cells', () => {
  const span = { startMs: NOW - 3_600_000, endMs: NOW };
  assert.deepEqual(hourCells([event({ resolvedAt: null })], span, NOW).cells.map((cell) => `${cell.fired} ${cell.open}`), ['0 1', '0 1']);
  const month = hourCells([], { startMs: NOW - 30 * 86_400_000, endMs: NOW }, NOW);
  assert.equal(month.hours, 6);
  assert.ok(month.cells.length <= 122);
  assert.ok(hourCells([], { startMs: 0, endMs: NOW }, NOW).cells.length < 1000);
});

test('files have one line for each', () => {
  const table = eventTable([event({ resolvedAt: null, status: 'firing' })], NOW);
  assert.equal(table.rows[0]?.length, table.columns.length);
  assert.equal(table.rows[0]?.[2], 8880);
  /** @type {import('../../metricbox/web/types/app').Delivery} */
  const delivery = {
    id: 'd', channelId: 'c', channelName: 'ops-mail', ruleId: 'r', ruleName: 'Disk', status: 'firing', state: 'delivered', eventIds: ['e'], title: 'Disk', answer: 'ok', createdAt: '2026-11-25T10:02:10Z',
    nextAttemptAt: null, finishedAt: '2026-11-25T10:02:41Z',
    attempts: [{ at: '2026-11-25T10:02:10Z', delivered: false, answer: '421 try later' }, { at: '2026-11-25T10:02:40Z', delivered: true, answer: 'ok' }],
  };
  const ledger = deliveryTable([delivery]);
  assert.equal(ledger.rows[0]?.length, ledger.columns.length);
  assert.equal(ledger.rows[0]?.[11], '2026-11-25T10:02:10Z refused: 421 try later\n2026-11-25T10:02:40Z accepted: ok');
  assert.equal(attemptsText(delivery, 'UTC'), 'try 1 at 10:02:10 refused, try 2 at 10:02:40 accepted');
});
