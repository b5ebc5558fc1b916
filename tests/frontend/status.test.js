// What the status page says of the server's state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesPerRow, doorLabel, findTrouble, reasonLabel, supportText } from '../../metricbox/web/static/lib/status.js';

const NOW_MS = Date.parse('2026-11-25T10:00:00Z');

/** @param {object} changes */
function status(changes = {}) {
  return {
    version: '1', startedAt: '2026-11-25T09:00:00Z', uptimeMs: 3_600_000, series: 5, metrics: 2, queue: { samples: 0, limit: 100 },
    tiers: [], ingest: [], refusals: [], jobs: [], disk: { freeBytes: 1000, totalBytes: 2000, reserveBytes: 10 },
    alerts: { rules: 0, failing: 0, firing: 0, pending: 0, queuedDeliveries: 0, lastTickAt: null, lastDurationMs: null, interval: '10s', warning: null },
    ...changes,
  };
}

test('a server that is well has nothing to look at', () => {
  assert.deepEqual(findTrouble(status(), NOW_MS), []);
});

test('disk, rules, jobs, refusals and a long queue are told with what to do, the worst first', () => {
  const found = findTrouble(status({
    disk: { freeBytes: 5, totalBytes: 2000, reserveBytes: 10 },
    alerts: { ...status().alerts, failing: 2, warning: 'Nothing was evaluated for a minute.' },
    jobs: [{ name: 'seal', interval: '5m', running: false, lastStartedAt: null, lastSucceededAt: null, lastDurationMs: null, lastError: 'no space' }],
    refusals: [{ source: 'otlp', reason: 'too_old', samples: 3, lastAt: '2026-11-25T09:59:00Z', example: 'x', tokenId: null }],
    queue: { samples: 60, limit: 100 },
  }), NOW_MS);
  assert.deepEqual(found.map((one) => one.text), [
    'The disk is full: new samples are refused', 'Nothing was evaluated for a minute.', '2 alert rules fail', 'The job seal failed: no space',
    'Samples were refused within the last hour: OpenTelemetry', 'More comes in than the disk takes',
  ]);
  assert.ok(found.every((one) => one.advice !== ''));
});

test('a job is late when it missed several runs, not when it has just begun', () => {
  const job = { name: 'seal', interval: '5m', running: false, lastStartedAt: null, lastDurationMs: 5, lastError: null };
  assert.deepEqual(findTrouble(status({ jobs: [{ ...job, lastSucceededAt: null }] }), NOW_MS), []);
  const late = findTrouble(status({ jobs: [{ ...job, lastSucceededAt: '2026-11-25T07:00:00Z' }] }), NOW_MS);
  assert.match(late[0]?.text ?? '', /seal has not run for/);
});

test('what was refused long ago, and what is no number, is no trouble', () => {
  const old = { source: 'json', reason: 'syntax', samples: 1, lastAt: '2026-11-25T08:00:00Z', example: null, tokenId: null };
  const nan = { ...old, reason: 'not_finite', lastAt: '2026-11-25T09:59:59Z' };
  assert.deepEqual(findTrouble(status({ refusals: [old, nan] }), NOW_MS), []);
});

test('an unknown door and reason are shown as they are called', () => {
  assert.equal(doorLabel('some_door'), 'some door');
  assert.equal(doorLabel('pushgateway'), 'Pushgateway');
  assert.equal(doorLabel('import_prometheus'), 'Prometheus text');
  assert.equal(reasonLabel('some_reason'), 'some reason');
});

test('the support text has the figures and no examples', () => {
  const text = supportText(status({ refusals: [{ source: 'json', reason: 'syntax', samples: 1, lastAt: null, example: 'host secret-host', tokenId: 't1' }] }));
  assert.match(text, /refused by json, syntax: 1/);
  assert.ok(!text.includes('secret-host') && !text.includes('t1'));
});

test('a tier that has no file of its own yet is not said to take nothing', () => {
  assert.equal(bytesPerRow({ rows: 4, bytes: 10 }), 2.5);
  assert.equal(bytesPerRow({ rows: 26_835, bytes: 0 }), null);
  assert.equal(bytesPerRow({ rows: 0, bytes: 0 }), null);
});
