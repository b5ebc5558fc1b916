// Alerts as marks on the time axis of a chart: which concern it, and which stand so near that they are one. Pure.

/**
 * @typedef {object} AlertMark
 * @property {string} id
 * @property {number} startMs
 * @property {number | null} endMs null while it fires
 * @property {'info' | 'warning' | 'critical'} severity
 * @property {string} text all of it
 * @property {string} brief for where it is one of several
 * @property {Readonly<Record<string, string>>} labels
 * @property {string} href where more of it stands
 */

/** @typedef {{key: string, x: number, marks: AlertMark[]}} MarkGroup x: pixels from the left */

const RANKS = { critical: 0, warning: 1, info: 2 };

/**
 * An alert concerns a chart unless a label says that it is about something else: all series of the chart have that tag, and
 * none has its value.
 * @param {Readonly<Record<string, string>>} labels
 * @param {readonly {tags: Record<string, string>}[]} series
 */
export function concerns(labels, series) {
  if (series.length === 0) return true;
  return Object.entries(labels).every(([name, value]) => series.some(({ tags }) => !Object.hasOwn(tags, name) || tags[name] === value));
}

/**
 * Marks side by side with room for a finger; those with less between them are one.
 * @param {readonly AlertMark[]} marks
 * @param {(tsMs: number) => number} toX
 * @param {number} width of the plot
 * @param {number} roomPx
 * @returns {MarkGroup[]} from left to right
 */
export function groupMarks(marks, toX, width, roomPx) {
  const placed = marks.map((mark) => ({ mark, x: Math.max(0, toX(mark.startMs)), endX: mark.endMs === null ? width : toX(mark.endMs) }))
    .filter(({ x, endX }) => x <= width && endX >= 0).sort((left, right) => left.x - right.x);
  /** @type {MarkGroup[]} */
  const groups = [];
  for (const { mark, x } of placed) {
    const last = groups.at(-1);
    if (last && x - last.x < roomPx) last.marks.push(mark);
    else groups.push({ key: mark.id, x, marks: [mark] });
  }
  return groups;
}

/** @param {MarkGroup} group @returns {AlertMark[]} the worst first */
function byRank({ marks }) {
  return [...marks].sort((left, right) => RANKS[left.severity] - RANKS[right.severity]);
}

/** @param {MarkGroup} group @returns {AlertMark} the worst of it, the first of several */
export function worstOf(group) {
  return /** @type {AlertMark} */ (byRank(group)[0]);
}

const TEXTS_MAX = 5;

/** @param {MarkGroup} group @returns {string[]} a line for each, the first ones */
export function groupTexts(group) {
  const marks = byRank(group);
  if (marks.length === 1) return [marks[0]?.text ?? ''];
  const rest = marks.length - TEXTS_MAX;
  return [`${marks.length} alerts`, ...marks.slice(0, TEXTS_MAX).map((mark) => mark.brief), ...(rest > 0 ? [`and ${rest} more`] : [])];
}
