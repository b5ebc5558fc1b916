// Each series as a row: its tags and what its values come to.
import { h, useMemo } from '../../ui/html.js';
import { DataTable } from '../../ui/data-table.js';
import { formatValue, NO_VALUE } from '../../lib/format.js';
import { seriesTable } from '../../lib/frame-table.js';

/**
 * @typedef {object} ResultTableProps
 * @property {import('../../lib/frames.js').Frame} frame
 * @property {ReadonlyMap<string, string> | null} letters of the query of each series, by its key; null where there is one query
 * @property {boolean} isInstant
 * @property {string | null} unit
 * @property {string} zone
 */

/** @type {import('../../lib/reading.js').Calculation[]} */
const CALCULATIONS = ['last', 'min', 'mean', 'max'];

/** @param {ResultTableProps} props */
export function ResultTable({ frame, letters, isInstant, unit, zone }) {
  const table = useMemo(() => {
    const plain = seriesTable(frame, isInstant ? ['last'] : CALCULATIONS);
    if (letters === null) return plain;
    /** @type {typeof plain.columns} */
    const columns = [{ key: 'query', label: 'Query', kind: 'tag' }, ...plain.columns];
    return { columns, rows: plain.rows.map((row, index) => [letters.get(frame.series[index]?.key ?? '') ?? '', ...row]) };
  }, [frame, letters, isInstant]);
  const shape = JSON.stringify(table.columns.map((column) => [column.key, column.label]));
  const columns = useMemo(() => table.columns.map(({ key, label, kind }) => (kind === 'tag' ? { key, label } : {
    key, label: isInstant ? 'Value' : label, align: /** @type {const} */ ('end'),
    format: (/** @type {unknown} */ value) => (typeof value === 'number' ? formatValue(value, unit, { zone }) : NO_VALUE),
  })), [shape, isInstant, unit, zone]);
  return h('div', { class: 'explore-table' }, h(DataTable, { caption: isInstant ? 'Values' : 'Series', isCaptionHidden: true, columns, rows: table.rows }));
}
