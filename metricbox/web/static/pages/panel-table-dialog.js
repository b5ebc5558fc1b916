// What a panel shows, as a table that can be read, sorted and taken along; it follows the panel's refreshes.
import { h, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { DataTable } from '../ui/data-table.js';
import { Dialog } from '../ui/dialog.js';
import { formatExact, NO_VALUE } from '../lib/format.js';
import { LEGEND_COLUMNS, seriesTable, tableForFile, timeTable } from '../lib/frame-table.js';
import { visibleText } from '../lib/labels.js';
import { formatDateTime } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { saveTable } from './save-table.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../lib/frame-table.js').TableColumn} TableColumn */
/** @typedef {import('../ui/data-table.js').DataColumn} DataColumn */

/**
 * @param {TableColumn} column
 * @param {Panel} panel
 * @param {string} zone
 * @returns {DataColumn}
 */
function toColumn({ key, label, kind, calculation }, panel, zone) {
  if (kind === 'tag') return { key, label };
  if (kind === 'time') return { key, label: `${label} (${zoneName(zone)})`, format: (value) => formatDateTime(value, zone) };
  const unit = calculation === 'count' ? null : panel.options?.unit ?? null;
  return { key, label, align: 'end', format: (value) => (typeof value === 'number' ? formatExact(value, unit, { decimals: panel.options?.decimals ?? null, zone }) : NO_VALUE) };
}

/**
 * @typedef {object} PanelTableProps
 * @property {Panel} panel as it is shown
 * @property {import('../ui/html.js').SignalOf<import('../state/panel-data.js').PanelState>} state
 * @property {string} zone
 * @property {() => void} onClose
 */

/** @param {PanelTableProps} props */
export function PanelTableDialog({ panel, state, zone, onClose }) {
  const isChart = panel.type === 'line' || panel.type === 'area' || panel.type === 'bar';
  const [isByTime, setByTime] = useState(isChart);
  const { frame } = state.value;
  const title = visibleText(panel.title) || 'Panel without a title';
  const table = useMemo(() => (frame ? (isByTime ? timeTable(frame) : seriesTable(frame, LEGEND_COLUMNS)) : null), [frame, isByTime]);
  const shape = JSON.stringify(table?.columns.map((column) => [column.key, column.label]));
  const columns = useMemo(() => (table?.columns ?? []).map((column) => toColumn(column, panel, zone)), [shape, panel, zone]);
  const count = table?.rows.length ?? 0;
  return h(Dialog, { title: `${title} as a table`, onClose, isWide: true },
    h('div', { class: 'data-bar' },
      h('div', { class: 'data-choice', role: 'group', 'aria-label': 'Rows' },
        h(Button, { kind: isByTime ? 'plain' : 'quiet', onClick: () => setByTime(true), aria: { 'aria-pressed': isByTime } }, 'By time'),
        h(Button, { kind: isByTime ? 'quiet' : 'plain', onClick: () => setByTime(false), aria: { 'aria-pressed': !isByTime } }, 'By series')),
      h(Button, { icon: 'download', isDisabled: table === null, onClick: () => { if (table) saveTable(panel.title, tableForFile(table)); } }, 'CSV')),
    h('div', { class: 'data-frame' }, count > 0
      ? h(DataTable, { key: isByTime ? 'time' : 'series', caption: `${title}, ${count.toLocaleString()} ${count === 1 ? 'row' : 'rows'}`, columns, rows: table?.rows ?? [] })
      : h('p', { class: 'data-caption' }, 'There are no data in this range.')));
}
