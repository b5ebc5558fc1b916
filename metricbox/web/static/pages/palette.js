// The command palette: one field that finds dashboards, metrics, pages, actions and time ranges. A combobox with a listbox; what
// was chosen lately comes first.
import { Fragment, h, useEffect, useId, useMemo, useRef, useState } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { loadStyle } from '../ui/style-sheet.js';
import { grouped, rank } from '../lib/fuzzy.js';
import { actionEntries, dashboardEntries, pageEntries, quickRangeEntries, writtenRangeEntries } from './palette-entries.js';
import { recentChoices, rememberChoice } from './palette-recent.js';
import { hasHosts, useFound } from './palette-search.js';

/** @typedef {import('./palette-entries.js').PaletteEntry} PaletteEntry */
/** @typedef {import('../lib/fuzzy.js').Ranked<PaletteEntry>} RankedEntry */

/** @returns {Promise<void>} when it can be drawn in one go */
export function loadPalette() {
  return loadStyle('/static/styles/palette.css');
}

/** @type {Record<string, string[]>} what a first character narrows the search to */
const PREFIXES = { '>': ['Actions', 'Pages', 'Time ranges'], '@': ['Hosts'] };

/** @param {{onClose: () => void}} props */
export function Palette({ onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const groups = useGroups(text);
  const shown = groups.flatMap((group) => group.items);
  const active = Math.min(at, shown.length - 1);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (opener instanceof HTMLElement && opener.isConnected && document.activeElement === document.body) opener.focus();
    };
  }, []);
  useEffect(() => document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' }), [active, text]);
  /** @param {RankedEntry | undefined} item */
  const choose = (item) => {
    if (!item) return;
    rememberChoice(item.entry.id);
    onClose();
    item.entry.run();
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const next = moveIn(event.key, active, shown.length);
    if (next !== null) setAt(next);
    else if (event.key === 'Enter') choose(shown[active]);
    else return;
    event.preventDefault();
  };
  return h('dialog', {
    ref: dialog, class: 'palette', 'aria-label': 'Command palette',
    onCancel: (/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    },
    onClick: (/** @type {MouseEvent} */ event) => { if (event.target === dialog.current) onClose(); },
  },
  h('div', { class: 'palette-box' },
    h('label', { class: 'palette-field' }, h(Icon, { name: 'search', size: 18 }), h('input', {
      class: 'palette-input', type: 'text', value: text, placeholder: 'Find a dashboard, metric, action or time range', autofocus: true, autocomplete: 'off',
      spellcheck: false, role: 'combobox', 'aria-label': 'Find', 'aria-expanded': true, 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list',
      'aria-activedescendant': shown.length > 0 ? `${id}-${active}` : undefined, onKeyDown,
      onInput: (/** @type {Event} */ event) => {
        setText(/** @type {HTMLInputElement} */ (event.currentTarget).value);
        setAt(0);
      },
    })),
    h(List, { id, groups, active, onChoose: choose, onHover: setAt }),
    shown.length === 0 ? h('p', { class: 'palette-empty' }, 'Nothing fits. Write part of a name, or a range such as last 3h.') : null,
    h('p', { class: 'only-spoken', role: 'status' }, shown.length === 1 ? '1 result' : `${shown.length} results`),
    h('footer', { class: 'palette-foot' }, h('span', null, h('kbd', { class: 'key' }, '>'), ' actions'), hasHosts() ? h('span', null, h('kbd', { class: 'key' }, '@'), ' hosts') : null,
      h('span', null, h('kbd', { class: 'key' }, '↑'), h('kbd', { class: 'key' }, '↓'), ' choose'), h('span', null, h('kbd', { class: 'key' }, 'Esc'), ' close'))));
}

/**
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @returns {number | null}
 */
function moveIn(key, at, count) {
  if (count === 0) return null;
  switch (key) {
    case 'ArrowDown': return (at + 1) % count;
    case 'ArrowUp': return (at - 1 + count) % count;
    case 'PageDown': return Math.min(count - 1, at + 8);
    case 'PageUp': return Math.max(0, at - 8);
    default: return null;
  }
}

/** @param {string} text */
function useGroups(text) {
  const [dashboards, setDashboards] = useState(/** @type {PaletteEntry[]} */ ([]));
  // As the page is now: what it offers must not change under the typing.
  const own = useMemo(() => [...actionEntries(), ...pageEntries(), ...quickRangeEntries()], []);
  const recent = useMemo(recentChoices, []);
  useEffect(() => {
    const abort = new AbortController();
    dashboardEntries(abort.signal).then(setDashboards).catch(() => undefined);
    return () => abort.abort();
  }, []);
  const sign = text[0] ?? '';
  const groups = PREFIXES[sign];
  const search = groups ? text.slice(1) : text;
  const found = useFound(search, groups ? sign : '');
  return useMemo(() => {
    const entries = [...dashboards, ...found, ...own].filter((entry) => groups?.includes(entry.group) ?? true);
    // What the server or the range's own words found fits by itself.
    const written = text.startsWith('@') ? [] : writtenRangeEntries(search).map((entry) => ({ entry, score: 100, marks: [] }));
    return grouped([...written, ...rank(entries, search, recent)]);
  }, [dashboards, found, own, recent, text]);
}

/**
 * @param {{id: string, groups: {group: string, items: RankedEntry[]}[], active: number, onChoose: (item: RankedEntry) => void,
 *   onHover: (index: number) => void}} props
 */
function List({ id, groups, active, onChoose, onHover }) {
  let index = -1;
  return h('div', { class: 'palette-list', id: `${id}-list`, role: 'listbox', 'aria-label': 'Results' }, groups.map(({ group, items }, groupIndex) => h('div', {
    key: group, role: 'group', 'aria-labelledby': `${id}-group-${groupIndex}`,
  }, h('div', { id: `${id}-group-${groupIndex}`, class: 'palette-group' }, group), items.map((item) => {
    index += 1;
    const own = index;
    return h('div', {
      key: item.entry.id, id: `${id}-${own}`, role: 'option', 'aria-selected': own === active, class: own === active ? 'palette-option is-active' : 'palette-option',
      onMouseMove: own === active ? undefined : () => onHover(own), onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick: () => onChoose(item),
    }, h(Icon, { name: item.entry.icon }), h('span', { class: 'palette-label' }, h(Marked, { text: item.entry.label, marks: item.marks })),
    item.entry.hint ? h('span', { class: 'palette-hint' }, item.entry.hint) : null);
  }))));
}

/** @param {{text: string, marks: number[]}} props */
function Marked({ text, marks }) {
  if (marks.length === 0) return h(Fragment, null, text);
  const isMarked = new Set(marks);
  /** @type {{text: string, isHit: boolean}[]} */
  const runs = [];
  for (let at = 0; at < text.length; at += 1) {
    const isHit = isMarked.has(at);
    const run = runs.at(-1);
    if (run?.isHit === isHit) run.text += text[at];
    else runs.push({ text: text[at] ?? '', isHit });
  }
  return h(Fragment, null, runs.map((run, index) => (run.isHit ? h('mark', { key: index }, run.text) : run.text)));
}
