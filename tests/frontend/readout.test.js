import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartSentence, sourceNotes, tooltipContent } from '../../metricbox/web/static/charts/readout.js';
import { chooseRows, tooltipText } from '../../metricbox/web/static/charts/tooltip.js';

/** @param {object} change */
function specOf(change = {}) {
  const series = (/** @type {string} */ key, /** @type {number[]} */ values, /** @type {number[]} */ counts) => (
    { key, text: key, name: 'm', tags: {}, hasTemplate: false, values, counts, thin: key === 'b' ? [1] : [] });
  return /** @type {any} */ ({
    frame: { times: [0, 60_000, 120_000], stepMs: 60_000, tail: 2, series: [series('a', [1, 123456789.123, 3], [12, 12, 3]), series('b', [5, 4, 9], [12, 2, 3])] },
    hidden: new Set(), span: { startMs: 0, endMs: 3_600_000 }, table: 'metrics_1min', zone: 'UTC', unit: null, decimals: null, label: 'CPU', ...change,
  });
}

test('a tooltip says table, step, samples and their instants', () => {
  assert.deepEqual(sourceNotes(specOf(), 0, -1), ['metrics_1min, step 1m', '12 samples each from 00:00:00 to 00:01:00']);
  assert.deepEqual(sourceNotes(specOf(), 0, 0), ['metrics_1min, step 1m', '12 samples from 00:00:00 to 00:01:00']);
  assert.deepEqual(sourceNotes(specOf(), 1, 1), ['metrics_1min, step 1m', '2 samples from 00:01:00 to 00:02:00', 'fewer samples than usual: part of this step is missing']);
  assert.deepEqual(sourceNotes(specOf(), 1, -1).at(1), '2 to 12 samples each from 00:01:00 to 00:02:00');
  assert.equal(sourceNotes(specOf(), 2, 0).at(-1), 'this step is not over yet');
});

test('it shows every digit (B159), and copies all series', () => {
  const content = tooltipContent(specOf(), 1, -1, () => '#000000');
  assert.match(content.rows[0]?.value ?? '', /123.456.789.123/);
  const text = tooltipText(content);
  assert.match(text, /^1970-01-01 00:01:00 UTC\na\t123.456.789.123\nb\t4\nmetrics_1min/);
});

test('twelve rows, the nearest among them, the rest counted', () => {
  const rows = Array.from({ length: 20 }, (_, index) => ({ text: `${index}`, value: '', order: index, color: '', isNearest: index === 2 }));
  const chosen = chooseRows(rows);
  assert.equal(chosen.rows.length, 12);
  assert.equal(chosen.rest, 8);
  assert.deepEqual([chosen.rows[0]?.text, chosen.rows.at(-1)?.text], ['19', '2']);
});

test('a sentence stands for the picture', () => {
  assert.match(chartSentence(specOf()), /^CPU, 2 series, 1h to 01:00:00; highest a 123.+ at 00:01:00; lowest a 1 at 00:00:00\.$/);
});
