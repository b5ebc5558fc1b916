import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMetric, forgetMetrics, listTags, listTagValues, searchMetrics } from '../../metricbox/web/static/api/metrics.js';

/** @type {string[]} */
let asked = [];
/** @type {(path: string) => {status: number, body: unknown}} */
let answer = () => ({ status: 200, body: { data: [] } });

function start() {
  asked = [];
  forgetMetrics();
  globalThis.fetch = async (path) => {
    asked.push(String(path));
    const { status, body } = answer(String(path));
    return new Response(JSON.stringify(body), { status });
  };
}

const UP = { name: 'up', type: 'gauge' };

test('the same list is asked for once', async () => {
  start();
  answer = () => ({ status: 200, body: { data: [UP], meta: { total: 9 } } });
  assert.deepEqual(await Promise.all([searchMetrics('up'), searchMetrics('up')]), [{ list: [UP], total: 9 }, { list: [UP], total: 9 }]);
  await searchMetrics('up', 2);
  await searchMetrics('a b&c');
  assert.deepEqual(asked, [
    '/api/v1/metrics?search=up&page=1&pageSize=50', '/api/v1/metrics?search=up&page=2&pageSize=50', '/api/v1/metrics?search=a+b%26c&page=1&pageSize=50',
  ]);
});

test('a failure is asked again', async () => {
  start();
  answer = () => ({ status: 500, body: { error: 'broken', code: 'INTERNAL_ERROR' } });
  assert.equal(await searchMetrics('up').catch((error) => error.message), 'broken');
  answer = () => ({ status: 200, body: { data: [UP], meta: { total: 1 } } });
  assert.equal((await searchMetrics('up')).total, 1);
});

test('a metric is found by its whole name alone', async () => {
  start();
  answer = () => ({ status: 200, body: { data: [UP], meta: { total: 3 } } });
  assert.equal((await findMetric('up'))?.type, 'gauge');
  assert.equal(await findMetric('u'), null);
  assert.equal(await findMetric(''), null);
  assert.equal(await findMetric('x'.repeat(256)), null);
});

test('values come with their counts, and none of a metric that is not there', async () => {
  start();
  answer = (path) => (path.startsWith('/api/v1/metrics?') ? { status: 200, body: { data: [{ name: 'a/b', type: 'gauge' }], meta: { total: 1 } } }
    : path.includes('/tags/') ? { status: 200, body: { data: ['x', 'y'], meta: { total: 7, counts: [2, 1] } } }
      : { status: 200, body: { data: { host: 3 } } });
  assert.deepEqual(await listTags('a/b'), [{ value: 'host', count: 3 }]);
  assert.deepEqual(await listTagValues('a/b', 'ho/st', 'x'), { list: [{ value: 'x', count: 2 }, { value: 'y', count: 1 }], total: 7 });
  assert.ok(asked.includes('/api/v1/metrics/a%2Fb/tags/ho%2Fst?search=x&page=1&pageSize=50'));
  assert.deepEqual(await listTags('other'), []);
});
