// A frame as the rows of a table: one per instant, or one per series. Pure.
import { finishedValues } from './frames.js';
import { visibleText } from './labels.js';
import { calculate } from './reading.js';

/** @typedef {import('./frames.js').Frame} Frame */
/** @typedef {import('./reading.js').Calculation} Calculation */
/** @typedef {{key: string, label: string, kind: 'time' | 'tag' | 'value', calculation?: Calculation}} TableColumn */
/** @typedef {{columns: TableColumn[], rows: (string | number | null)[][]}} Table */

export const CALCULATION_LABELS = { last: 'Last', mean: 'Mean', min: 'Min', max: 'Max', sum: 'Sum', count: 'Count', delta: 'Change' };

/** Columns of a legend that is a table, unless the panel names others. @type {readonly Calculation[]} */
export const LEGEND_COLUMNS = ['last', 'min', 'mean', 'max'];

/**
 * A row per instant, a column per series. A step of another query's grid is empty, like a missing value.
 * @param {Frame} frame
 * @returns {Table}
 */
export function timeTable(frame) {
  /** @type {TableColumn[]} */
  const columns = [{ key: 'time', label: 'Time', kind: 'time' }];
  for (const series of frame.series) columns.push({ key: series.key, label: series.text, kind: 'value' });
  const rows = frame.times.map((tsMs, row) => {
    /** @type {(number | null)[]} */
    const cells = [tsMs];
    for (const series of frame.series) cells.push(series.values[row] ?? null);
    return cells;
  });
  return { columns, rows };
}

/**
 * A row per series: its tags in columns of their own, then a column for each calculation.
 * @param {Frame} frame
 * @param {readonly Calculation[]} calculations
 * @returns {Table}
 */
export function seriesTable(frame, calculations) {
  const tags = [...new Set(frame.series.flatMap((series) => Object.keys(series.tags)))].sort();
  const hasManyNames = new Set(frame.series.map((series) => series.name)).size > 1;
  // Without any tag, and with templates, the text is what tells the series apart.
  const hasText = tags.length === 0 || frame.series.some((series) => series.hasTemplate);
  /** @type {TableColumn[]} */
  const columns = [
    ...(hasText ? [/** @type {TableColumn} */ ({ key: 'text', label: 'Series', kind: 'tag' })] : []),
    ...(hasManyNames && !hasText ? [/** @type {TableColumn} */ ({ key: 'name', label: 'Metric', kind: 'tag' })] : []),
    ...tags.map((tag) => /** @type {TableColumn} */ ({ key: `tag:${tag}`, label: visibleText(tag), kind: 'tag' })),
    ...calculations.map((calculation) => /** @type {TableColumn} */ ({
      key: calculation, label: CALCULATION_LABELS[calculation], kind: 'value', calculation,
    })),
  ];
  const rows = frame.series.map((series) => {
    const values = finishedValues(frame, series);
    return [
      ...(hasText ? [series.text] : []),
      ...(hasManyNames && !hasText ? [visibleText(series.name)] : []),
      ...tags.map((tag) => (Object.hasOwn(series.tags, tag) ? visibleText(series.tags[tag] ?? '') : null)),
      ...calculations.map((calculation) => calculate(values, calculation)),
    ];
  });
  return { columns, rows };
}

/**
 * The table with instants as text that every program reads, for a file.
 * @param {Table} table
 * @returns {{columns: string[], rows: (string | number | null)[][]}}
 */
export function tableForFile({ columns, rows }) {
  const times = columns.map((column) => column.kind === 'time');
  return {
    columns: columns.map((column) => column.label),
    rows: rows.map((row) => row.map((value, index) => (times[index] && typeof value === 'number' ? new Date(value).toISOString() : value))),
  };
}
