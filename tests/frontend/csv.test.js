import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv } from '../../metricbox/web/static/lib/csv.js';

test('rows become lines that every spreadsheet reads', () => {
  assert.equal(toCsv(['time', 'a,b'], [['2026-11-25T10:00:00Z', 1.5], ['line\nbreak', null], ['say "x"', -3]]),
    'time,"a,b"\r\n2026-11-25T10:00:00Z,1.5\r\n"line\nbreak",\r\n"say ""x""",-3\r\n');
});

test('a text is never a formula, a negative number stays one', () => {
  const hostile = ['=1+1', '+1', '-cmd', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://x.invalid")'];
  for (const text of hostile) {
    const line = toCsv([], [[text]]).split('\r\n').slice(1).join('\r\n').trimEnd().replace(/^"|"$/g, '');
    assert.ok(line.startsWith("'"), line);
  }
  assert.equal(toCsv([], [[-5, Number.NaN, Infinity, 0]]), '\r\n-5,,,0\r\n');
  assert.equal(toCsv(['=a'], []), "'=a\r\n");
});

test('half a million rows are no stack (B136)', () => {
  const rows = Array.from({ length: 500_000 }, (_, index) => [index, index / 3]);
  assert.equal(toCsv(['a', 'b'], rows).split('\r\n').length, 500_002);
});
