import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAxis, formatExact, formatParts, formatValue } from '../../metricbox/web/static/lib/format.js';

/** @param {number | null | undefined} value @param {string | null} unit @param {object} [more] */
const show = (value, unit, more = {}) => formatValue(value, unit, { locale: 'en-US', zone: 'UTC', ...more }).replaceAll('\u00a0', ' ');

/** The table of UI.md 9, one line each. @type {[string | null, number | null, string][]} */
const TABLE = [
  ['none', 1234567, '1,234,567'],
  ['short', 1234567, '1.23 M'],
  ['bytes', 1536, '1.50 KiB'],
  ['bytesSI', 1536, '1.54 kB'],
  ['bytesPerSec', 1250000, '1.19 MiB/s'],
  ['bitsPerSec', 10_000_000, '10.0 Mb/s'],
  ['percent', 41.337, '41.3 %'],
  ['ratio', 0.41337, '41.3 %'],
  ['seconds', 0.0123, '12.3 ms'],
  ['seconds', 200, '3 m 20 s'],
  ['seconds', 4 * 86_400 + 3 * 3600, '4 d 3 h'],
  ['seconds', 3600, '1 h'],
  ['ms', 1500, '1.50 s'],
  ['us', 2.5, '2.50 µs'],
  ['ns', 800, '800 ns'],
  ['seconds', 0, '0 s'],
  ['perSec', 1530, '1.53 k/s'],
  ['perMin', 90, '90 /min'],
  ['hertz', 1530, '1.53 kHz'],
  ['celsius', 21.53, '21.5 °C'],
  ['volt', 0.0123, '12.3 mV'],
  ['watt', 2300, '2.30 kW'],
  ['rpm', 1530, '1,530 rpm'],
  ['dateTime', Date.UTC(2026, 10, 25, 10, 41, 7), '2026-11-25 10:41:07'],
  ['bool', 1, 'Yes'],
  ['bool', 0, 'No'],
  ['boxes', 7, '7 boxes'],
  [null, 0.5, '0.5'],
  ['percent', null, '–'],
  ['bytes', 0, '0 B'],
  ['none', -3, '−3'],
  ['short', -1500, '−1.50 k'],
  ['none', 0.00001234, '1.2e−5'],
  ['none', 1.5e16, '1.5e16'],
  ['none', 123456789.123, '123,456,789.123'],
  ['none', 0.1, '0.1'],
];

for (const [unit, value, expected] of TABLE) {
  test(`${value} as ${unit} is ${expected}`, () => assert.equal(show(value, unit), expected));
}

test('an age is told from the time at hand', () => {
  assert.equal(show(1_000_000, 'age', { nowMs: 1_000_000 + 240_000 }), '4 min ago');
});

test('a mean is shown with six digits, and with all of them where it is looked at closely', () => {
  assert.equal(show(50.128899305556, 'none'), '50.1289');
  assert.equal(show(0.123456789, 'none'), '0.123457');
  assert.equal(show(-1234567.87654, 'none'), '−1,234,567.877');
  assert.equal(formatExact(50.128899305556, 'none', { locale: 'en-US' }), '50.128899305556');
});

test('values that are no numbers are no data, never zero', () => {
  for (const value of [null, undefined, NaN, Infinity]) assert.equal(show(value, 'bytes'), '–');
});

test('rounding carries into the next prefix', () => {
  assert.equal(show(999_999, 'short'), '1.00 M');
  assert.equal(show(1024 ** 3, 'bytes'), '1.00 GiB');
  assert.equal(show(1024 * 1024 - 1, 'bytes'), '1.00 MiB');
  assert.equal(show(9.996, 'percent'), '10.0 %');
  assert.equal(show(99.97, 'percent'), '100 %');
});

test('fixed decimals are kept', () => {
  assert.equal(show(41.337, 'percent', { decimals: 0 }), '41 %');
  assert.equal(show(1536, 'bytes', { decimals: 1 }), '1.5 KiB');
  assert.equal(show(7, 'boxes', { decimals: 2 }), '7.00 boxes');
  assert.equal(show(-0.00098, 'none', { decimals: 2 }), '0.00');
  assert.equal(show(-0.98, 'none', { decimals: 2 }), '−0.98');
});

test('a unit that is a name of Object is a text like any other', () => {
  assert.equal(show(7, 'constructor'), '7 constructor');
  assert.equal(show(7, '__proto__'), '7 __proto__');
});

test('number and unit come apart for large figures', () => {
  assert.deepEqual(formatParts(1536, 'bytes', { locale: 'en-US' }), { number: '1.50', suffix: 'KiB' });
  assert.deepEqual(formatParts(200, 'seconds', { locale: 'en-US' }), { number: '3 m 20 s', suffix: '' });
});

test('what a double cannot hold exactly is marked', () => {
  assert.equal(formatExact(9_007_199_254_740_994, 'none', { locale: 'en-US' }), '9e15 (rounded)');
  assert.equal(formatExact(41.33712, 'percent', { locale: 'en-US' }).replaceAll('\u00a0', ' '), '41.34 %');
});

/** @param {number[]} ticks @param {string | null} unit */
const axis = (ticks, unit) => formatAxis(ticks, unit, { locale: 'en-US' }).map((text) => text.replaceAll('\u00a0', ' '));

test('ticks of one axis share prefix and decimals', () => {
  assert.deepEqual(axis([0, 500_000, 1_000_000, 1_500_000], 'short'), ['0.0 M', '0.5 M', '1.0 M', '1.5 M']);
  assert.deepEqual(axis([0, 256 * 2 ** 20, 512 * 2 ** 20], 'bytes'), ['0 MiB', '256 MiB', '512 MiB']);
  assert.deepEqual(axis([0, 2 ** 29, 2 ** 30], 'bytes'), ['0.0 GiB', '0.5 GiB', '1.0 GiB']);
  assert.deepEqual(axis([0, 0.25, 0.5], 'ratio'), ['0 %', '25 %', '50 %']);
  assert.deepEqual(axis([0, 20, 40], 'percent'), ['0 %', '20 %', '40 %']);
  assert.deepEqual(axis([0, 0.01, 0.02], 'seconds'), ['0 s', '10 ms', '20 ms']);
  assert.deepEqual(axis([0, 1.25, 2.5], null), ['0.00', '1.25', '2.50']);
  assert.deepEqual(axis([0, 2000, 4000], null), ['0', '2,000', '4,000']);
  assert.deepEqual(axis([-2, -1, 0], null), ['−2', '−1', '0']);
});

test('an axis of tiny values names them', () => {
  assert.deepEqual(axis([1e-30, 2e-30], null), ['1e−30', '2e−30']);
});
