import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logRange, logTicks } from '../../metricbox/web/static/charts/log-scale.js';
import { extent } from '../../metricbox/web/static/charts/scales.js';

test('limits are whole powers of ten around the data', () => {
  assert.deepEqual(logRange(3, 4200), [1, 10_000]);
  assert.deepEqual(logRange(10, 10), [10, 100]);
  assert.deepEqual(logRange(null, null), [1, 10]);
  assert.deepEqual(logRange(3, 4200, { min: 2, max: 500 }), [2, 500]);
  assert.deepEqual(logRange(3, 4200, { min: 0, max: -1 }), [1, 10_000], 'fixed ends without a logarithm do not count');
  assert.deepEqual(logRange(3, 42, { min: 1000 }), [1000, 10_000]);
  assert.deepEqual(logRange(3000, 4200, { max: 5 }), [0.5, 5]);
  const nasty = [[5e-324, 1.7e308], [1e308, 1e308], [5e-324, 5e-324], [Infinity, NaN], [1, 1 + 1e-16]];
  for (const [min, max] of nasty) {
    const [low, high] = logRange(min, max);
    assert.ok(low > 0 && Number.isFinite(high) && high > low * 1.5, `${min} ${max}: ${low} ${high}`);
  }
});

test('there are ticks, and few of them, whatever the limits are', () => {
  assert.deepEqual(logTicks(1, 10), [1, 2, 5, 10]);
  assert.deepEqual(logTicks(3, 40), [5, 10, 20]);
  assert.deepEqual(logTicks(1, 1e6), [1, 10, 100, 1000, 1e4, 1e5, 1e6]);
  for (const [min, max] of /** @type {[number, number][]} */ ([[1e-289, 1e289], [1e-30, 1e-20], [1, 1e12], [2, 4]])) {
    const ticks = logTicks(min, max);
    assert.ok(ticks.length > 0 && ticks.length <= 12, `${min} ${max}: ${ticks}`);
    assert.ok(ticks.every((tick) => tick >= min * 0.999 && tick <= max * 1.001));
  }
});

test('what is not drawn does not move the axis', () => {
  assert.deepEqual(extent([[-5, 0, 3, null, 9]], true), { min: 3, max: 9 });
  assert.deepEqual(extent([[-5, 0]], true), { min: null, max: null });
});
