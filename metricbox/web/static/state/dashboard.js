// One open dashboard: its document and the state of each panel's data. Made by the page, disposed with it.
import { effect, signal, untracked } from '../ui/html.js';
import { ApiError, isAbort, NetworkError, serverNowMs } from '../api/client.js';
import { getDashboard } from '../api/dashboards.js';
import { createPoller, OFFLINE_AFTER } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { requestRange, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { assertive, offline } from './notices.js';
import { range, refreshMs, setTimeDefaults, zone } from './time-range.js';
import { failedState, INITIAL_PANEL, readyState, queriesOf, toParams } from './panel-data.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('./panel-data.js').PanelState} PanelState */
/** @typedef {import('../ui/html.js').SignalOf<PanelState>} PanelSignal */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', dashboard: Dashboard | null, error: unknown}} DocumentState */

// Panels scroll in several at a time; one request serves them all.
const GATHER_MS = 30;

/** @param {string} id */
export function openDashboard(id) {
  const documentState = signal(/** @type {DocumentState} */ ({ phase: 'loading', dashboard: null, error: null }));
  /** @type {Map<string, PanelSignal>} */
  const panels = new Map();
  /** @type {Set<string>} */
  const visible = new Set();
  const abort = new AbortController();
  const isOffline = signal(false);
  const isRefreshing = signal(false);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;

  /** @param {string} panelId @returns {PanelSignal} */
  const panelState = (panelId) => {
    let state = panels.get(panelId);
    if (!state) {
      state = signal(INITIAL_PANEL);
      panels.set(panelId, state);
    }
    return state;
  };

  /** @returns {Panel[]} */
  const visiblePanels = () => (documentState.peek().dashboard?.panels ?? []).filter((panel) => visible.has(panel.id));

  const poller = createPoller({
    intervalMs: untracked(() => refreshMs.value),
    run: (signal_) => refreshPanels(visiblePanels(), panelState, signal_),
    onState(state) {
      isRefreshing.value = state.isRunning;
      const wasOffline = isOffline.peek();
      isOffline.value = state.failures >= OFFLINE_AFTER;
      if (isOffline.peek()) offline.value = { nextAtMs: state.nextAtMs, retry: () => poller.runNow() };
      else if (wasOffline) offline.value = null;
      if (isOffline.peek() && !wasOffline) assertive.value = 'Cannot reach metricbox. Trying again.';
    },
  });

  const stopInterval = effect(() => poller.setInterval(refreshMs.value));
  let isFirst = true;
  const stopRange = effect(() => {
    // Read to be told of changes: another range or zone asks anew at once, and drops the answer under way.
    const wanted = [range.value, zone.value];
    if (!isFirst && wanted.length > 0) untracked(() => poller.runNow());
    isFirst = false;
  });

  const load = async () => {
    documentState.value = { phase: 'loading', dashboard: null, error: null };
    try {
      const dashboard = await getDashboard(id, abort.signal);
      setTimeDefaults(dashboard.timeRange, dashboard.refreshInterval);
      documentState.value = { phase: 'ready', dashboard, error: null };
    } catch (error) {
      if (!isAbort(error)) documentState.value = { phase: 'failed', dashboard: null, error };
    }
  };
  load();

  return {
    documentState,
    panelState,
    isOffline,
    isRefreshing,
    reload: load,
    refresh: () => poller.runNow(),
    /** @param {string} panelId @param {boolean} isVisible */
    setVisible(panelId, isVisible) {
      if (!isVisible) {
        visible.delete(panelId);
        return;
      }
      visible.add(panelId);
      const state = panelState(panelId).peek();
      const ageMs = Date.now() - state.loadedAtMs;
      const isFresh = state.frame !== null && (refreshMs.peek() === 0 ? state.askedFor === askKey() : ageMs < refreshMs.peek());
      if (isFresh) return;
      clearTimeout(gathering);
      gathering = setTimeout(() => poller.runNow(), GATHER_MS);
    },
    dispose() {
      clearTimeout(gathering);
      abort.abort();
      stopInterval();
      stopRange();
      poller.stop();
      if (isOffline.peek()) offline.value = null;
    },
  };
}

/** What an answer was asked for; another range makes it old whatever its age. */
function askKey() {
  return JSON.stringify([range.peek(), zone.peek()]);
}

/**
 * One round: all queries of all panels in as few requests as the API allows. Data stay on screen until their answer is in.
 * @param {Panel[]} list
 * @param {(panelId: string) => PanelSignal} panelState
 * @param {AbortSignal} abortSignal
 */
async function refreshPanels(list, panelState, abortSignal) {
  const nowMs = serverNowMs();
  const wanted = requestRange(range.peek(), nowMs, zone.peek());
  if (wanted === null || list.length === 0) return;
  const asks = list.flatMap((panel) => queriesOf(panel).map((query, position) => ({ panel, query, position })));
  const params = asks.map((ask) => toParams(ask.query, wanted, zoneName(zone.peek())));
  /** @type {Map<string, import('../../types/app').BatchItem[]>} */
  const answers = new Map();
  const askedFor = askKey();
  for (const panel of list) update(panelState(panel.id), { isRefreshing: true, askedAtMs: Date.now() });
  try {
    await runBatches(params, (first, items) => {
      items.forEach((item, offset) => {
        const ask = asks[first + offset];
        if (!ask) return;
        const got = [...(answers.get(ask.panel.id) ?? []), item];
        answers.set(ask.panel.id, got);
      });
      const clockMs = serverNowMs();
      const span = resolveRange(range.peek(), clockMs, zone.peek());
      for (const panel of list) {
        const got = answers.get(panel.id);
        if (!span || !got || got.length < queriesOf(panel).length) continue;
        answers.delete(panel.id);
        const state = panelState(panel.id);
        state.value = readyState(state.peek(), panel, got, { span, clockMs, askedFor });
      }
    }, abortSignal);
  } catch (error) {
    // The next round has begun already and owns the panels' state.
    if (isAbort(error)) throw error;
    for (const panel of list) {
      const state = panelState(panel.id);
      state.value = error instanceof NetworkError ? { ...state.peek(), isRefreshing: false, isUnreached: true }
        : failedState(state.peek(), error instanceof ApiError ? error : null);
    }
    throw error;
  }
  for (const panel of list) update(panelState(panel.id), { isRefreshing: false });
}

/**
 * @param {PanelSignal} state
 * @param {Partial<PanelState>} change
 */
function update(state, change) {
  state.value = { ...state.peek(), ...change };
}
