import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildFrame, drawColumns, finishedValues, hasValues, joinTimes, loneRows, stackColumns, withHoleRows, thinRows } from '../../metricbox/web/static/lib/frames.js';

/** @param {number} stepMs */
function meta(stepMs) {
  return { table: 'metrics_raw', resolution: 'raw', step: `${stepMs}ms`, stepMs, cached: false, tookMs: 1, samplesRead: 1, seriesTotal: 1, truncated: false, warnings: [] };
}

/**
 * @param {number[]} times
 * @param {(number | null)[]} values
 * @param {number} [stepMs]
 * @param {string} [host]
 */
function answer(times, values, stepMs = 10, host = 'a') {
  return { data: { times, series: [{ name: 'm', tags: { host }, values }] }, meta: meta(stepMs), template: '{{host}}' };
}

/** @param {import('../../metricbox/web/static/lib/frames.js').Frame} frame */
function columns(frame) {
  return frame.series.map((series) => series.values);
}

test('one answer is taken as it is, without copying', () => {
  const times = [0, 10, 20];
  const values = [1, null, 3];
  const frame = buildFrame([answer(times, values)], 1000);
  assert.equal(frame.times, times);
  assert.equal(frame.series[0]?.values, values);
  assert.equal(frame.series[0]?.text, 'a');
});

test('a null stays a gap, a step that a coarser query has not is none', () => {
  const frame = buildFrame([answer([0, 10, 20, 30], [1, null, 3, 4]), answer([0, 20], [7, 8], 20, 'b')], 1000);
  assert.deepEqual(frame.times, [0, 10, 20, 30]);
  assert.deepEqual(columns(frame), [[1, null, 3, 4], [7, undefined, 8, undefined]]);
});

test('a hole of more than one and a half steps breaks the line', () => {
  const frame = buildFrame([answer([0, 10, 50, 60], [1, 2, 5, 6])], 1000);
  assert.deepEqual(frame.times, [0, 10, 20, 50, 60]);
  assert.deepEqual(columns(frame), [[1, 2, null, 5, 6]]);
  assert.deepEqual(withHoleRows([0, 10, 24], 10), [0, 10, 24]);
});

test('the hole of one query does not break another', () => {
  const frame = buildFrame([answer([0, 10, 50], [1, 2, 5]), answer([0, 10, 20, 30, 40, 50], [1, 2, 3, 4, 5, 6], 10, 'b')], 1000);
  assert.deepEqual(frame.times, [0, 10, 20, 30, 40, 50]);
  assert.deepEqual(columns(frame), [[1, 2, null, undefined, undefined, 5], [1, 2, 3, 4, 5, 6]]);
});

test('equal lists of times are one list', () => {
  assert.deepEqual(joinTimes([[0, 10], [0, 10]]), [0, 10]);
  assert.deepEqual(joinTimes([[0, 20], [10, 20], []]), [0, 10, 20]);
  assert.deepEqual(joinTimes([]), []);
});

test('the step whose end is still to come is unfinished', () => {
  assert.equal(buildFrame([answer([0, 10, 20], [1, 2, 3])], 25).tail, 2);
  assert.equal(buildFrame([answer([0, 10, 20], [1, 2, 3])], 30).tail, 3);
  assert.equal(buildFrame([answer([0, 10, 20], [1, 2, 3])], 5).tail, 0);
});

test('the unfinished step is left out of the newest value, unless it is all there is', () => {
  const frame = buildFrame([answer([0, 10, 20], [1, 2, 99])], 25);
  const [series] = frame.series;
  assert.ok(series);
  assert.deepEqual(finishedValues(frame, series), [1, 2]);
  const young = buildFrame([answer([0, 10, 20], [null, null, 99])], 25);
  const [first] = young.series;
  assert.ok(first);
  assert.deepEqual(finishedValues(young, first), [null, null, 99]);
});

test('series of one name in two queries stay two series', () => {
  const frame = buildFrame([answer([0], [1]), answer([0], [2])], 1000);
  assert.equal(new Set(frame.series.map((series) => series.key)).size, 2);
});

test('samples between gaps are found, so that they get a dot', () => {
  assert.deepEqual(loneRows([null, 5, null, 1, 2, null, 7]), [1, 6]);
  assert.deepEqual(loneRows([5]), [0]);
  assert.deepEqual(loneRows([1, undefined, 2]), []);
  assert.deepEqual(loneRows([null, 1, undefined, null]), [1]);
  assert.deepEqual(loneRows([null, null]), []);
});

test('a stack treats null as nothing, and leaves hidden series out', () => {
  assert.deepEqual(stackColumns([[1, null, 3], [10, 20, null]], [true, true]), [[1, null, 3], [11, 20, null]]);
  assert.deepEqual(stackColumns([[1, 2], [10, 20]], [false, true]), [[1, 2], [10, 20]]);
});

test('drawn columns: nulls as zero, divided, and without the unfinished step', () => {
  const frame = buildFrame([answer([0, 10, 20], [1, null, 4])], 25);
  const wish = { isStacked: false, hasTail: true, nulls: /** @type {const} */ ('zero'), isShown: [true], divisor: 2 };
  assert.deepEqual(drawColumns(frame, wish), [[0, 10, 20], [0.5, 0, undefined]]);
  assert.deepEqual(drawColumns(frame, { ...wish, hasTail: false, nulls: 'gap', divisor: 1 }), [[0, 10, 20], [1, null, 4]]);
});

test('a frame of nulls has no values', () => {
  assert.equal(hasValues(buildFrame([answer([0], [null])], 100)), false);
  assert.equal(hasValues(buildFrame([], 100)), false);
  assert.equal(hasValues(buildFrame([answer([0], [0])], 100)), true);
});

test('steps that hold far fewer samples than usual are thin', () => {
  const usual = Array.from({ length: 100 }, () => 12);
  assert.deepEqual(thinRows(usual, 100), []);
  const some = usual.with(3, 2).with(4, 5).with(5, 6).with(6, 0).with(99, 1);
  assert.deepEqual(thinRows(some, 99), [3, 4], 'half is enough, none is a gap, the newest step is not over');
  assert.deepEqual(thinRows(Array.from({ length: 100 }, (_, row) => row % 2), 100), [], 'one sample a step is all there is');
  assert.deepEqual(thinRows(null, 5), []);
  assert.deepEqual(thinRows([], 0), []);
});

test('thin steps break the line, to be drawn apart, unless gaps are joined', () => {
  const times = Array.from({ length: 10 }, (_, row) => row * 1000);
  const counts = times.map((_, row) => (row === 4 ? 1 : 10));
  const meta = { table: 'metrics_1min', resolution: '1s', stepMs: 1000, cached: false, tookMs: 1, samplesRead: 1, seriesTotal: 1, truncated: false, warnings: [] };
  const frame = buildFrame([{ data: { times, series: [{ name: 'm', tags: {}, values: times.map(() => 7), counts }] }, meta, template: null }], 1e9);
  assert.deepEqual(frame.series[0]?.thin, [4]);
  const wish = { isStacked: false, hasTail: true, isShown: [true], divisor: 1 };
  assert.equal(drawColumns(frame, { ...wish, nulls: 'gap' })[1]?.[4], null);
  assert.equal(drawColumns(frame, { ...wish, nulls: 'join' })[1]?.[4], 7);
  assert.equal(drawColumns(frame, { ...wish, nulls: 'gap', hasTail: false })[1]?.[4], 7);
});

test('a logarithm has no place for zero and less', () => {
  const times = [0, 1, 2, 3];
  const frame = { times, stepMs: 1, tail: 4, series: [{ key: 'a', text: 'a', name: 'a', tags: {}, hasTemplate: false, counts: null, thin: [], values: [-1, 0, 1e-30, 10] }] };
  assert.deepEqual(drawColumns(frame, { isStacked: false, hasTail: false, nulls: 'gap', isShown: [true], divisor: 1, isLog: true })[1], [null, null, 1e-30, 10]);
});
