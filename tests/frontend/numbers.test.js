import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNumber, writeNumber } from '../../metricbox/web/static/lib/numbers.js';

/**
 * @param {string} text
 * @param {string | null} [unit]
 */
function value(text, unit = null) {
  const read = readNumber(text, unit);
  return read.error === null ? read.value : 'error';
}

test('both decimal marks are read', () => {
  assert.equal(value('0.5'), 0.5);
  assert.equal(value('0,5'), 0.5);
  assert.equal(value('-0,125'), -0.125);
  assert.equal(value('.5'), 0.5);
  assert.equal(value(',5'), 0.5);
  assert.equal(value('1,234'), 1.234, 'one mark is the decimal one');
});

test('grouped digits are read where they can be nothing else', () => {
  assert.equal(value('1,234,567'), 1_234_567);
  assert.equal(value('1.234.567'), 1_234_567);
  assert.equal(value('1,234.5'), 1234.5);
  assert.equal(value('1.234,5'), 1234.5);
  assert.equal(value('1 234 567'), 1_234_567);
  assert.equal(value('1\u202f234,5'), 1234.5);
  assert.equal(value("1'234.5"), 1234.5);
  assert.equal(value('1,2,3'), 'error');
  assert.equal(value('1.2,3.4,5'), 'error');
});

test('signs, exponents, and nothing at all', () => {
  assert.equal(value('−3'), -3);
  assert.equal(value('+3'), 3);
  assert.equal(value('1e5'), 100_000);
  assert.equal(value('1,5E-3'), 0.0015);
  assert.equal(value(''), null);
  assert.equal(value('   '), null);
});

test('what is no number says so', () => {
  for (const text of ['x', '-', 'NaN', 'Infinity', '0x10', '1e999', '<img>', '5 apples', '--1', '1..2']) assert.equal(value(text), 'error', text);
  assert.equal(readNumber('x').error, 'must be a number, such as 0.5');
  assert.equal(readNumber('5 m', 'bytes').error, null, 'milli');
  assert.equal(readNumber('5 V', 'bytes').error, 'cannot be in "V", its unit is B');
});

test('percent is what the unit says', () => {
  assert.equal(value('90%', 'percent'), 90);
  assert.equal(value('90 %', 'ratio'), 0.9);
  assert.equal(value('7%', 'ratio'), 0.07);
  assert.equal(value('90%'), 90);
  assert.equal(value('90%', 'bytes'), 'error');
  assert.equal(readNumber('90%', 'ratio').isConverted, true);
  assert.equal(readNumber('0.9', 'ratio').isConverted, false);
});

test('sizes: binary and decimal prefixes, with and without the unit', () => {
  assert.equal(value('1.5GiB', 'bytes'), 1.5 * 1024 ** 3);
  assert.equal(value('1,5 GiB', 'bytes'), 1.5 * 1024 ** 3);
  assert.equal(value('1.5 GB', 'bytes'), 1.5e9);
  assert.equal(value('10 MiB/s', 'bytesPerSec'), 10 * 1024 ** 2);
  assert.equal(value('10 MiB', 'bytesPerSec'), 10 * 1024 ** 2);
  assert.equal(value('1 kb/s', 'bitsPerSec'), 1000);
  assert.equal(value('2Ki'), 2048);
  assert.equal(value('3k'), 3000);
  assert.equal(value('1GiB'), 1024 ** 3);
  assert.equal(value('2.3 kW', 'watt'), 2300);
  assert.equal(value('5mV', 'volt'), 0.005);
  assert.equal(value('5m', 'volt'), 0.005);
  assert.equal(value('20 °C', 'celsius'), 20);
  assert.equal(value('7 boxes', 'boxes'), 7);
});

test('durations in the unit of the field', () => {
  assert.equal(value('5m', 'seconds'), 300);
  assert.equal(value('5m', 'ms'), 300_000);
  assert.equal(value('1h30m', 'seconds'), 5400);
  assert.equal(value('250ms', 'seconds'), 0.25);
  assert.equal(value('0,5 s', 'ms'), 500);
  assert.equal(value('2d', 'seconds'), 172_800);
  assert.equal(value('5m'), 300, 'seconds where nothing is said');
  assert.equal(value('-5m', 'seconds'), -300);
  assert.equal(value('300', 'ms'), 300);
});

test('what a field shows reads as the same number', () => {
  for (const number of [0, -0.5, 1e21, 123456789.123, 5e-324, 2 ** 53, -1e-7, 1234]) assert.equal(value(writeNumber(number)), number);
  assert.equal(writeNumber(null), '');
});
