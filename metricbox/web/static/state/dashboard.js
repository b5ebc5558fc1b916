// One open dashboard: its document and the state of each panel's data. Made by the page, disposed with it.
import { effect, signal, untracked } from '../ui/html.js';
import { ApiError, isAbort, messageOf, NetworkError, serverNowMs } from '../api/client.js';
import { getDashboard } from '../api/dashboards.js';
import { OFFLINE_AFTER, Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { requestRange, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { fillPanel } from '../lib/variables.js';
import { assertive, offline, showToast } from './notices.js';
import { range, refreshMs, setTimeDefaults, zone } from './time-range.js';
import { VariableState } from './variables.js';
import { asksOf, failedState, INITIAL_PANEL, readyState, splitItem } from './panel-data.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').BatchItem} BatchItem */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('./panel-data.js').PanelState} PanelState */
/** @typedef {import('../ui/html.js').SignalOf<PanelState>} PanelSignal */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', dashboard: Dashboard | null, error: unknown}} DocumentState */

// Panels scroll in several at a time; one request serves them all.
const GATHER_MS = 30;

export class DashboardStore {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.documentState = signal(/** @type {DocumentState} */ ({ phase: 'loading', dashboard: null, error: null }));
    this.isOffline = signal(false);
    this.isRefreshing = signal(false);
    /** @type {Map<string, PanelSignal>} */
    this.panels = new Map();
    /** @type {Set<string>} */
    this.visible = new Set();
    this.abort = new AbortController();
    this.variables = new VariableState(id);
    /** Whether the next round leaves out panels whose data are what is wanted. */
    this.isPartial = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.gathering = undefined;
    this.poller = new Poller({
      intervalMs: untracked(() => refreshMs.value),
      run: (abortSignal) => this.refreshPanels(abortSignal),
      onState: (state) => this.notePoll(state),
    });
    this.stopEffects = this.followRange();
    this.load();
  }

  /** Another range or zone asks anew at once, and drops the answer under way. */
  followRange() {
    let asked = untracked(askKey);
    const stopInterval = effect(() => this.poller.setInterval(refreshMs.value));
    const stopRange = effect(() => {
      const wanted = askKey();
      if (wanted === asked) return;
      asked = wanted;
      untracked(() => this.refresh());
    });
    const { chosen } = this.variables;
    let wasChosen = chosen.peek();
    const stopVariables = effect(() => {
      if (chosen.value === wasChosen) return;
      wasChosen = chosen.value;
      this.isPartial = true;
      untracked(() => this.refresh());
    });
    return () => {
      stopInterval();
      stopRange();
      stopVariables();
    };
  }

  async load() {
    this.documentState.value = { phase: 'loading', dashboard: null, error: null };
    try {
      const dashboard = await getDashboard(this.id, this.abort.signal);
      setTimeDefaults(dashboard.timeRange, dashboard.refreshInterval);
      await this.variables.load(dashboard.variables);
      this.documentState.value = { phase: 'ready', dashboard, error: null };
    } catch (error) {
      if (!isAbort(error)) this.documentState.value = { phase: 'failed', dashboard: null, error };
    }
  }

  /** The document anew, without taking away what is shown: it was changed from this page. */
  async reload() {
    try {
      const dashboard = await getDashboard(this.id, this.abort.signal);
      setTimeDefaults(dashboard.timeRange, dashboard.refreshInterval);
      await this.variables.load(dashboard.variables);
      this.documentState.value = { phase: 'ready', dashboard, error: null };
      this.refresh();
    } catch (error) {
      if (!isAbort(error)) showToast(`The dashboard could not be loaded again: ${messageOf(error)}`, { kind: 'error' });
    }
  }

  /** @param {import('../api/poll.js').PollState} state */
  notePoll(state) {
    const wasOffline = this.isOffline.peek();
    const isNow = state.failures >= OFFLINE_AFTER;
    this.isRefreshing.value = state.isRunning;
    this.isOffline.value = isNow;
    if (isNow) offline.value = { nextAtMs: state.nextAtMs, retry: () => this.refresh() };
    else if (wasOffline) offline.value = null;
    if (isNow && !wasOffline) assertive.value = 'Cannot reach metricbox. Trying again.';
  }

  refresh() {
    this.poller.runNow();
  }

  /**
   * @param {string} panelId
   * @returns {PanelSignal}
   */
  panelState(panelId) {
    let state = this.panels.get(panelId);
    if (!state) {
      state = signal(INITIAL_PANEL);
      this.panels.set(panelId, state);
    }
    return state;
  }

  /**
   * Called as panels come near the viewport and leave it; only those near are asked for.
   * @param {string} panelId
   * @param {boolean} isVisible
   */
  setVisible(panelId, isVisible) {
    if (!isVisible) {
      this.visible.delete(panelId);
      return;
    }
    this.visible.add(panelId);
    const state = this.panelState(panelId).peek();
    const panel = this.documentState.peek().dashboard?.panels.find((one) => one.id === panelId);
    const isSameAsk = panel !== undefined && state.askedFor === this.keyOf(panel);
    const isYoung = refreshMs.peek() === 0 || Date.now() - state.loadedAtMs < refreshMs.peek();
    if (state.frame !== null && isSameAsk && isYoung) return;
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => this.refresh(), GATHER_MS);
  }

  /**
   * What a panel's answer is asked for; another range, zone or choice makes it old whatever its age.
   * @param {Panel} panel
   */
  keyOf(panel) {
    return untracked(askKey) + this.variables.keyOf(panel);
  }

  /** @param {Panel} panel */
  isOld(panel) {
    const { askedFor, isRefreshing } = this.panelState(panel.id).peek();
    // One that was being asked for lost its answer to the round that begins.
    return isRefreshing || askedFor !== this.keyOf(panel);
  }

  /**
   * One round: the queries of all visible panels in as few requests as the API allows. Data stay on screen until their
   * answer is in.
   * @param {AbortSignal} abortSignal
   */
  async refreshPanels(abortSignal) {
    const isPartial = this.isPartial;
    this.isPartial = false;
    const list = (this.documentState.peek().dashboard?.panels ?? []).filter((panel) => this.visible.has(panel.id) && (!isPartial || this.isOld(panel)));
    const wanted = requestRange(range.peek(), serverNowMs(), zone.peek());
    if (wanted === null || list.length === 0) return;
    const asks = list.flatMap((panel) => asksOf(panel, wanted, zoneName(zone.peek()), this.variables.values()).map((params) => ({ panel, params })));
    const chosen = this.variables.chosen.peek();
    const keys = new Map(list.map((panel) => [panel, this.keyOf(panel)]));
    const gathered = new Gathered(asks.map((ask) => ask.panel));
    for (const panel of list) this.change(panel.id, { isRefreshing: true, askedAtMs: Date.now() });
    try {
      await runBatches(asks.map((ask) => ask.params), (first, items) => {
        items.forEach((item, offset) => gathered.add(asks[first + offset]?.panel, item));
        const clockMs = serverNowMs();
        const span = resolveRange(range.peek(), clockMs, zone.peek());
        for (const [panel, answers] of gathered.takeComplete()) {
          const state = this.panelState(panel.id);
          if (span) state.value = readyState(state.peek(), fillPanel(panel, chosen), answers, { span, clockMs, askedFor: keys.get(panel) ?? '' });
        }
      }, abortSignal);
    } catch (error) {
      // When it was aborted, the next round has begun already and owns the panels' state.
      if (!isAbort(error)) this.noteFailure(list, error);
      throw error;
    }
    for (const panel of list) this.change(panel.id, { isRefreshing: false });
  }

  /**
   * @param {Panel[]} list
   * @param {unknown} error
   */
  noteFailure(list, error) {
    for (const panel of list) {
      const state = this.panelState(panel.id);
      if (error instanceof NetworkError) this.change(panel.id, { isRefreshing: false, isUnreached: true });
      else state.value = failedState(state.peek(), error instanceof ApiError ? error : null);
    }
  }

  /**
   * @param {string} panelId
   * @param {Partial<PanelState>} change
   */
  change(panelId, change) {
    const state = this.panelState(panelId);
    state.value = { ...state.peek(), ...change };
  }

  dispose() {
    clearTimeout(this.gathering);
    this.abort.abort();
    this.variables.dispose();
    this.stopEffects();
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}

function askKey() {
  return JSON.stringify([range.value, zone.value]);
}

/** Answers by panel until a panel has all of its own: a batch may end between the queries of one panel. */
class Gathered {
  /** @param {Panel[]} asked the panel of each ask */
  constructor(asked) {
    /** @type {Map<Panel, {missing: number, items: QueryItem[]}>} */
    this.open = new Map();
    for (const panel of asked) this.open.set(panel, { missing: (this.open.get(panel)?.missing ?? 0) + 1, items: [] });
  }

  /**
   * @param {Panel | undefined} panel
   * @param {BatchItem} item
   */
  add(panel, item) {
    const entry = panel && this.open.get(panel);
    if (!entry) return;
    entry.missing -= 1;
    entry.items.push(...splitItem(item));
  }

  /** @returns {[Panel, QueryItem[]][]} */
  takeComplete() {
    const complete = [...this.open].filter(([, entry]) => entry.missing === 0);
    for (const [panel] of complete) this.open.delete(panel);
    return complete.map(([panel, entry]) => [panel, entry.items]);
  }
}
