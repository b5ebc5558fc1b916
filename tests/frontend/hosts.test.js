import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONNECTORS, isLocalOrigin } from '../../metricbox/web/static/lib/connectors.js';
import { HOST_DASHBOARDS, hostPanels } from '../../metricbox/web/static/lib/host-panels.js';
import { adviseDrops, chooseHosts, countStates, describeDrops, describeSeen, describeSkew, describeSource, describeSpool, describeTicks, severityOfPercent } from '../../metricbox/web/static/lib/hosts.js';

/** @typedef {import('../../metricbox/web/types/app').Host} Host */

/**
 * @param {string} name
 * @param {Partial<Host>} [more]
 * @returns {Host}
 */
function host(name, more = {}) {
  return {
    name, state: 'up', lastSeenMs: 1000, intervalMs: 10_000, source: 'node_exporter', tag: 'instance', agentVersion: null, clockSkewMs: null, uptimeS: null,
    cpuPercent: null, memoryPercent: null, diskPercent: null, load1: null, networkBytesPerS: null, seriesCount: 1, ticks: [],
    trends: { cpuPercent: [], memoryPercent: [], diskPercent: [] }, ...more,
  };
}

/** @type {{filter: 'all', search: string, order: 'name', isDescending: boolean}} */
const ALL = { filter: 'all', search: '', order: 'name', isDescending: false };
const names = (/** @type {Host[]} */ list) => list.map((one) => one.name);

test('names are sorted as people count', () => {
  const list = [host('web10'), host('Web2'), host('db')];
  assert.deepEqual(names(chooseHosts(list, ALL)), ['db', 'Web2', 'web10']);
  assert.deepEqual(names(chooseHosts(list, { ...ALL, isDescending: true })), ['web10', 'Web2', 'db']);
});

test('silent hosts come first by choice, and then late ones', () => {
  const list = [host('a'), host('b', { state: 'silent' }), host('c', { state: 'late' }), host('d', { state: 'silent' })];
  assert.deepEqual(names(chooseHosts(list, { ...ALL, order: 'state' })), ['b', 'd', 'c', 'a']);
  assert.deepEqual(countStates(list), { all: 4, up: 1, late: 1, silent: 2 });
  assert.deepEqual(names(chooseHosts(list, { ...ALL, filter: 'silent' })), ['b', 'd']);
});

test('a host without the figure comes last, whichever way round', () => {
  const list = [host('a'), host('b', { cpuPercent: 5 }), host('c', { cpuPercent: 90 })];
  assert.deepEqual(names(chooseHosts(list, { ...ALL, order: 'cpu' })), ['b', 'c', 'a']);
  assert.deepEqual(names(chooseHosts(list, { ...ALL, order: 'cpu', isDescending: true })), ['c', 'b', 'a']);
});

test('every word of a search must be in the name', () => {
  const list = [host('web1.dc1'), host('web1.dc2'), host('db.dc1')];
  assert.deepEqual(names(chooseHosts(list, { ...ALL, search: ' DC1 web' })), ['web1.dc1']);
});

test('a share is marked from 80 and from 95 percent', () => {
  assert.deepEqual([null, undefined, 0, 79.9, 80, 94.9, 95, 100].map((percent) => severityOfPercent(percent)), [null, null, null, null, 'warning', 'warning', 'critical', 'critical']);
});

test('a clock is told of when it is more than ten seconds off', () => {
  assert.equal(describeSkew(host('a')), '');
  assert.equal(describeSkew(host('a', { clockSkewMs: 10_000 })), '');
  assert.equal(describeSkew(host('a', { clockSkewMs: 65_000 })), 'Its clock is 1 min ahead');
  assert.equal(describeSkew(host('a', { clockSkewMs: -12_000 })), 'Its clock is 12 s behind');
});

test('what an agent dropped is told with its reasons, the most first, and what to do (B044)', () => {
  assert.equal(describeDrops(host('a')), '');
  assert.equal(describeDrops(host('a', { droppedSamples: { spool_full: 0 } })), '');
  assert.equal(describeDrops(host('a', { droppedSamples: { refused: 1 } })), 'Its agent dropped 1 sample in the last 24 hours');
  const lossy = host('a', { droppedSamples: { refused: 2, spool_full: 40, odd: 1 } });
  assert.equal(describeDrops(lossy), 'Its agent dropped 43 samples in the last 24 hours');
  const advice = adviseDrops(lossy);
  assert.deepEqual(advice.map((one) => one.text), ['40 samples dropped: the spool was full, so the oldest went first', '2 samples dropped: metricbox refused them', '1 sample dropped: odd']);
  assert.match(advice[0]?.advice ?? '', /--spool-size/);
  assert.equal(advice[1]?.href, '/settings/status');
  assert.ok(advice.every((one) => one.advice !== ''));
  assert.deepEqual(adviseDrops(host('a')), []);
});

test('what waits to be sent is told when it is much', () => {
  assert.equal(describeSpool(host('a')), '');
  assert.equal(describeSpool(host('a', { spoolBatches: 1, spoolBytes: 90_000_000 })), '');
  assert.equal(describeSpool(host('a', { spoolBatches: 9, spoolBytes: 1000 })), '');
  assert.match(describeSpool(host('a', { spoolBatches: 1200, spoolBytes: 3 << 20 })), /^1.200 batches, 3\.00\sMiB$/);
  assert.match(describeSpool(host('a', { spoolBatches: 3, spoolBytes: 5 << 20 })), /^3 batches, 5\.00\sMiB$/);
});

test('the source tells version and interval as far as they are known', () => {
  assert.equal(describeSource(host('a', { intervalMs: 9998, agentVersion: '1.8.2' })), 'node_exporter 1.8.2, every 10s');
  assert.equal(describeSource(host('a', { source: 'other', intervalMs: null })), 'pushed');
});

test('a strip of hours is a sentence as well', () => {
  assert.equal(describeTicks(['none', 'ok', 'ok', 'late', 'silent']), 'Last 5 hours: 2 good, 1 with samples missing, 1 silent, 1 before it was known');
});

test('the last sample ages by the second', () => {
  assert.deepEqual([0, 999, 4000, 60_000].map((ageMs) => describeSeen(1000, 1000 + ageMs)), ['now', 'now', '4 s ago', '1 min ago']);
  assert.equal(describeSeen(5000, 1000), 'now');
});

test('a host has six charts where its source is known, and its name cannot change their queries', () => {
  for (const source of /** @type {const} */ (['metricbox', 'node_exporter', 'telegraf'])) {
    const panels = hostPanels(host('a"} or vector(1) or x{y="\\', { source }));
    assert.deepEqual(panels.map((panel) => panel.title), ['CPU', 'Memory', 'Disk', 'Network', 'Load', 'Disk reads and writes']);
    for (const panel of panels) {
      const queries = /** @type {{query: string}[]} */ (panel.query);
      assert.ok(queries.length > 0);
      for (const { query } of queries) assert.ok(query.includes('instance="a\\"} or vector(1) or x{y=\\"\\\\"'), query);
    }
    assert.ok(HOST_DASHBOARDS[source]);
  }
  assert.deepEqual(hostPanels(host('a', { source: 'other' })), []);
});

test('commands carry the address of this page and the token', () => {
  assert.deepEqual(CONNECTORS.map((connector) => connector.value), ['agent', 'telegraf', 'prometheus', 'curl']);
  for (const connector of CONNECTORS) {
    const text = connector.command('https://box.example:8642', 'mbx_secret');
    assert.ok(text.includes('https://box.example:8642'));
    assert.ok(text.includes('mbx_secret'));
  }
});

test('an address of this machine alone is known as such', () => {
  assert.deepEqual(['localhost', 'a.localhost', '127.0.0.1', '[::1]'].map(isLocalOrigin), [true, true, true, true]);
  assert.deepEqual(['box', '10.0.0.1', '127.example.com', 'localhost.example.com'].map(isLocalOrigin), [false, false, false, false]);
});
