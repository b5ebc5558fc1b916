// A line of states to go back and forth on. Pure: each step answers a new line.

/**
 * @template T
 * @typedef {{past: T[], now: T, future: T[], label: string}} Line label of the step that led to `now`
 */

/** Nobody goes back further by single steps. */
const STEPS_MAX = 100;

/**
 * @template T
 * @param {T} now
 * @returns {Line<T>}
 */
export function startLine(now) {
  return { past: [], now, future: [], label: '' };
}

/**
 * A step with the label of the one before belongs to it, so that a word typed is one step and not one for each letter.
 * @template T
 * @param {Line<T>} line
 * @param {T} next
 * @param {string} label "" is a step of its own
 * @returns {Line<T>}
 */
export function pushStep(line, next, label) {
  if (label !== '' && label === line.label && line.past.length > 0) return { ...line, now: next, future: [] };
  return { past: [...line.past, line.now].slice(-STEPS_MAX), now: next, future: [], label };
}

/**
 * @template T
 * @param {Line<T>} line
 * @returns {Line<T>} the same when there is nothing to go back to
 */
export function stepBack(line) {
  const before = line.past.at(-1);
  return before === undefined ? line : { past: line.past.slice(0, -1), now: before, future: [line.now, ...line.future], label: '' };
}

/**
 * @template T
 * @param {Line<T>} line
 * @returns {Line<T>}
 */
export function stepForth(line) {
  const [after, ...rest] = line.future;
  return after === undefined ? line : { past: [...line.past, line.now], now: after, future: rest, label: '' };
}
