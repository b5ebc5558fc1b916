// What was answered, as a table: by time or by series, and as a file.
import { h, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Segmented } from '../../ui/segmented.js';
import { formatExact, NO_VALUE } from '../../lib/format.js';
import { seriesTable, timeTable } from '../../lib/frame-table.js';
import { formatDateTime } from '../../lib/time.js';
import { zoneName } from '../../lib/zone.js';

/** @typedef {import('../../lib/frame-table.js').TableColumn} TableColumn */

/**
 * @typedef {object} DataTabProps
 * @property {import('../../lib/frames.js').Frame | null} frame
 * @property {import('../../../types/app').PanelOptions} options
 * @property {string} zone
 * @property {(table: import('../../lib/frame-table.js').Table) => void} onSave as a file
 */

/** @type {import('../../lib/reading.js').Calculation[]} */
const CALCULATIONS = ['last', 'min', 'mean', 'max'];
// A table of more columns than this is read by nobody, and slow for everybody; the file has them all.
const SERIES_MAX = 100;

/** @param {DataTabProps} props */
export function DataTab({ frame, options, zone, onSave }) {
  const [rows, setRows] = useState('times');
  const whole = useMemo(() => (frame ? (rows === 'times' ? timeTable(frame) : seriesTable(frame, CALCULATIONS)) : null), [frame, rows]);
  const isCut = rows === 'times' && (frame?.series.length ?? 0) > SERIES_MAX;
  const table = useMemo(() => (frame && isCut ? timeTable({ ...frame, series: frame.series.slice(0, SERIES_MAX) }) : whole), [frame, whole, isCut]);
  const shape = JSON.stringify(table?.columns.map((column) => [column.key, column.label]));
  const { unit = null, decimals = null } = options;
  const columns = useMemo(() => (table?.columns ?? []).map((column) => toColumn(column, unit, decimals, zone)), [shape, unit, decimals, zone]);
  const count = table?.rows.length ?? 0;
  if (table === null || whole === null || frame === null || frame.series.length === 0) return h('p', { class: 'tab-empty' }, 'There are no data yet.');
  return h('div', { class: 'data-tab' },
    h('div', { class: 'tab-bar' },
      h(Segmented, { label: 'Rows of the table', value: rows, options: [{ value: 'times', label: 'By time' }, { value: 'series', label: 'By series' }], onChange: setRows }),
      isCut ? h('p', { class: 'field-help' }, `The first ${SERIES_MAX} of ${frame.series.length} series. The file has them all.`) : null,
      h(Button, { icon: 'download', onClick: () => onSave(whole) }, 'CSV')),
    h('div', { class: 'tab-table' }, h(DataTable, {
      key: rows, caption: `Data of the panel, ${count.toLocaleString()} ${count === 1 ? 'row' : 'rows'}`, isCaptionHidden: true, columns, rows: table.rows,
      sort: rows === 'times' ? { key: 'time', isDescending: true } : null,
    })));
}

/**
 * @param {TableColumn} column
 * @param {string | null} unit
 * @param {number | null} decimals
 * @param {string} zone
 * @returns {import('../../ui/data-table.js').DataColumn}
 */
function toColumn({ key, label, kind, calculation }, unit, decimals, zone) {
  if (kind === 'tag') return { key, label };
  if (kind === 'time') return { key, label: `${label} (${zoneName(zone)})`, format: (value) => formatDateTime(value, zone) };
  const own = calculation === 'count' ? null : unit;
  return { key, label, align: 'end', format: (value) => (typeof value === 'number' ? formatExact(value, own, { decimals, zone }) : NO_VALUE) };
}
