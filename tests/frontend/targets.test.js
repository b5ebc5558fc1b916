import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTargets, countHealth, describeDuration, describeError, moreLabels } from '../../metricbox/web/static/lib/targets.js';

/** @typedef {import('../../metricbox/web/types/app').ScrapeTarget} ScrapeTarget */

/**
 * @param {string} instance
 * @param {Partial<ScrapeTarget>} [more]
 * @returns {ScrapeTarget}
 */
function target(instance, more = {}) {
  return {
    job: 'node', instance, url: `http://${instance}/metrics`, health: 'up', lastScrapeAt: null, lastDurationMs: null, samples: null, error: null,
    interval: '15s', labels: { job: 'node', instance }, ...more,
  };
}

const LIST = [
  target('web1:9100', { health: 'down', error: 'answers 500 Oh No' }),
  target('db1:9100', { job: 'Database', labels: { job: 'Database', instance: 'db1:9100', env: 'prod', dc: 'fra' } }),
  target('new:1', { health: 'unknown' }),
];
const found = (/** @type {Partial<Parameters<typeof chooseTargets>[1]>} */ wish) => chooseTargets(LIST, { filter: 'all', search: '', ...wish }).map((one) => one.instance);

test('targets are chosen by state and by words in job, address, labels and error', () => {
  assert.deepEqual(found({}), ['web1:9100', 'db1:9100', 'new:1']);
  assert.deepEqual(found({ filter: 'down' }), ['web1:9100']);
  assert.deepEqual(found({ search: ' DATABASE  fra ' }), ['db1:9100']);
  assert.deepEqual(found({ search: 'env=prod' }), ['db1:9100']);
  assert.deepEqual(found({ search: 'oh no' }), ['web1:9100']);
  assert.deepEqual(found({ filter: 'up', search: 'web1' }), []);
  assert.deepEqual(countHealth(LIST), { all: 3, up: 1, down: 1, unknown: 1 });
});

test('errors become sentences about the target', () => {
  const say = (/** @type {string | null} */ error) => describeError(target('a', { error }));
  assert.equal(say(null), '');
  assert.equal(say('answers 404 Not Found: check path'), 'It answers 404 Not Found: check path.');
  assert.equal(say('its host name is not known'), 'It cannot be read: its host name is not known.');
});

test('labels that have columns are not shown twice', () => {
  assert.deepEqual(moreLabels(/** @type {ScrapeTarget} */ (LIST[1])), [['dc', 'fra'], ['env', 'prod']]);
});

test('durations are short', () => {
  assert.deepEqual([null, undefined, 0, 999, 1234].map(describeDuration), ['–', '–', '0 ms', '999 ms', '1.2 s']);
});
