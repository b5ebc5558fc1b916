// API answers -> one frame of aligned columns, and the frame -> what uPlot draws. Pure: plain arrays in and out.
//
//   times   t0   t1   t2   (t3)   t4    a hole of over 1.5 steps gets a row of nulls at (t3), so that lines break there
//   values  1    null 3    null   5     null: the server has no value in that step
//   values2 7    undef 8   null   9     undefined: this query's grid has no such step, which is no gap
import { legendTexts, seriesKey } from './labels.js';

/** @typedef {(number | null | undefined)[]} Column */

/**
 * @typedef {object} FrameSeries
 * @property {string} key identity within the panel: the query's position, name and tags
 * @property {string} text legend text, safe to show
 * @property {string} name
 * @property {Record<string, string>} tags
 * @property {Column} values as long as the frame's times
 * @property {Column | null} counts samples behind each value, where the answer has them
 * @property {number[]} thin rows of steps that hold far fewer samples than this series' steps usually do
 * @property {boolean} hasTemplate its text comes from a template of the panel and not from its tags
 */

/**
 * @typedef {object} Frame
 * @property {number[]} times milliseconds, ascending
 * @property {FrameSeries[]} series
 * @property {number} stepMs the finest step of the answers
 * @property {number} tail first row whose step is not over yet; the number of rows when all are
 */

/**
 * @typedef {object} Answer one query's result, with the legend template of its query
 * @property {import('../../types/app').QueryResult} data
 * @property {import('../../types/app').QueryMeta} meta
 * @property {string | null | undefined} template
 */

const HOLE_STEPS = 1.5;

/**
 * @param {Answer[]} answers in the order of the panel's queries
 * @param {number} nowMs the server's clock, decides which step is unfinished
 * @returns {Frame}
 */
export function buildFrame(answers, nowMs) {
  const steps = answers.map((answer) => answer.meta.stepMs).filter((step) => step > 0);
  const stepMs = steps.length > 0 ? Math.min(...steps) : 0;
  const times = withHoleRows(joinTimes(answers.map((answer) => answer.data.times)), Math.max(0, ...steps));
  const names = answers.flatMap((answer) => answer.data.series.map((series) => ({ ...series, template: answer.template })));
  const texts = legendTexts(names);
  /** @type {FrameSeries[]} */
  const list = [];
  answers.forEach((answer, position) => {
    const rows = rowIndex(answer.data.times, times);
    for (const series of answer.data.series) {
      list.push({
        key: `${position}:${seriesKey(series)}`,
        text: texts[list.length] ?? '',
        name: series.name,
        tags: series.tags,
        hasTemplate: Boolean(answer.template),
        values: placeColumn(series.values, rows, answer.data.times, times, answer.meta.stepMs),
        counts: series.counts ? placeColumn(series.counts, rows, answer.data.times, times, answer.meta.stepMs) : null,
        thin: [],
      });
    }
  });
  let tail = times.length;
  while (tail > 0 && (times[tail - 1] ?? 0) + stepMs > nowMs) tail -= 1;
  for (const series of list) series.thin = thinRows(series.counts, tail);
  return { times, series: list, stepMs, tail };
}

/**
 * @param {number[][]} lists ascending
 * @returns {number[]} ascending, without repeats
 */
export function joinTimes(lists) {
  const [first = []] = lists;
  const isSame = lists.every((list) => list.length === first.length && list[0] === first[0] && list.at(-1) === first.at(-1)
    && list.every((time, index) => time === first[index]));
  if (isSame) return first;
  /** @type {Set<number>} */
  const all = new Set();
  for (const list of lists) for (const time of list) all.add(time);
  return [...all].sort((left, right) => left - right);
}

/**
 * @param {number[]} times
 * @param {number} stepMs
 */
export function withHoleRows(times, stepMs) {
  if (stepMs <= 0) return times;
  const isWhole = times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) <= stepMs * HOLE_STEPS);
  if (isWhole) return times;
  /** @type {number[]} */
  const rows = [];
  for (const time of times) {
    const before = rows.at(-1);
    if (before !== undefined && time - before > stepMs * HOLE_STEPS) rows.push(before + stepMs);
    rows.push(time);
  }
  return rows;
}

/**
 * Row of each of the answer's times in the frame; null when they are the same list.
 * @param {number[]} own
 * @param {number[]} all
 */
function rowIndex(own, all) {
  if (own === all) return null;
  /** @type {number[]} */
  const rows = [];
  let row = 0;
  for (const time of own) {
    while ((all[row] ?? Infinity) < time) row += 1;
    rows.push(row);
  }
  return rows;
}

/**
 * @param {(number | null)[]} values
 * @param {number[] | null} rows
 * @param {number[]} own
 * @param {number[]} all
 * @param {number} stepMs
 * @returns {Column}
 */
function placeColumn(values, rows, own, all, stepMs) {
  if (rows === null) return values;
  /** @type {Column} */
  const column = new Array(all.length).fill(undefined);
  rows.forEach((row, index) => {
    column[row] = values[index];
    const next = own[index + 1];
    const after = row + 1;
    // The row that withHoleRows put in breaks this series only if its own times have the hole.
    if (next !== undefined && next - (own[index] ?? 0) > stepMs * HOLE_STEPS && after < (rows[index + 1] ?? 0)) column[after] = null;
  });
  return column;
}

// What is usual is the median of this many steps: of all of them it costs more than it tells.
const USUAL_SAMPLE = 60;

/**
 * A mean of two samples where there are usually twelve is no mean of the step, so it must not look like one. The newest step
 * is always so while it fills, and is marked by the tail.
 * @param {Column | null} counts
 * @param {number} tail
 * @returns {number[]} ascending
 */
export function thinRows(counts, tail) {
  if (counts === null) return [];
  /** @type {number[]} */
  const some = [];
  const stride = Math.max(1, Math.floor(tail / USUAL_SAMPLE));
  for (let row = 0; row < tail; row += stride) if ((counts[row] ?? 0) > 0) some.push(counts[row] ?? 0);
  const usual = some.sort((left, right) => left - right)[Math.floor(some.length / 2)] ?? 0;
  // Of one sample a step, none is fewer than usual but none at all, which is a gap.
  if (usual < 2) return [];
  /** @type {number[]} */
  const rows = [];
  for (let row = 0; row < tail; row += 1) {
    const count = counts[row] ?? 0;
    if (count > 0 && count < usual / 2) rows.push(row);
  }
  return rows;
}

/**
 * Rows with a value between two nulls: a line through one point has no length, so these get a dot.
 * @param {Column} values
 * @returns {number[]}
 */
export function loneRows(values) {
  /** @type {number[]} */
  const rows = [];
  let previous = -1;
  let isPreviousLone = false;
  let isBroken = true;
  values.forEach((value, row) => {
    if (value === undefined) return;
    if (value === null) {
      if (isPreviousLone) rows.push(previous);
      isPreviousLone = false;
      isBroken = true;
      return;
    }
    isPreviousLone = isBroken;
    isBroken = false;
    previous = row;
  });
  if (isPreviousLone) rows.push(previous);
  return rows;
}

/**
 * Running sums from the first shown series on. A null stays a null and adds nothing to those above it.
 * @param {Column[]} columns
 * @param {boolean[]} isShown
 * @returns {Column[]}
 */
export function stackColumns(columns, isShown) {
  const rows = columns[0]?.length ?? 0;
  /** @type {number[]} */
  const sums = new Array(rows).fill(0);
  return columns.map((column, index) => {
    if (!isShown[index]) return column;
    return column.map((value, row) => {
      if (value === null || value === undefined) return value;
      sums[row] = (sums[row] ?? 0) + value;
      return sums[row];
    });
  });
}

/**
 * @typedef {object} DrawWish
 * @property {boolean} isStacked
 * @property {boolean} hasTail the unfinished rows are drawn apart, so the column ends before them
 * @property {'gap' | 'join' | 'zero'} nulls
 * @property {boolean[]} isShown
 * @property {number} divisor see displayDivisor in scales.js
 * @property {boolean} [isLog] what has no logarithm is left out
 */

/**
 * The columns that uPlot gets, times first.
 * @param {Frame} frame
 * @param {DrawWish} wish
 * @returns {[number[], ...Column[]]}
 */
export function drawColumns(frame, wish) {
  let columns = frame.series.map((series) => series.values);
  if (wish.nulls === 'zero') columns = columns.map((column) => column.map((value) => (value === null ? 0 : value)));
  if (wish.divisor !== 1) columns = columns.map((column) => column.map((value) => (typeof value === 'number' ? value / wish.divisor : value)));
  if (wish.isLog) columns = columns.map((column) => column.map((value) => (typeof value === 'number' && value <= 0 ? null : value)));
  if (wish.isStacked) columns = stackColumns(columns, wish.isShown);
  if (wish.hasTail && frame.tail < frame.times.length) {
    columns = columns.map((column) => column.map((value, row) => (row < frame.tail ? value : undefined)));
  }
  // Thin ones as well, but over the gaps that a joined line bridges.
  if (wish.hasTail && wish.nulls !== 'join') columns = columns.map((column, index) => withoutRows(column, frame.series[index]?.thin ?? []));
  return [frame.times, ...columns];
}

/**
 * @param {Column} column
 * @param {number[]} rows
 */
function withoutRows(column, rows) {
  if (rows.length === 0) return column;
  const next = column.slice();
  for (const row of rows) if (typeof next[row] === 'number') next[row] = null;
  return next;
}

/**
 * The newest value of each finished step counts; the unfinished one would jump at each refresh.
 * @param {Frame} frame
 * @param {FrameSeries} series
 * @returns {Column}
 */
export function finishedValues(frame, series) {
  if (frame.tail >= frame.times.length) return series.values;
  const finished = series.values.slice(0, frame.tail);
  // A series that began within the last step has nothing else to show.
  return finished.some((value) => typeof value === 'number') ? finished : series.values;
}

/**
 * @param {Frame} frame
 * @returns {boolean} whether there is any number in it
 */
export function hasValues(frame) {
  return frame.series.some((series) => series.values.some((value) => typeof value === 'number'));
}
