// The rows of the tree of metrics, from the branches that are known and open. Pure.
import { visibleText } from './labels.js';

/** @typedef {import('../../types/app').MetricBranch} MetricBranch */
/** @typedef {import('../ui/tree.js').TreeRow} TreeRow */

/**
 * @typedef {object} Branches what is known below a prefix
 * @property {MetricBranch[]} list
 * @property {number} total
 * @property {boolean} isLoading
 * @property {string} fault
 */

/** Rows of branches begin so, that a metric of the same name is another row. */
export const BRANCH = 'branch ';
export const MORE = 'more ';

/**
 * @param {ReadonlyMap<string, Branches>} known by prefix
 * @param {ReadonlySet<string>} open prefixes
 * @param {string} chosen name of a metric
 * @param {string} [prefix]
 * @param {number} [level]
 * @returns {TreeRow[]}
 */
export function treeRows(known, open, chosen, prefix = '', level = 1) {
  const branches = known.get(prefix);
  if (!branches) return [];
  /** @type {TreeRow[]} */
  const rows = [];
  for (const { prefix: text, count, metric } of branches.list) {
    const label = visibleText(text.slice(prefix.length) || text);
    if (metric) {
      rows.push({ id: text, label, title: titleOf(metric), level, kind: 'leaf', isChosen: text === chosen, note: metric.type === 'unknown' ? '' : metric.type });
      continue;
    }
    const isOpen = open.has(text);
    rows.push({ id: BRANCH + text, label, title: `${visibleText(text)}…`, level, kind: 'branch', isOpen, note: count.toLocaleString() });
    // A row at a time: an open branch may be a long one.
    if (isOpen) for (const row of treeRows(known, open, chosen, text, level + 1)) rows.push(row);
  }
  const rest = branches.total - branches.list.length;
  const isFirst = branches.list.length === 0;
  if (branches.fault !== '') rows.push({ id: MORE + prefix, label: `${branches.fault} Try again`, level, kind: 'more' });
  else if (branches.isLoading) rows.push({ id: MORE + prefix, label: isFirst ? 'Loading…' : `Loading ${rest.toLocaleString()} more…`, level, kind: 'more' });
  else if (rest > 0) rows.push({ id: MORE + prefix, label: `${rest.toLocaleString()} more`, level, kind: 'more' });
  return rows;
}

/** @param {import('../../types/app').MetricDefinition} metric */
export function titleOf({ name, type, unit, description, seriesCount }) {
  const facts = [type === 'unknown' ? '' : type, unit ?? '', seriesCount === null || seriesCount === undefined ? '' : `${seriesCount.toLocaleString()} series`];
  return [name, facts.filter((fact) => fact !== '').join(', '), description ?? ''].filter((line) => line !== '').map(visibleText).join('\n');
}
