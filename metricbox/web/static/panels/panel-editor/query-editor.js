// The queries of a panel: rows A, B, C…, each by the builder or as PromQL. Everything by props, so that the panel editor, the
// explore page and the rule editor use the same.
import { h, useEffect, useRef } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { useStyle } from '../../ui/use-style.js';
import { QueryRow } from './query-row.js';

/** @typedef {import('../../../types/app').PanelQuery} PanelQuery */
/** @typedef {{message: string, details?: import('../../../types/app').ErrorDetail[]}} QueryError */
/**
 * @typedef {{frame: import('../../lib/frames.js').Frame, meta: import('../../../types/app').QueryMeta} | {error: QueryError} | null} QueryAnswer
 * null: not asked, or not answered yet
 */

/**
 * @typedef {object} QueryEditorProps
 * @property {PanelQuery[]} queries may hold some that are not written yet, and hidden ones, which are not to be asked
 * @property {(queries: PanelQuery[]) => void} onChange at each letter typed
 * @property {() => void} onRun when what was last passed to onChange is to be asked
 * @property {QueryAnswer[]} answers in the order of `queries`
 * @property {string[]} variableNames that may be referred to
 * @property {number} maxQueries
 * @property {boolean} [hasLegend] false where series have no legend of their own
 * @property {string} [usualWindow] of rates and their kin that the builder writes, where $__rate_interval means nothing
 */

// Asking at each letter would ask for what nobody meant.
const TYPING_MS = 400;

/** @param {QueryEditorProps} props */
export function QueryEditor({ queries, onChange, onRun, answers, variableNames, maxQueries, hasLegend = true, usualWindow = '' }) {
  const isReady = useStyle('/static/styles/query.css');
  const runIn = useRun(onRun);
  const shown = queries.length > 0 ? queries : [{ query: '' }];
  const ids = useIds(shown.length);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {PanelQuery[]} next @param {'typed' | 'chosen' | 'drawn'} how */
  const change = (next, how) => {
    onChange(next);
    if (how !== 'drawn') runIn(how === 'typed' ? TYPING_MS : 0);
  };
  /** @param {number} index @param {PanelQuery} query */
  const insert = (index, query) => {
    ids.insert(index);
    change([...shown.slice(0, index), query, ...shown.slice(index)], query.query === '' ? 'drawn' : 'chosen');
    focusRow(box.current, index);
  };
  /** @param {number} from @param {number} to */
  const move = (from, to) => {
    ids.move(from, to);
    change(moved(shown, from, to), 'chosen');
    focusRow(box.current, to);
  };
  /** @param {number} index */
  const remove = (index) => {
    ids.remove(index);
    change(shown.filter((_, place) => place !== index), 'chosen');
    focusRow(box.current, Math.min(index, shown.length - 2));
  };
  const isFull = shown.length >= maxQueries;
  if (!isReady) return null;
  return h('div', { class: 'query-editor', ref: box },
    shown.map((query, index) => h(QueryRow, {
      key: ids.list[index], letter: letterOf(index), query, answer: answers[index] ?? null, variableNames, usualWindow, hasLegend, canHide: maxQueries > 1,
      onChange: (next, how) => change(shown.map((one, place) => (place === index ? next : one)), how),
      onRun: () => runIn(0),
      actions: [
        ...(isFull ? [] : [{ label: 'Duplicate', icon: 'copy', onSelect: () => insert(index + 1, { ...query }) }]),
        ...(index > 0 ? [{ label: 'Move up', icon: 'up', onSelect: () => move(index, index - 1) }] : []),
        ...(index < shown.length - 1 ? [{ label: 'Move down', icon: 'down', onSelect: () => move(index, index + 1) }] : []),
        shown.length > 1 ? { label: 'Remove', icon: 'trash', isDanger: true, onSelect: () => remove(index) }
          : { label: 'Clear', icon: 'trash', isDanger: true, onSelect: () => { ids.renew(); change([{ query: '' }], 'chosen'); } },
      ],
    })),
    isFull ? null : h(Button, { kind: 'quiet', icon: 'plus', onClick: () => insert(shown.length, { query: '' }) }, 'Add query'));
}

/**
 * @param {() => void} onRun
 * @returns {(delayMs: number) => void} one run, after the last wish
 */
function useRun(onRun) {
  const latest = useRef(onRun);
  latest.current = onRun;
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => () => clearTimeout(timer.current), []);
  return (delayMs) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(), delayMs);
  };
}

/**
 * Which row is which: queries have no names of their own, and a moved row takes what is open in it along.
 * @param {number} count
 */
function useIds(count) {
  const last = useRef(0);
  const list = useRef(/** @type {number[]} */ ([]));
  const make = () => { last.current += 1; return last.current; };
  while (list.current.length < count) list.current.push(make());
  list.current.length = count;
  return {
    list: [...list.current],
    /** @param {number} index */
    insert: (index) => { list.current.splice(index, 0, make()); },
    /** @param {number} index */
    remove: (index) => { list.current.splice(index, 1); },
    /** @param {number} from @param {number} to */
    move: (from, to) => { list.current = moved(list.current, from, to); },
    renew: () => { list.current = []; },
  };
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} from
 * @param {number} to
 * @returns {T[]}
 */
function moved(list, from, to) {
  const rest = list.filter((_, place) => place !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}

/**
 * Once it is drawn: what had the focus is gone or elsewhere.
 * @param {HTMLElement | null} box
 * @param {number} index
 */
function focusRow(box, index) {
  requestAnimationFrame(() => {
    const target = box?.querySelectorAll('.query-row')[index]?.querySelector('.query-mode[aria-pressed="true"]');
    if (target instanceof HTMLElement) target.focus();
  });
}

/** @param {number} index */
export function letterOf(index) {
  return String.fromCharCode(65 + index);
}
