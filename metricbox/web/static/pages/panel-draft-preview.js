// The preview of the editor, fed by the draft: each change of an option is drawn in the same frame, each answer when it is in.
import { h, useEffect, useMedia, useMemo, useState } from '../ui/html.js';
import { GAP_PX, ROW_PX } from '../layout/grid-model.js';
import { visibleText } from '../lib/labels.js';
import { askedQueries, panelOf } from '../lib/panel-draft.js';
import { sizeOf } from '../lib/panel-options.js';
import { repeatPlaces } from '../lib/repeat.js';
import { fillPanel } from '../lib/variables.js';
import { PANEL_TYPES } from '../panels/registry.js';
import { Preview } from '../panels/panel-editor/preview.js';
import { nowMs } from '../state/notices.js';
import { range, refreshMs } from '../state/time-range.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../lib/panel-draft.js').Draft} Draft */
/** @typedef {import('../state/dashboard.js').DashboardStore} Store */

const COLUMNS = 12;
const PHONE = '(max-width: 767px)';
// As in panels.css: what a dashboard leaves beside its grid, and how high panels are on phones.
const EDGES_PX = 20;
const PHONE_HEIGHT = { full: 260, compact: 112 };

/**
 * What a panel that repeats is shown with: its first value. Read as signals.
 * @param {Store} store
 * @param {Draft} draft
 * @returns {{selection: ReadonlyMap<string, string[]>, values: readonly string[] | null}} values: null for one that does not repeat
 */
export function scopeOf(store, draft) {
  const chosen = store.variables.chosen.value;
  const { repeat } = draft.options;
  const values = repeat ? store.variables.listed.value.get(repeat) ?? [] : [];
  const [first] = values;
  if (!repeat || first === undefined) return { selection: chosen, values: null };
  return { selection: new Map([...chosen, [repeat, [first]]]), values };
}

/** The width of the page beside the side bar. */
function useMainWidth() {
  const [width, setWidth] = useState(() => document.getElementById('content')?.clientWidth ?? window.innerWidth);
  useEffect(() => {
    const main = document.getElementById('content');
    if (!main) return undefined;
    const observer = new ResizeObserver(() => setWidth(main.clientWidth));
    observer.observe(main);
    return () => observer.disconnect();
  }, []);
  return width;
}

/**
 * @typedef {object} DraftPreviewProps
 * @property {Store} store
 * @property {Dashboard} dashboard
 * @property {import('../state/panel-draft.js').PanelDraft} draft
 * @property {import('../state/draft-data.js').DraftData} data
 * @property {import('../../types/app').PanelContext} context
 */

/** @param {DraftPreviewProps} props */
export function DraftPreview({ store, dashboard, draft, data, context }) {
  const shown = draft.draft.value;
  const isPhone = useMedia(PHONE);
  const mainWidth = useMainWidth();
  const { selection, values } = scopeOf(store, shown);
  const position = dashboard.panels.find((one) => one.id === draft.panelId)?.position ?? { x: 0, y: 0, ...sizeOf(shown.type) };
  const saved = useMemo(() => panelOf(shown, { id: draft.panelId, dashboardId: dashboard.id, position }), [shown, dashboard]);
  const panel = useMemo(() => fillPanel(saved, selection), [saved, selection]);
  const state = data.state.value;
  const place = values ? repeatPlaces(saved, values.length, position.h)[0] ?? position : position;
  const size = isPhone
    ? { width: mainWidth - 2 * GAP_PX, height: PANEL_TYPES.get(shown.type)?.isCompact ? PHONE_HEIGHT.compact : PHONE_HEIGHT.full }
    : { width: (place.w / COLUMNS) * (mainWidth - EDGES_PX) - GAP_PX, height: place.h * (ROW_PX + GAP_PX) - GAP_PX };
  const repeated = values ? `${values.length === 1 ? 'Shown once' : `The first of ${values.length} repeats`}: ${visibleText(`${shown.options.repeat} = ${values[0]}`)}.` : '';
  return h(Preview, {
    size,
    note: [repeated, ...state.notes].filter((text) => text !== '').join(' '),
    frame: {
      panel, context, selection, state,
      range: range.value,
      hasQuery: askedQueries(shown).length > 0,
      refreshMs: refreshMs.value,
      isOffline: data.isOffline.value,
      nowMs: nowMs.value,
      onVisible: () => undefined,
      onRetry: () => data.refresh(),
    },
  });
}
