import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayDivisor, extent, guardRange } from '../../metricbox/web/static/charts/scales.js';

/**
 * What uPlot's splitter needs: finite, in order, and far enough apart that a thousandth of the distance still changes a limit.
 * @param {[number, number]} limits
 * @param {string} [name]
 */
function assertDrawable([min, max], name = '') {
  assert.ok(Number.isFinite(min) && Number.isFinite(max), `${name}: finite, got ${min}..${max}`);
  assert.ok(max > min, `${name}: in order, got ${min}..${max}`);
  const step = (max - min) / 1000;
  assert.ok(min + step > min && max - step < max, `${name}: a step changes something, got ${min}..${max}`);
  assert.ok(Number.isFinite(max - min), `${name}: the distance is finite`);
}

/** @type {[string, number[]][]} */
const NASTY = [
  ['float noise around one', [0.9999997615814209, 1.000000238418579]],
  ['two large equal values (B137)', [1e14, 1e14]],
  ['one point', [42]],
  ['one float apart (B137)', [2, 1.999999999999999]],
  ['one float apart at 1e16', [1e16, 1e16 + 2]],
  ['one float apart at 1e17', [1e17, 1e17 + 16]],
  ['smallest number', [5e-324]],
  ['largest numbers', [-1.7e308, 1.7e308]],
  ['largest and zero', [0, Number.MAX_VALUE]],
  ['all zeros (B141)', [0, 0, 0]],
  ['all negative (B141)', [-5, -4]],
  ['all negative and equal', [-5, -5]],
  ['negative float noise', [-1.0000001, -1]],
  ['tiny', [1e-30, 3e-30]],
  ['2^53', [9007199254740992, 9007199254740993]],
  ['both signs', [-3, 7]],
  ['infinity', [1, Infinity]],
  ['not a number', [NaN, NaN]],
];

for (const [name, values] of NASTY) {
  test(`range of ${name} can be drawn`, () => {
    const { min, max } = extent([values]);
    assertDrawable(guardRange(min, max), name);
    assertDrawable(guardRange(min, max, { isZeroBased: true }), `${name}, zero-based`);
    assertDrawable(guardRange(min, max, { softMax: 100, isZeroBased: true }), `${name}, soft top`);
    for (const limit of [0, -1, 1, 1e308, 5e-324, 1e17]) {
      assertDrawable(guardRange(min, max, { min: limit }), `${name}, min ${limit}`);
      assertDrawable(guardRange(min, max, { max: limit }), `${name}, max ${limit}`);
      assertDrawable(guardRange(min, max, { min: limit, max: limit }), `${name}, both ${limit} (B138)`);
      assertDrawable(guardRange(min, max, { min: limit, max: -limit }), `${name}, swapped ${limit}`);
    }
  });
}

test('no data gives an axis, too', () => {
  assert.deepEqual(guardRange(null, null), [0, 1.08]);
  assertDrawable(guardRange(undefined, undefined, { isZeroBased: true, min: 5 }));
  assertDrawable(guardRange(NaN, 1));
});

test('nulls are skipped, not counted as zero (B139)', () => {
  assert.deepEqual(extent([[null, 98, 99], [undefined, 97]]), { min: 97, max: 99 });
  const [min] = guardRange(98, 99);
  assert.ok(min > 90);
});

test('nothing at all has no extent', () => {
  assert.deepEqual(extent([]), { min: null, max: null });
  assert.deepEqual(extent([[null, undefined, NaN, Infinity]]), { min: null, max: null });
});

test('data that are never negative get no negative axis', () => {
  assert.equal(guardRange(0.01, 10)[0], 0);
  assert.equal(guardRange(0, 0)[0], 0);
  assert.ok(guardRange(-0.01, 10)[0] < 0);
});

test('a zero-based axis stands on zero and keeps room above', () => {
  const [min, max] = guardRange(40, 80, { isZeroBased: true });
  assert.equal(min, 0);
  assert.ok(max > 80 && max < 90);
  assert.equal(guardRange(-80, -40, { isZeroBased: true })[1], 0);
});

test('above a fixed zero there is room in proportion to the height', () => {
  assert.ok(guardRange(22, 23.5, { min: 0 })[1] > 25);
  assert.ok(guardRange(22, 23.5, { max: 100 })[0] < 16);
});

test('a soft top holds until the data pass it', () => {
  assert.equal(guardRange(3, 12, { isZeroBased: true, softMax: 100 })[1], 100);
  assert.ok(guardRange(3, 130, { isZeroBased: true, softMax: 100 })[1] > 130);
});

test('fixed limits are kept exactly', () => {
  assert.deepEqual(guardRange(3, 12, { min: 1, max: 20 }), [1, 20]);
  assert.deepEqual(guardRange(30, 12, { min: 20, max: 1 }), [1, 20]);
  assert.equal(guardRange(3, 12, { min: 50 })[0], 50);
});

test('a time axis of five minutes is not widened, one of nothing is', () => {
  const end = Date.UTC(2026, 10, 25);
  assert.deepEqual(guardRange(end - 300_000, end, { isTight: true }), [end - 300_000, end]);
  assert.deepEqual(guardRange(end - 1000, end, { isTight: true }), [end - 1000, end]);
  assertDrawable(guardRange(end, end, { isTight: true }));
});

test('usual values are drawn as they are, extreme ones are divided', () => {
  assert.equal(displayDivisor(0, 100), 1);
  assert.equal(displayDivisor(0, 0), 1);
  assert.equal(displayDivisor(0, 3.2e-30), 10 ** -30);
  const divisor = displayDivisor(-1.7e308, 1.7e308);
  assert.ok(Number.isFinite(divisor) && 1e290 / divisor > 0);
});

test('an extent of many values does not overflow the stack (B136)', () => {
  const values = Array.from({ length: 500_000 }, (_, index) => index);
  assert.deepEqual(extent([values]), { min: 0, max: 499_999 });
});
