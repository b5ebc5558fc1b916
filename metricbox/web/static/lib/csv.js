// Rows -> comma separated text (RFC 4180). Pure.

// A spreadsheet runs what begins with one of these; a leading apostrophe makes it text.
const FORMULA = /^[=+\-@\t\r]/;

/** @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return '';
  // A number may be negative; only text can be a formula.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * @param {string[]} columns
 * @param {readonly (readonly unknown[])[]} rows
 * @returns {string} with a line of the columns' names, lines end in CRLF
 */
export function toCsv(columns, rows) {
  const lines = [columns.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}
