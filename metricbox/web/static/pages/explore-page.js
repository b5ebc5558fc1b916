// Explore: from the name of a metric to its chart, and for editors SQL over all that is stored. What is asked is in the address.
import { Fragment, h, useEffect, useLate, useMemo } from '../ui/html.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { parseExplore } from '../lib/explore-url.js';
import { ExploreStore } from '../state/explore.js';
import { urlState } from '../state/location.js';
import { speak } from '../state/notices.js';
import { canEdit, canExplore } from '../state/session.js';
import { setTimeDefaults } from '../state/time-range.js';
import { QueryTab } from './explore/query-tab.js';
import { PageTime } from './page-time.js';

export function ExplorePage() {
  if (!canExplore()) return h(NoRight, { title: 'Explore', text: 'On this server viewers see dashboards, and run no queries of their own. An administrator can change that, or make you an editor.' });
  return h(Explore, {});
}

/** @param {{title: string, text: string}} props */
function NoRight({ title, text }) {
  return h(Fragment, null,
    h(PageHeader, { title, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, {
      icon: 'stop', title: 'Your role does not allow this', text, children: h('a', { class: 'button is-primary', href: '/' }, 'All dashboards'),
    })));
}

function Explore() {
  const store = useMemo(() => {
    // Before the first question: it is asked with the page's own range.
    setTimeDefaults(null, null);
    return new ExploreStore();
  }, []);
  useEffect(() => () => store.dispose(), [store]);
  const { tab } = parseExplore(urlState.value.own);
  const isSql = tab === 'sql';
  const isBusy = store.isRefreshing.value;
  return h(Fragment, null,
    h(PageHeader, {
      title: 'Explore', onAnnounce: speak, mark: canEdit() ? h(Tabs, { tab, onChange: (next) => store.show({ tab: next }) }) : null,
    }, isSql ? null : h(PageTime, { isBusy, onRefresh: () => store.refresh() })),
    !isSql ? h(QueryTab, { store }) : canEdit() ? h(LateSqlTab, { store })
      : h('div', { class: 'page-body' }, h(Message, { icon: 'stop', title: 'Your role does not allow SQL', text: 'It reads all that is stored, so it is for editors. An administrator can make you one.' })));
}

/** @param {{tab: 'query' | 'sql', onChange: (tab: 'query' | 'sql') => void}} props */
function Tabs({ tab, onChange }) {
  return h('div', { class: 'explore-tabs', role: 'group', 'aria-label': 'Language' },
    h('button', { type: 'button', class: 'filter', 'aria-pressed': tab === 'query', onClick: () => onChange('query') }, 'Queries'),
    h('button', { type: 'button', class: 'filter', 'aria-pressed': tab === 'sql', onClick: () => onChange('sql') }, 'SQL'));
}

const loadSqlTab = async () => (await import('./explore/sql-tab.js')).SqlTab;

/** @param {{store: ExploreStore}} props */
function LateSqlTab({ store }) {
  const { loaded, hasFailed } = useLate(loadSqlTab);
  if (hasFailed) return h('div', { class: 'page-body' }, h(Message, { icon: 'critical', title: 'This part could not be loaded', text: 'Reload the page to try again.' }));
  return loaded ? h(loaded, { store }) : null;
}
