// The way to a metric: the tree of all names, a search in them, the favourites, and what was asked before.
import { Fragment, h, useEffect, useMemo, useRef, useState } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Tree } from '../../ui/tree.js';
import { isAbort, messageOf } from '../../api/client.js';
import { PAGE_SIZE, searchMetrics } from '../../api/metrics.js';
import { visibleText } from '../../lib/labels.js';
import { BRANCH, MORE, titleOf, treeRows } from '../../lib/metric-rows.js';
import { favourites, forgetQueries, recentQueries, toggleFavourite } from '../../state/explore-memory.js';
import { useSettled } from '../use-paged-list.js';
import { useMetricTree } from './use-metric-tree.js';

/** @typedef {import('../../../types/app').MetricDefinition} MetricDefinition */
/** @typedef {import('../../../types/app').PanelQuery} PanelQuery */
/** @typedef {'all' | 'favourites' | 'recent'} RailList */

/**
 * @typedef {object} MetricRailProps
 * @property {string} chosen name of the metric that the queries are about
 * @property {(name: string, isMore: boolean) => void} onMetric isMore: beside the queries that are there
 * @property {(queries: PanelQuery[]) => void} onQueries
 */

/** @type {{value: RailList, label: string}[]} */
const LISTS = [{ value: 'all', label: 'Metrics' }, { value: 'favourites', label: 'Favourites' }, { value: 'recent', label: 'Recent' }];

/** @param {MetricRailProps} props */
export function MetricRail({ chosen, onMetric, onQueries }) {
  const [list, setList] = useState(/** @type {RailList} */ ('all'));
  const [text, setText] = useState('');
  const search = useSettled(text.trim());
  const tree = useMetricTree();
  const isSearching = list === 'all' && text.trim() !== '' && search !== '';
  return h(Fragment, null,
    h('div', { class: 'rail-head' },
      h('div', { class: 'search rail-search' },
        h(Icon, { name: 'search' }),
        h('input', {
          class: 'input', type: 'search', value: text, placeholder: 'Search metrics', 'aria-label': 'Search metrics', autocomplete: 'off', spellcheck: false,
          'aria-keyshortcuts': '/', maxLength: 255,
          onInput: (/** @type {Event} */ event) => {
            setText(/** @type {HTMLInputElement} */ (event.currentTarget).value);
            setList('all');
          },
        })),
      h(IconButton, { label: 'Load the metrics again', icon: 'refresh', onClick: tree.reload })),
    h('div', { class: 'rail-lists', role: 'group', 'aria-label': 'Which list' }, LISTS.map(({ value, label }) => h('button', {
      key: value, type: 'button', class: 'filter', 'aria-pressed': list === value, onClick: () => setList(value),
    }, label))),
    list === 'recent' ? h(Recent, { onQueries })
      : list === 'favourites' ? h(Favourites, { chosen, onMetric })
        : isSearching ? h(Found, { key: search, search, chosen, onMetric }) : h(AllMetrics, { tree, chosen, onMetric }));
}

/** @param {{tree: ReturnType<typeof useMetricTree>, chosen: string, onMetric: MetricRailProps['onMetric']}} props */
function AllMetrics({ tree, chosen, onMetric }) {
  const rows = useMemo(() => treeRows(tree.known, tree.open, chosen), [tree.known, tree.open, chosen]);
  const root = tree.known.get('');
  if (root && !root.isLoading && root.fault === '' && root.list.length === 0) {
    return h('p', { class: 'rail-note' }, 'There are no metrics yet. They are listed as soon as something sends them.');
  }
  return h(Tree, {
    label: 'Metrics by name', rows,
    onToggle: (row) => tree.toggle(row.id.slice(BRANCH.length)),
    onChoose: (row, isMore) => {
      if (row.kind === 'more') tree.load(row.id.slice(MORE.length));
      else onMetric(row.id, isMore);
    },
  });
}

/** @param {{search: string, chosen: string, onMetric: MetricRailProps['onMetric']}} props */
function Found({ search, chosen, onMetric }) {
  const [state, setState] = useState(/** @type {{list: MetricDefinition[], total: number, pages: number, fault: string}} */ ({ list: [], total: 0, pages: 0, fault: '' }));
  const isHere = useRef(true);
  /** @param {number} page */
  const load = async (page) => {
    try {
      const { list, total } = await searchMetrics(search, page);
      if (isHere.current) setState((before) => ({ list: page === 1 ? list : [...before.list, ...list], total, pages: page, fault: '' }));
    } catch (error) {
      if (isHere.current && !isAbort(error)) setState((before) => ({ ...before, fault: messageOf(error) }));
    }
  };
  useEffect(() => {
    isHere.current = true;
    load(1);
    return () => { isHere.current = false; };
  }, []);
  if (state.fault !== '') return h('p', { class: 'rail-note', role: 'alert' }, `${state.fault} `, h(Button, { onClick: () => load(state.pages + 1) }, 'Try again'));
  if (state.pages === 0) return h('p', { class: 'rail-note is-late' }, 'Searching…');
  if (state.total === 0) return h('p', { class: 'rail-note', role: 'status' }, `No metric has "${visibleText(search)}" in its name.`);
  const isMore = state.list.length < state.total && state.list.length >= state.pages * PAGE_SIZE;
  return h(Fragment, null,
    h('p', { class: 'rail-count', role: 'status' }, state.total > state.list.length ? `${state.list.length.toLocaleString()} of ${state.total.toLocaleString()} metrics` : `${state.total.toLocaleString()} ${state.total === 1 ? 'metric' : 'metrics'}`),
    h(MetricList, { label: 'Metrics found', metrics: state.list, chosen, onMetric },
      isMore ? h('li', { key: 'more' }, h('button', { type: 'button', class: 'rail-item is-more', onClick: () => load(state.pages + 1) }, 'Show more')) : null));
}

/** @param {{chosen: string, onMetric: MetricRailProps['onMetric']}} props */
function Favourites({ chosen, onMetric }) {
  const names = favourites();
  if (names.length === 0) return h('p', { class: 'rail-note' }, 'No favourites yet. The star beside a chosen metric keeps it here, in this browser.');
  const metrics = names.map((name) => /** @type {MetricDefinition} */ ({ name, type: 'unknown', unit: null, description: null, seriesCount: null }));
  return h(MetricList, { label: 'Favourites', metrics, chosen, onMetric, onRemove: toggleFavourite });
}

/**
 * @param {{label: string, metrics: MetricDefinition[], chosen: string, onMetric: MetricRailProps['onMetric'], onRemove?: (name: string) => void,
 *   children?: import('../../ui/html.js').Children}} props
 */
function MetricList({ label, metrics, chosen, onMetric, onRemove, children }) {
  return h('ul', { class: 'rail-list', 'aria-label': label }, metrics.map((metric) => h('li', { key: metric.name, class: 'rail-row' },
    h('button', {
      type: 'button', class: 'rail-item', title: titleOf(metric), 'aria-pressed': metric.name === chosen,
      onClick: (/** @type {MouseEvent} */ event) => onMetric(metric.name, event.ctrlKey || event.metaKey || event.shiftKey),
    }, h('span', { class: 'rail-name' }, visibleText(metric.name)), metric.type === 'unknown' ? null : h('span', { class: 'tree-note' }, metric.type)),
    onRemove ? h(IconButton, { label: `Remove ${visibleText(metric.name)} from the favourites`, icon: 'close', onClick: () => onRemove(metric.name) }) : null)), children);
}

/** @param {{onQueries: (queries: PanelQuery[]) => void}} props */
function Recent({ onQueries }) {
  const list = recentQueries();
  if (list.length === 0) return h('p', { class: 'rail-note' }, 'Queries that gave data are kept here, the last 50 of this browser.');
  return h('ul', { class: 'rail-list', 'aria-label': 'Recent queries' },
    list.map((queries) => {
      const texts = queries.map((query) => visibleText(query.query));
      return h('li', { key: texts.join('\n') }, h('button', { type: 'button', class: 'rail-item is-code', title: texts.join('\n'), onClick: () => onQueries(queries) },
        h('span', { class: 'rail-name' }, texts[0]), texts.length > 1 ? h('span', { class: 'tree-note' }, `+${texts.length - 1}`) : null));
    }),
    h('li', { key: 'clear' }, h('button', { type: 'button', class: 'rail-item is-more', onClick: forgetQueries }, 'Forget all')));
}
