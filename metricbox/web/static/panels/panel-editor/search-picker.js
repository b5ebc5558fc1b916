// A choice among more than anybody loads: a button that opens a list which the server searches, page by page. Typing searches,
// arrows walk, Enter chooses, Esc closes.
import { h, useEffect, useId, useLayoutEffect, useRef, useState } from '../../ui/html.js';
import { Icon } from '../../ui/icon.js';
import { Popover } from '../../ui/popover.js';
import { messageOf } from '../../api/client.js';
import { visibleText } from '../../lib/labels.js';

/**
 * @typedef {object} Item
 * @property {string} value
 * @property {string} [detail] beside it
 * @property {string} [help] under it
 */
/** @typedef {{list: Item[], total: number}} ItemPage */

/**
 * @typedef {object} SearchPickerProps
 * @property {string} label
 * @property {string} summary what the button says
 * @property {boolean} [isEmpty] the summary is a request to choose
 * @property {string} [adds] what is added, in place of the summary
 * @property {string[]} chosen
 * @property {boolean} [isMulti] the list stays open, a choice can be taken back
 * @property {(search: string, page: number) => Promise<ItemPage>} load
 * @property {(search: string) => string} [ownChoice] what may be taken though no list has it; "" for nothing
 * @property {(value: string) => void} onChoose
 */

const TYPING_MS = 150;
// From here to the end of the list the next page is fetched.
const MARGIN_PX = 120;

/** @param {SearchPickerProps} props */
export function SearchPicker(props) {
  const { label, summary, isEmpty = false, adds } = props;
  const text = visibleText(summary);
  return h(Popover, {
    className: 'search-picker',
    label,
    onOpen: (layer) => layer.querySelector('input')?.focus(),
    button: ({ isOpen, toggle, ref }) => h('button', {
      key: 'button', type: 'button', ref, onClick: toggle, 'aria-haspopup': 'listbox', 'aria-expanded': isOpen, 'aria-label': adds ? label : `${label}: ${text}`,
      class: adds ? 'picker-add' : isEmpty ? 'picker-button is-empty' : 'picker-button', title: adds ? label : text,
    }, adds ? [h(Icon, { name: 'plus', size: 14 }), adds] : [h('span', { class: 'picker-text' }, text), h(Icon, { name: 'down', size: 14 })]),
    content: (close) => h(SearchList, { ...props, close }),
  });
}

/**
 * The pages that are there so far.
 * @param {string} search
 * @param {SearchPickerProps['load']} load
 */
function usePages(search, load) {
  const [state, setState] = useState({ list: /** @type {Item[]} */ ([]), total: 0, page: 0, search: '', isLoading: true, error: '' });
  const turn = useRef(0);
  /** @param {number} page */
  const fetchPage = async (page) => {
    turn.current += 1;
    const own = turn.current;
    setState((before) => ({ ...before, isLoading: true, error: '' }));
    try {
      const answer = await load(search, page);
      if (own === turn.current) setState((before) => ({ list: page === 1 ? answer.list : [...before.list, ...answer.list], total: answer.total, page, search, isLoading: false, error: '' }));
    } catch (error) {
      if (own === turn.current) setState((before) => ({ ...before, isLoading: false, error: messageOf(error) }));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => fetchPage(1), search === '' ? 0 : TYPING_MS);
    return () => {
      clearTimeout(timer);
      turn.current += 1;
    };
  }, [search]);
  const fetchMore = () => {
    if (!state.isLoading && state.error === '' && state.list.length < state.total) fetchPage(state.page + 1);
  };
  return { ...state, fetchMore, retry: () => fetchPage(1) };
}

/** @param {SearchPickerProps & {close: () => void}} props */
function SearchList({ label, chosen, isMulti = false, load, ownChoice, onChoose, close }) {
  const id = useId();
  const [search, setSearch] = useState('');
  const wanted = search.trim();
  const found = usePages(wanted, load);
  const own = wanted === '' || found.isLoading || found.list.some((item) => item.value === wanted) ? '' : ownChoice?.(wanted) ?? '';
  // What is chosen can be taken back, also what no list has.
  const kept = isMulti && wanted === '' ? chosen.filter((value) => !found.list.some((item) => item.value === value)).map((value) => ({ value })) : [];
  /** @type {Item[]} */
  const items = [...kept, ...found.list, ...(own === '' ? [] : [{ value: own, detail: 'as typed' }])];
  /** @param {Item | undefined} item */
  const choose = (item) => {
    if (!item) return;
    onChoose(item.value);
    if (!isMulti) close();
  };
  const { active, setAt, onKeyDown } = useWalk({ items, choose, isCurrent: !found.isLoading && found.search === wanted, search });
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // What is chosen is where the walk begins.
    const first = isMulti ? -1 : found.list.findIndex((item) => chosen.includes(item.value));
    if (found.page === 1 && first > 0) setAt(first);
  }, [found.page]);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
    if (active >= items.length - 2) found.fetchMore();
  }, [active, found.page]);
  return h('div', { class: 'search-box' },
    h('input', {
      class: 'input', type: 'search', placeholder: 'Search', autocomplete: 'off', spellcheck: false, value: search, role: 'combobox', 'aria-label': `Search ${label}`,
      'aria-expanded': 'true', 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list', 'aria-activedescendant': items.length > 0 ? `${id}-${active}` : undefined, onKeyDown,
      onInput: (/** @type {Event} */ event) => setSearch(/** @type {HTMLInputElement} */ (event.currentTarget).value),
    }),
    h('div', {
      class: 'search-list', id: `${id}-list`, role: 'listbox', 'aria-label': label, 'aria-multiselectable': isMulti, 'aria-busy': found.isLoading, ref: list,
      onScroll: (/** @type {Event} */ event) => {
        const element = /** @type {HTMLElement} */ (event.currentTarget);
        if (element.scrollTop + element.clientHeight + MARGIN_PX > element.scrollHeight) found.fetchMore();
      },
    }, items.map((item, index) => h(Option, {
      key: item.value, id: `${id}-${index}`, item, isMulti, isChosen: chosen.includes(item.value), isActive: index === active,
      onHover: () => setAt(index), onClick: () => choose(item),
    }))),
    h('p', { class: 'search-note', role: 'status' }, noteOf(found, items.length)),
    found.error === '' ? null : h('button', { type: 'button', class: 'button is-plain', onClick: found.retry }, 'Try again'));
}

/**
 * Keys in the search: which item is meant, and Enter.
 * @param {{items: Item[], choose: (item: Item | undefined) => void, isCurrent: boolean, search: string}} wish isCurrent: the items are those of what is typed
 */
function useWalk({ items, choose, isCurrent, search }) {
  const [at, setAt] = useState(0);
  const active = Math.min(at, items.length - 1);
  // Enter means the list of what is typed, which may be on its way.
  const isWaiting = useRef(false);
  // At once: Enter may be the next key.
  useLayoutEffect(() => {
    setAt(0);
    isWaiting.current = false;
  }, [search]);
  useEffect(() => {
    if (!isWaiting.current || !isCurrent) return;
    isWaiting.current = false;
    choose(items[active]);
  }, [isCurrent]);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.isComposing || (items.length === 0 && event.key !== 'Enter')) return;
    if (event.key === 'ArrowDown') setAt((active + 1) % items.length);
    else if (event.key === 'ArrowUp') setAt((active - 1 + items.length) % items.length);
    else if (event.key === 'PageDown') setAt(Math.min(items.length - 1, active + 10));
    else if (event.key === 'PageUp') setAt(Math.max(0, active - 10));
    else if (event.key === 'Enter' && !isCurrent) isWaiting.current = true;
    else if (event.key === 'Enter') choose(items[active]);
    else return;
    event.preventDefault();
  };
  return { active, setAt, onKeyDown };
}

/** @param {{isLoading: boolean, error: string, total: number, list: Item[]}} found @param {number} shown */
function noteOf({ isLoading, error, total, list }, shown) {
  if (error !== '') return error;
  if (shown === 0) return isLoading ? 'Loading…' : 'Nothing fits';
  return total > list.length ? `${list.length.toLocaleString()} of ${total.toLocaleString()}: type to find others` : '';
}

/**
 * @param {{id: string, item: Item, isMulti: boolean, isChosen: boolean, isActive: boolean, onHover: () => void, onClick: () => void}} props
 */
function Option({ id, item, isMulti, isChosen, isActive, onHover, onClick }) {
  const text = visibleText(item.value);
  return h('div', {
    id, class: isActive ? 'search-option is-active' : 'search-option', role: 'option', 'aria-selected': isChosen, title: item.help ? `${text}\n${visibleText(item.help)}` : text,
    onMouseMove: isActive ? undefined : onHover,
    // The focus stays in the search.
    onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick,
  },
  isMulti ? h('span', { class: 'search-mark', 'aria-hidden': 'true' }, isChosen ? h(Icon, { name: 'check', size: 14 }) : null) : null,
  h('span', { class: 'search-text' }, h('span', { class: 'search-name' }, text === '' ? '(empty)' : text), item.help ? h('span', { class: 'search-help' }, visibleText(item.help)) : null),
  item.detail ? h('span', { class: 'search-detail' }, visibleText(item.detail)) : null);
}
