// The data of a panel, or of a query, as a file.
import { fileName } from '../lib/file-name.js';
import { saveText } from '../ui/save-file.js';
import { toCsv } from '../lib/csv.js';

/**
 * @param {string} name the file's, as a person gave it
 * @param {{columns: string[], rows: (string | number | null)[][]}} table
 */
export function saveTable(name, { columns, rows }) {
  saveText(fileName(name.trim() === '' ? 'panel' : name, 'csv'), toCsv(columns, rows), 'text/csv');
}
