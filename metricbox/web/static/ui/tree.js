// A tree as a list of rows: up and down walk, right opens, left closes or goes to the parent, Enter chooses, letters find. The focus
// stays on the tree itself, so that rows may come and go under it.
import { h, useEffect, useId, useRef, useState } from './html.js';
import { Icon } from './icon.js';

/**
 * @typedef {object} TreeRow
 * @property {string} id
 * @property {string} label
 * @property {string} [title]
 * @property {string} [note] at its end, such as a count
 * @property {number} level from 1
 * @property {'branch' | 'leaf' | 'more'} kind more: shows the rest of its branch
 * @property {boolean} [isOpen] of a branch
 * @property {boolean} [isChosen]
 */

/**
 * @typedef {object} TreeProps
 * @property {string} label
 * @property {TreeRow[]} rows those that are shown, in order
 * @property {(row: TreeRow) => void} onToggle a branch
 * @property {(row: TreeRow, isMore: boolean) => void} onChoose a leaf, or more; isMore: with Ctrl or Shift, beside what is chosen
 */

/** @param {TreeProps} props */
export function Tree({ label, rows, onToggle, onChoose }) {
  const id = useId();
  const [at, setAt] = useState(/** @type {string | null} */ (null));
  const [hasFocus, setFocus] = useState(false);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const index = Math.max(0, rows.findIndex((row) => row.id === at));
  const active = rows[index];
  useEffect(() => {
    if (hasFocus) list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [at, hasFocus]);
  /** @param {TreeRow} row @param {boolean} isMore */
  const act = (row, isMore) => {
    setAt(row.id);
    if (row.kind === 'branch') onToggle(row);
    else onChoose(row, isMore);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (!active) return;
    const isSpecial = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === 'Enter' || event.key === ' ') act(active, event.shiftKey || isSpecial);
    else if (event.key === 'ArrowRight' && active.kind === 'branch' && !active.isOpen) onToggle(active);
    else if (event.key === 'ArrowLeft' && active.kind === 'branch' && active.isOpen) onToggle(active);
    else {
      const next = isSpecial ? null : walk(event.key, rows, index);
      if (next === null) return;
      setAt(rows[next]?.id ?? null);
    }
    event.preventDefault();
  };
  return h('div', {
    class: 'tree', role: 'tree', tabIndex: 0, 'aria-label': label, ref: list, onKeyDown, 'aria-activedescendant': active ? `${id}-${index}` : undefined,
    onFocus: () => setFocus(true), onBlur: () => setFocus(false),
  }, rows.map((row, place) => h('div', {
    key: row.id, id: `${id}-${place}`, role: 'treeitem', title: row.title, 'aria-level': row.level, 'aria-selected': row.isChosen ?? false,
    'aria-expanded': row.kind === 'branch' ? row.isOpen ?? false : undefined, style: { '--level': String(row.level - 1) },
    class: `tree-row is-${row.kind}${row.isChosen ? ' is-chosen' : ''}${hasFocus && place === index ? ' is-active' : ''}`,
    onClick: (/** @type {MouseEvent} */ event) => act(row, event.ctrlKey || event.metaKey || event.shiftKey),
  },
  row.kind === 'branch' ? h(Icon, { name: row.isOpen ? 'down' : 'right', size: 14 }) : h('span', { class: 'tree-space' }),
  h('span', { class: 'tree-label' }, row.label),
  row.note ? h('span', { class: 'tree-note' }, row.note) : null)));
}

/**
 * @param {string} key
 * @param {TreeRow[]} rows
 * @param {number} at
 * @returns {number | null} the row that the key goes to
 */
function walk(key, rows, at) {
  const level = rows[at]?.level ?? 1;
  if (key === 'ArrowDown') return Math.min(rows.length - 1, at + 1);
  if (key === 'ArrowUp') return Math.max(0, at - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return rows.length - 1;
  if (key === 'ArrowRight') return (rows[at + 1]?.level ?? 0) > level ? at + 1 : at;
  if (key === 'ArrowLeft') {
    for (let place = at - 1; place >= 0; place -= 1) if ((rows[place]?.level ?? 0) < level) return place;
    return at;
  }
  if (key.length !== 1) return null;
  const letter = key.toLowerCase();
  const order = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  const found = order.find((row) => row.label.toLowerCase().startsWith(letter));
  return found ? rows.indexOf(found) : at;
}
