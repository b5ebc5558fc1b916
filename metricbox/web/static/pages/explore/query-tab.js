// Metrics on the left, queries over the chart, the series as a table under it.
import { h, useMedia, useMemo, useRef, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Message } from '../../ui/page-header.js';
import { findMetric } from '../../api/metrics.js';
import { filtersOf, isSelection, metricOf, queryOfMetric, toggleFilter } from '../../lib/explore-query.js';
import { parseExplore, QUERIES_MAX } from '../../lib/explore-url.js';
import { visibleText } from '../../lib/labels.js';
import { isAsked } from '../../lib/panel-draft.js';
import { useDefinition } from '../../panels/panel-editor/use-definition.js';
import { QueryEditor } from '../../panels/panel-editor/query-editor.js';
import { urlState } from '../../state/location.js';
import { ExploreResult } from './explore-result.js';
import { MetricCard } from './metric-card.js';
import { MetricRail } from './metric-rail.js';

/** @typedef {import('../../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../state/explore.js').ExploreStore} Store */

const PHONE = '(max-width: 1023px)';

/** @param {{store: Store}} props */
export function QueryTab({ store }) {
  const explore = store.explore.value;
  const [place, setPlace] = useState(0);
  const [isRailOpen, setRailOpen] = useState(false);
  const isNarrow = useMedia(PHONE);
  const pick = usePick(store, place, setPlace);
  // Of what was run: a half-written name is no metric.
  const ran = store.fitsLink.value ? parseExplore(urlState.value.own).queries : explore.queries;
  const about = (ran[place] ?? ran[0])?.query ?? '';
  const chosen = metricOf(about);
  const isEmpty = !explore.queries.some((query) => query.query.trim() !== '');
  const isRailShown = !isNarrow || isRailOpen || isEmpty;
  /** @param {PanelQuery[]} next */
  const change = (next) => {
    const changed = next.findIndex((query, index) => query.query !== explore.queries[index]?.query);
    if (changed >= 0) setPlace(changed);
    store.edit({ queries: next });
  };
  /** @param {string} tag @param {string} value */
  const filter = (tag, value) => {
    const at = ran[place] ? place : 0;
    const { queries } = store.explore.peek();
    store.run({ queries: queries.map((query, index) => (index === at ? { ...query, query: toggleFilter(query.query, chosen, tag, value) } : query)) });
  };
  return h('div', { class: 'explore' },
    isNarrow && !isEmpty ? h(Button, { icon: isRailOpen ? 'close' : 'search', aria: { 'aria-expanded': isRailOpen }, onClick: () => setRailOpen(!isRailOpen) }, isRailOpen ? 'Close' : 'Metrics and tags') : null,
    isRailShown ? h('aside', { class: 'explore-rail', 'aria-label': 'Metrics' },
      h(MetricRail, {
        chosen,
        onMetric: (name, isMore) => {
          setRailOpen(false);
          pick(name, isMore);
        },
        onQueries: (queries) => {
          setRailOpen(false);
          setPlace(0);
          store.run({ queries }, { isStep: true });
        },
      }),
      chosen === '' ? null : h(MetricCard, { key: chosen, name: chosen, filters: filtersOf(about), onFilter: filter, onAdd: () => pick(chosen, true) })) : null,
    h('div', { class: 'explore-main' },
      h(QueryEditor, {
        queries: explore.queries, onChange: change, onRun: () => store.run(), answers: store.answers.value, variableNames: NO_NAMES, maxQueries: QUERIES_MAX,
      }),
      isEmpty ? h(Message, { icon: 'search', title: 'What do you want to see?', text: isNarrow ? 'Choose a metric, or write a query.' : 'Choose a metric on the left, or write a query above.' })
        : h(Result, { store })));
}

/** @type {string[]} */
const NO_NAMES = [];

/** @param {{store: Store}} props */
function Result({ store }) {
  const explore = store.explore.value;
  const asked = explore.queries.filter(isAsked);
  const [only] = asked;
  const text = only?.query ?? '';
  const isPlain = asked.length === 1 && isSelection(text) && !['rate', 'increase', 'count'].includes(only?.aggregation ?? '');
  const unit = useDefinition(isPlain ? metricOf(text) : '')?.unit || null;
  const title = asked.length === 1 ? visibleText(text) : `${asked.length} queries`;
  const shape = JSON.stringify(asked);
  const query = useMemo(() => asked, [shape]);
  return h(ExploreResult, { store, explore, query, title, unit });
}

/**
 * Puts a metric into the queries: in place of the one that was worked on, or beside all.
 * @param {Store} store
 * @param {number} place
 * @param {(place: number) => void} setPlace
 */
function usePick(store, place, setPlace) {
  const latest = useRef(0);
  return async (/** @type {string} */ name, /** @type {boolean} */ isMore) => {
    latest.current += 1;
    const own = latest.current;
    // Whether it is a counter. Without an answer it is drawn as it is.
    const metric = await findMetric(name).catch(() => null) ?? { name, type: /** @type {const} */ ('unknown') };
    if (own !== latest.current) return;
    const { queries } = store.explore.peek();
    const free = queries.findIndex((query) => query.query.trim() === '');
    const isFull = queries.length >= QUERIES_MAX;
    const at = free >= 0 ? free : isMore && !isFull ? queries.length : Math.min(place, Math.max(0, queries.length - 1));
    const next = [...queries];
    next[at] = queryOfMetric(metric);
    setPlace(at);
    store.run({ queries: next }, { isStep: true });
  };
}
