// The rows of a statement, as they came: a table, and as a file.
import { h, useMemo } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Icon } from '../../ui/icon.js';
import { formatValue, NO_VALUE } from '../../lib/format.js';
import { visibleText } from '../../lib/labels.js';
import { sqlCell } from '../../lib/sql-views.js';
import { saveTable } from '../save-table.js';

/**
 * @typedef {object} SqlRowsProps
 * @property {import('../../../types/app').SqlResult} result
 * @property {import('../../../types/app').SqlMeta} meta
 * @property {boolean} isOld of a statement before the one that is run
 */

const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;

/** @param {unknown} value */
function textOf(value) {
  if (value === null || value === undefined) return NO_VALUE;
  // JSON's numbers are not exact beyond this, however the server wrote them.
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER && Number.isInteger(value) ? `${value} (rounded)` : String(value);
  return visibleText(String(value));
}

/** @param {SqlRowsProps} props */
export function SqlRows({ result, meta, isOld }) {
  const rows = useMemo(() => result.rows.map((row) => row.map(sqlCell)), [result]);
  const columns = useMemo(() => result.columns.map((name, index) => ({
    // Names need not differ.
    key: `${index}`, label: visibleText(name), align: /** @type {'start' | 'end'} */ (NUMBERS.test(meta.types[index] ?? '') ? 'end' : 'start'), format: textOf,
  })), [result, meta]);
  const count = `${rows.length.toLocaleString()} ${rows.length === 1 ? 'row' : 'rows'}`;
  return h('div', { class: isOld ? 'sql-rows is-old' : 'sql-rows' },
    h('div', { class: 'explore-bar' },
      h('p', { class: 'explore-facts', role: 'status' }, `${count} in ${formatValue(meta.tookMs, 'ms')}${isOld ? ', of the statement before' : ''}`),
      h('div', { class: 'explore-actions' }, h(Button, { icon: 'download', isDisabled: rows.length === 0, onClick: () => saveTable('sql', { columns: result.columns, rows: rows.map((row) => row.map(asFileCell)) }) }, 'CSV'))),
    meta.truncated ? h('p', { class: 'explore-warning' }, h(Icon, { name: 'info' }), h('span', null, `There are more rows: these are the first ${rows.length.toLocaleString()}. A higher limit, or a narrower WHERE, shows others.`)) : null,
    rows.length === 0 ? h('p', { class: 'explore-note' }, 'The statement is right, and nothing fits it.')
      : h('div', { class: 'explore-table is-tall' }, h(DataTable, { caption: 'Rows', isCaptionHidden: true, columns, rows })));
}

/** @param {string | number | boolean | null} value */
function asFileCell(value) {
  return typeof value === 'boolean' ? String(value) : value;
}
