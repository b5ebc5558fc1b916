// Which rows a table shows and in which order. Pure. Plain loops: a spread over 500,000 rows overflows the stack.

/** @typedef {{key: string, isDescending: boolean}} Sort */

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * @param {unknown} left
 * @param {unknown} right
 */
function compare(left, right) {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return collator.compare(String(left), String(right));
}

/** @param {unknown} value */
function isMissing(value) {
  return value === null || value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value));
}

/**
 * Rows without a value are last in both directions: they are never what somebody sorts for. Equal ones keep their order.
 * @template {readonly unknown[]} Row
 * @param {readonly Row[]} rows
 * @param {number} column index, -1 leaves the order as it is
 * @param {boolean} isDescending
 * @returns {readonly Row[]}
 */
export function sortRows(rows, column, isDescending) {
  if (column < 0) return rows;
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [a, b] = [left[column], right[column]];
    const [isLeftMissing, isRightMissing] = [isMissing(a), isMissing(b)];
    if (isLeftMissing || isRightMissing) return Number(isLeftMissing) - Number(isRightMissing);
    return sign * compare(a, b);
  });
}

/**
 * What a click on a column's head makes of the order: numbers begin with the largest, texts with A, and the third click
 * gives back the order that the rows came in.
 * @param {Sort | null} sort
 * @param {string} key
 * @param {boolean} isNumeric
 * @returns {Sort | null}
 */
export function nextSort(sort, key, isNumeric) {
  if (sort?.key !== key) return { key, isDescending: isNumeric };
  return sort.isDescending === isNumeric ? { key, isDescending: !isNumeric } : null;
}

/**
 * The rows that are in sight, with some more around them so that scrolling finds them drawn.
 * @param {{top: number, height: number, rowHeight: number, count: number}} view
 * @returns {{first: number, end: number}} half-open
 */
export function visibleRows({ top, height, rowHeight, count }) {
  const inSight = Math.ceil(height / rowHeight) + 1;
  const spare = Math.max(10, inSight);
  const at = Math.min(Math.max(0, Math.floor(top / rowHeight)), Math.max(0, count - 1));
  // In whole tens, so that a small scroll changes nothing.
  const first = Math.max(0, Math.floor((at - spare) / 10) * 10);
  return { first, end: Math.min(count, Math.ceil((at + inSight + spare) / 10) * 10) };
}
