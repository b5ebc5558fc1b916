// A table of numbers: a row per series with its tags, or a row per instant. Sorted by the reader, and the order stays.
import { h, useMemo } from '../ui/html.js';
import { DataTable } from '../ui/data-table.js';
import { Icon } from '../ui/icon.js';
import { formatValue, NO_VALUE } from '../lib/format.js';
import { seriesTable, timeTable } from '../lib/frame-table.js';
import { visibleText } from '../lib/labels.js';
import { readThresholds } from '../lib/reading.js';
import { formatDateTime } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { readingOf } from '../lib/value-reading.js';
import { keepSort, keptSort } from '../state/panel-sort.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */
/** @typedef {import('../lib/frame-table.js').TableColumn} TableColumn */
/** @typedef {import('../ui/data-table.js').DataColumn} DataColumn */

/** @param {PanelProps} props */
export function TablePanel({ panel, frame, context }) {
  const { options } = panel;
  const isByTime = options.tableRows === 'times';
  const table = useMemo(() => (isByTime ? timeTable(frame) : seriesTable(frame, calculationsOf(options))), [frame, options, isByTime]);
  const shape = JSON.stringify(table.columns.map((column) => [column.key, column.label]));
  const columns = useMemo(() => table.columns.map((column) => toColumn(column, options, context.zone)), [shape, options, context.zone]);
  // The newest instant first, unless the reader wants another order.
  const sort = keptSort(panel.id) ?? (isByTime ? { key: 'time', isDescending: true } : null);
  return h(DataTable, {
    key: isByTime ? 'times' : 'series', caption: visibleText(panel.title) || 'Table', isCaptionHidden: true, columns, rows: table.rows, sort,
    onSort: (next) => keepSort(panel.id, next),
  });
}

/**
 * @param {import('../../types/app').PanelOptions} options
 * @returns {import('../lib/reading.js').Calculation[]}
 */
function calculationsOf(options) {
  if (options.legendValues && options.legendValues.length > 0) return [...new Set(options.legendValues)];
  return [options.calculation ?? 'last'];
}

/**
 * @param {TableColumn} column
 * @param {import('../../types/app').PanelOptions} options
 * @param {string} zone
 * @returns {DataColumn}
 */
function toColumn({ key, label, kind, calculation }, options, zone) {
  if (kind === 'tag') return { key, label };
  if (kind === 'time') return { key, label: `${label} (${zoneName(zone)})`, format: (value) => formatDateTime(value, zone) };
  if (calculation === 'count') return { key, label, align: 'end' };
  const thresholds = readThresholds(options.thresholds);
  const format = { decimals: options.decimals ?? null, zone };
  /** @param {number | null} value */
  const read = (value) => readingOf(value, thresholds, options.valueTexts);
  /** @param {number | null} value */
  const text = (value) => read(value).text ?? (value === null ? NO_VALUE : formatValue(value, options.unit, format));
  return {
    key, label, align: 'end', format: text,
    render: (value) => {
      const { severity, label: name } = read(value);
      return severity === null ? text(value) : h('span', { class: `is-${severity}` }, h(Icon, { name: severity === 'ok' ? 'check' : severity, label: name, size: 14 }), text(value));
    },
  };
}
