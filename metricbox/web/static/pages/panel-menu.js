// What can be done with one panel, by what the person may do. Fetched when a menu opens, or one of its keys is pressed.
import { h } from '../ui/html.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { loadStyle } from '../ui/style-sheet.js';
import { exploreHref } from '../lib/explore-url.js';
import { seriesTable, tableForFile, timeTable } from '../lib/frame-table.js';
import { panelLink } from '../lib/panel-link.js';
import { readThresholds } from '../lib/reading.js';
import { newRuleHref } from '../lib/rule-draft.js';
import { ruleTextOf } from '../lib/rule-query.js';
import { fillPanel, fillText, isAll, referencesOf, selectionFor, variablesOf } from '../lib/variables.js';
import { urlState } from '../state/location.js';
import { showToast } from '../state/notices.js';
import { queriesOf } from '../state/panel-data.js';
import { canEdit, canExplore } from '../state/session.js';
import { openDialog } from './open-dialog.js';
import { panelEditItems } from './panel-edit-items.js';
import { PanelTableDialog } from './panel-table-dialog.js';
import { saveTable } from './save-table.js';

/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('../ui/menu.js').MenuItem} MenuItem */

/**
 * @typedef {object} PanelMenuWish
 * @property {Panel} panel as it is saved, or a repeat of it
 * @property {import('../state/dashboard.js').DashboardStore} store
 * @property {import('../../types/app').PanelContext} context
 * @property {(() => import('./edit-mode.js').EditMode | Promise<import('./edit-mode.js').EditMode>) | null} [edit] begins editing, or goes
 *   on with it; null for who may not change the dashboard
 */

/**
 * @param {PanelMenuWish} wish
 * @returns {Promise<MenuItem[]>}
 */
export async function panelMenuItems({ panel, store, context, edit = null }) {
  const { dashboard } = store.documentState.peek();
  if (!dashboard) return [];
  const state = store.panelState(panel.id);
  const hasData = queriesOf(panel).length > 0;
  const shown = () => fillPanel(panel, store.variables.chosen.peek());
  const explore = canExplore() ? hrefToExplore(panel, selectionFor(panel, store.variables.chosen.peek())) : null;
  const alert = canEdit() ? hrefToAlert(shown(), selectionFor(panel, store.variables.chosen.peek())) : null;
  const view = panelLink(dashboard.id, panel.id, urlState.peek(), 'view');
  return [
    { label: 'View', icon: 'open', href: view, keys: 'V' },
    ...(edit ? [{ label: 'Edit', icon: 'pencil', href: panelLink(dashboard.id, panel.savedId ?? panel.id, urlState.peek(), 'edit'), keys: 'E' }] : []),
    ...(explore ? [{ label: 'Explore', icon: 'search', href: explore, keys: 'X' }] : []),
    ...(alert ? [{ label: 'Create alert', icon: 'bell', href: alert }] : []),
    { label: 'Copy link', icon: 'link', onSelect: () => { copyLink(view); } },
    ...(hasData ? [
      { label: 'Show as table', icon: 'table', keys: 'Shift+T', onSelect: () => { openTable(shown(), state, context.zone); } },
      { label: 'Download CSV', icon: 'download', onSelect: () => saveCsv(shown(), state.peek().frame) },
    ] : []),
    ...(edit ? panelEditItems({ id: panel.savedId ?? panel.id, title: panel.title, edit }) : []),
  ];
}

/**
 * @param {Panel} panel
 * @param {import('../lib/variables.js').Selection} selection
 * @returns {string | null} null where the texts are not known here, or hold variables that stand for several values: what becomes of
 *   those is the server's to say
 */
function hrefToExplore(panel, selection) {
  const queries = queriesOf(panel);
  const names = variablesOf(panel);
  const isSingle = (/** @type {string} */ name) => selection.get(name)?.length === 1 && !isAll(selection.get(name) ?? []);
  const inTags = referencesOf(JSON.stringify(queries.map((query) => [query.tags ?? {}, query.groupBy ?? []])));
  if (queries.length === 0 || names === null || inTags.length > 0 || !names.every(isSingle)) return null;
  const values = new Map(names.map((name) => [name, (selection.get(name) ?? []).map((value) => value.replace(/[\\"]/g, '\\$&'))]));
  const filled = queries.flatMap((query) => (query.query === null ? [] : [{ ...query, query: fillText(query.query, values), legend: query.legend ? fillText(query.legend, selection) : query.legend }]));
  return exploreHref(filled, urlState.peek());
}

/**
 * A rule of the panel's first query, with its highest threshold.
 * @param {Panel} panel with its title filled in
 * @param {import('../lib/variables.js').Selection} selection
 * @returns {string | null} null where a rule cannot say what the panel asks
 */
function hrefToAlert(panel, selection) {
  const [first] = queriesOf(panel);
  if (!first || first.query === null) return null;
  const query = ruleTextOf({ ...first, query: first.query }, selection);
  if (query === null) return null;
  const threshold = readThresholds(panel.options?.thresholds).at(-1) ?? null;
  return newRuleHref({ query, name: panel.title, unit: panel.options?.unit ?? null, threshold });
}

/** @param {string} path of the panel: the range and the choice of variables come along */
async function copyLink(path) {
  const link = window.location.origin + path;
  try {
    await navigator.clipboard.writeText(link);
    showToast('Link copied');
  } catch {
    // Plain HTTP has no clipboard.
    openDialog((close) => h(Dialog, { title: 'Link to this panel', onClose: close }, h(CopyField, { text: link, label: 'Link' })));
  }
}

/**
 * @param {Panel} panel
 * @param {import('./panel-table-dialog.js').PanelTableProps['state']} state
 * @param {string} zone
 */
async function openTable(panel, state, zone) {
  // The dialogue takes the size that its table has.
  await loadStyle('/static/styles/data-table.css');
  openDialog((close) => h(PanelTableDialog, { panel, state, zone, onClose: close }));
}

/**
 * @param {Panel} panel
 * @param {import('../lib/frames.js').Frame | null} frame
 */
function saveCsv(panel, frame) {
  if (frame === null) {
    showToast('There are no data to save yet', { kind: 'error' });
    return;
  }
  const isOne = panel.type === 'stat' || panel.type === 'gauge' || panel.type === 'table';
  saveTable(panel.title, tableForFile(isOne ? seriesTable(frame, ['last']) : timeTable(frame)));
}
