import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zoneName } from '../../metricbox/web/static/lib/zone.js';

const env = /** @type {Record<string, string | undefined>} */ (/** @type {any} */ (globalThis).process.env);

test('the name of the own zone follows the machine', () => {
  const before = env.TZ;
  try {
    env.TZ = 'Asia/Tokyo';
    assert.equal(zoneName(''), 'Asia/Tokyo');
    assert.equal(zoneName(''), 'Asia/Tokyo');
    env.TZ = 'America/New_York';
    assert.equal(zoneName(''), 'America/New_York');
  } finally {
    if (before === undefined) delete env.TZ;
    else env.TZ = before;
  }
  assert.equal(zoneName('Europe/Berlin'), 'Europe/Berlin');
});
