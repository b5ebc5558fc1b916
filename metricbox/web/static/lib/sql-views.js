// The views of the SQL door and what a statement may be made of, as docs/sql.md has them. Pure.

/** @typedef {{name: string, about: string, columns: string[]}} SqlView */

const BUCKETS = ['time', 'name', 'tags', 'count', 'sum', 'avg', 'min', 'max', 'first', 'last', 'increase'];

/** @type {SqlView[]} */
export const SQL_VIEWS = [
  { name: 'metrics_raw', about: 'every sample', columns: ['time', 'name', 'tags', 'value'] },
  { name: 'metrics_1min', about: 'a row for each minute', columns: BUCKETS },
  { name: 'metrics_1hour', about: 'a row for each hour', columns: BUCKETS },
  { name: 'series', about: 'what was ever sent', columns: ['name', 'tags', 'first_seen', 'last_seen'] },
  { name: 'dashboards', about: 'those that you may see', columns: ['id', 'name'] },
  { name: 'alert_events', about: 'what fired', columns: ['id', 'rule_id', 'rule_name', 'labels', 'status', 'value', 'triggered_at', 'resolved_at'] },
];

export const SQL_EXAMPLE = `SELECT tags->>'host' AS host, avg(value) AS mean
FROM metrics_raw
WHERE name = 'node_load1' AND time > now() - INTERVAL 1 HOUR
GROUP BY host
ORDER BY mean DESC`;

/**
 * A name put where the cursor is, with blanks where it would grow together with a word.
 * @param {string} text
 * @param {number} from of the selection, which it replaces
 * @param {number} to
 * @param {string} name
 * @returns {{text: string, at: number}} at: the cursor after it
 */
export function insertName(text, from, to, name) {
  const before = text.slice(0, from);
  const after = text.slice(to);
  const left = /[\w"')]$/.test(before) ? ' ' : '';
  const right = /^[\w"'(]/.test(after) ? ' ' : '';
  return { text: before + left + name + right + after, at: before.length + left.length + name.length };
}

/**
 * @param {unknown} value as the answer has it
 * @returns {string | number | boolean | null} as a table and a file show it: what has parts is JSON
 */
export function sqlCell(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}
