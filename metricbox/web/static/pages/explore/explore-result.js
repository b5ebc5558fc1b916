// What the queries gave: the chart with its choices, where the data came from in words, and each series as a row.
import { Fragment, h, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Select } from '../../ui/select.js';
import { LIMITS } from '../../lib/explore-url.js';
import { seriesTable, tableForFile, timeTable } from '../../lib/frame-table.js';
import { newRuleHref } from '../../lib/rule-draft.js';
import { ruleText } from '../../lib/rule-query.js';
import { variablesOf } from '../../lib/variables.js';
import { PanelFrame } from '../../panels/panel-frame.js';
import { COMPARISONS } from '../../state/explore-data.js';
import { nowMs } from '../../state/notices.js';
import { canEdit } from '../../state/session.js';
import { range, refreshMs } from '../../state/time-range.js';
import { copyLink } from '../copy-link.js';
import { usePanelContext } from '../panel-context.js';
import { saveTable } from '../save-table.js';
import { useAlertMarks } from '../use-alert-marks.js';
import { AddToDashboardDialog } from './add-to-dashboard-dialog.js';
import { ExploreFoot } from './explore-foot.js';
import { ResultTable } from './result-table.js';

/** @typedef {import('../../../types/app').Panel} Panel */
/** @typedef {import('../../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../lib/explore-url.js').ExploreState} ExploreState */
/** @typedef {import('../../state/explore.js').ExploreStore} Store */

/**
 * @typedef {object} ExploreResultProps
 * @property {Store} store
 * @property {ExploreState} explore
 * @property {PanelQuery[]} query those that are asked
 * @property {string} title
 * @property {string | null} unit
 */

/** @param {ExploreResultProps} props */
export function ExploreResult({ store, explore, query, title, unit }) {
  const state = store.panelState.value;
  const context = usePanelContext('explore');
  const isInstant = explore.mode === 'instant';
  // Bars of two times would be stacked on each other, or stand one behind the other.
  const type = explore.type === 'bar' && explore.compare !== '' ? 'line' : explore.type;
  const panel = useMemo(() => panelOf(type, query, title, unit), [type, query, title, unit]);
  const { frame } = state;
  useAlertMarks(store.isRefreshing, isInstant || query.length === 0 ? '' : type);
  if (query.length === 0) return h('p', { class: 'explore-none' }, 'All queries are switched off.');
  if (context === null) return null;
  const hasSeries = frame !== null && frame.series.length > 0;
  return h(Fragment, null,
    h(Toolbar, { store, explore, query, panel }),
    isInstant && hasSeries ? null : h('div', { class: `explore-chart is-${isInstant ? 'instant' : type}` }, h(PanelFrame, {
      panel, context, state, range: range.value, hasQuery: true, refreshMs: refreshMs.value, isOffline: store.isOffline.value, nowMs: nowMs.value,
      onVisible: ignore, onRetry: () => store.refresh(), onCancel: () => store.cancel(),
      // A reference such as $__interval needs the range that is shown.
      ...(isInstant || variablesOf(panel)?.length !== 0 ? {} : { onFindNewest: async () => (await import('../../state/newest-sample.js')).findNewest(panel, {}, (state.span ?? context.span).startMs) }),
    })),
    hasSeries ? h(ExploreFoot, { state, isInstant, zone: context.zone, onMore: explore.limit < LIMITS.most ? () => store.run({ limit: LIMITS.most }) : null }) : null,
    hasSeries ? h(ResultTable, { frame, letters: query.length > 1 ? store.letters.value : null, isInstant, unit, zone: context.zone }) : null);
}

/** The page has one chart, which is always asked for. */
function ignore() {}

/**
 * @param {ExploreState['type']} type
 * @param {PanelQuery[]} query
 * @param {string} title
 * @param {string | null} unit
 * @returns {Panel}
 */
function panelOf(type, query, title, unit) {
  return {
    id: 'explore', dashboardId: '', title, type, query, options: { ...(unit ? { unit } : {}), ...(type === 'table' ? { tableRows: 'times' } : {}) },
    position: { x: 0, y: 0, w: 12, h: 5 },
  };
}

const TYPES = /** @type {const} */ ([['line', 'Line'], ['area', 'Area'], ['bar', 'Bars'], ['table', 'Table']]);
const MODES = /** @type {const} */ ([['range', 'Range'], ['instant', 'Instant']]);

/** @param {{store: Store, explore: ExploreState, query: PanelQuery[], panel: Panel}} props */
function Toolbar({ store, explore, query, panel }) {
  const [isAdding, setAdding] = useState(false);
  const { frame } = store.panelState.value;
  const isInstant = explore.mode === 'instant';
  const [first] = query;
  const alertText = canEdit() && first ? ruleText(first) : null;
  const save = () => {
    if (frame) saveTable(panel.title, tableForFile(isInstant ? seriesTable(frame, ['last']) : timeTable(frame)));
  };
  return h('div', { class: 'explore-bar' },
    h(Buttons, { label: 'Evaluate', options: MODES, value: explore.mode, onChange: (mode) => store.run({ mode: /** @type {ExploreState['mode']} */ (mode) }) }),
    isInstant ? null : h(Buttons, { label: 'Draw as', options: explore.compare === '' ? TYPES : TYPES.filter(([type]) => type !== 'bar'), value: panel.type, onChange: (type) => store.show({ type: /** @type {ExploreState['type']} */ (type) }) }),
    isInstant ? null : h('label', { class: 'explore-compare' }, h('span', null, 'Compare with'), h(Select, {
      isSmall: true, value: explore.compare, options: Object.entries(COMPARISONS).map(([value, { label }]) => ({ value, label })),
      onChange: (compare) => store.run({ compare: /** @type {ExploreState['compare']} */ (compare) }),
    })),
    h('div', { class: 'explore-actions' },
      canEdit() ? h(Button, { icon: 'plus', onClick: () => setAdding(true) }, 'Add to dashboard') : null,
      alertText ? h('a', { class: 'button is-plain', href: newRuleHref({ query: alertText, unit: panel.options.unit ?? null }) }, h(Icon, { name: 'bell' }), 'Create alert') : null,
      h(Button, { icon: 'copy', isDisabled: !store.fitsLink.value, onClick: () => copyLink(window.location.href, 'Link to these queries') }, 'Copy link'),
      h(Button, { icon: 'download', isDisabled: frame === null || frame.series.length === 0, onClick: save }, 'CSV')),
    store.fitsLink.value ? null : h('p', { class: 'explore-note' }, 'The queries are too long for a link.'),
    isAdding ? h(AddToDashboardDialog, { panel: { ...panel, type: isInstant ? 'table' : panel.type }, queries: query, onClose: () => setAdding(false) }) : null);
}

/** @param {{label: string, options: readonly (readonly [string, string])[], value: string, onChange: (value: string) => void}} props */
function Buttons({ label, options, value, onChange }) {
  return h('div', { class: 'explore-choice', role: 'group', 'aria-label': label }, options.map(([key, text]) => h('button', {
    key, type: 'button', class: 'filter', 'aria-pressed': key === value, onClick: () => { if (key !== value) onChange(key); },
  }, text)));
}
