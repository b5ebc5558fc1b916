// One open dashboard: its document and the state of each panel's data. Made by the page, disposed with it.
import { effect, signal, untracked } from '../ui/html.js';
import { ApiError, isAbort, messageOf, NetworkError, serverNowMs } from '../api/client.js';
import { getDashboard } from '../api/dashboards.js';
import { Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { requestRange, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { fillPanel } from '../lib/variables.js';
import { noteOffline, offline, showToast } from './notices.js';
import { range, refreshMs, setTimeDefaults, zone } from './time-range.js';
import { VariableState } from './variables.js';
import { asksOf, failedState, Gathered, INITIAL_PANEL, readyState } from './panel-data.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('./panel-data.js').PanelState} PanelState */
/** @typedef {import('../ui/html.js').SignalOf<PanelState>} PanelSignal */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', dashboard: Dashboard | null, error: unknown}} DocumentState */

// One request serves all panels that scroll in together.
const GATHER_MS = 30;

/** @type {Map<string, Promise<void>>} saves under way, by dashboard: what is read meanwhile would be the version before */
export const pendingSaves = new Map();

export class DashboardStore {
  /**
   * @param {string} id
   * @param {(dashboard: Dashboard) => Promise<void>} [prepare] what its page needs besides, while the values of variables are asked for
   */
  constructor(id, prepare) {
    this.id = id;
    this.prepare = prepare;
    this.documentState = signal(/** @type {DocumentState} */ ({ phase: 'loading', dashboard: null, error: null }));
    this.isOffline = signal(false);
    this.isRefreshing = signal(false);
    /** @type {Map<string, PanelSignal>} */
    this.panels = new Map();
    /** @type {Set<string>} */
    this.visible = new Set();
    this.abort = new AbortController();
    this.variables = new VariableState(id);
    /** @type {Panel[] | null} what rows and repeats make of the saved panels; null while they stand as they are saved */
    this.shown = null;
    /** @type {Map<string, string>} keys of the round under way, by panel */
    this.asking = new Map();
    /** @type {import('./edit-session.js').EditSession | null} while somebody edits */
    this.session = null;
    /** Whether the next round leaves out panels whose data are what is wanted. */
    this.isPartial = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.gathering = undefined;
    this.poller = new Poller({
      intervalMs: untracked(() => refreshMs.value),
      run: (abortSignal) => this.refreshPanels(abortSignal),
      onState: (state) => {
        this.isRefreshing.value = state.isRunning;
        noteOffline(this.isOffline, state, () => this.refresh());
      },
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
      untracked(() => this.refreshOld(this.shown?.some((panel) => panel.options.repeat) ? GATHER_MS : 0));
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
      await pendingSaves.get(this.id);
      const dashboard = await getDashboard(this.id, this.abort.signal);
      await this.getReady(dashboard);
      this.showDocument(dashboard);
    } catch (error) {
      if (!isAbort(error)) this.documentState.value = { phase: 'failed', dashboard: null, error };
    }
  }

  /** @param {Dashboard} dashboard */
  async getReady(dashboard) {
    const { variables } = dashboard;
    const isKnown = JSON.stringify(variables) === JSON.stringify(this.variables.variables);
    await Promise.all([isKnown ? null : this.variables.load(variables), this.prepare?.(dashboard)]);
  }

  /** The document anew: it was changed from this page. */
  async reload() {
    try {
      await this.adopt(await getDashboard(this.id, this.abort.signal));
    } catch (error) {
      if (!isAbort(error)) showToast(`The dashboard could not be loaded again: ${messageOf(error)}`, { kind: 'error' });
    }
  }

  /**
   * A newer version in place of the one that is shown, unless that is being edited; what is the same in both is not drawn anew.
   * @param {Dashboard} newer
   */
  async adopt(newer) {
    const { keepSame } = await import('../lib/dashboard-patch.js');
    await this.getReady(newer);
    const { dashboard } = this.documentState.peek();
    if (dashboard && newer.version > dashboard.version && this.session?.takeNewer(newer) !== false) this.showDocument(keepSame(dashboard, newer));
  }

  /** @param {Dashboard} dashboard as it is from now on */
  showDocument(dashboard) {
    this.shown = null;
    setTimeDefaults(dashboard.timeRange, dashboard.refreshInterval);
    this.documentState.value = { phase: 'ready', dashboard, error: null };
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
    const panel = this.shownPanels().find((one) => one.id === panelId);
    if (!panel || this.isOld(panel)) this.refreshOld(GATHER_MS);
  }

  /**
   * What stands on the page; those of it that are new or changed, and in sight, are asked for.
   * @param {Panel[]} panels
   */
  show(panels) {
    this.shown = panels;
    const isWanting = (/** @type {Panel} */ panel) => {
      const { askedFor, isRefreshing } = this.panelState(panel.id).peek();
      return (isRefreshing ? this.asking.get(panel.id) : askedFor) !== this.keyOf(panel);
    };
    if (panels.some((panel) => this.visible.has(panel.id) && isWanting(panel))) this.refreshOld(GATHER_MS);
  }

  shownPanels() {
    return this.shown ?? this.documentState.peek().dashboard?.panels ?? [];
  }

  /**
   * Asks for visible panels whose data are not what is wanted, and for no other.
   * @param {number} waitMs for more of them: panels scroll in, and repeats appear, several at a time
   */
  refreshOld(waitMs) {
    clearTimeout(this.gathering);
    const run = () => {
      this.isPartial = true;
      this.refresh();
    };
    if (waitMs > 0) this.gathering = setTimeout(run, waitMs);
    else run();
  }

  /**
   * What a panel's answer is asked for; another range, zone, choice or query makes it old whatever its age.
   * @param {Panel} panel
   */
  keyOf(panel) {
    return untracked(askKey) + this.variables.keyOf(panel) + JSON.stringify(panel.query);
  }

  /** @param {Panel} panel */
  isOld(panel) {
    const { askedFor, frame, isRefreshing, loadedAtMs } = this.panelState(panel.id).peek();
    const isYoung = refreshMs.peek() === 0 || Date.now() - loadedAtMs < refreshMs.peek();
    // One that was being asked for lost its answer to the round that begins.
    return isRefreshing || frame === null || !isYoung || askedFor !== this.keyOf(panel);
  }

  /**
   * One round: the queries of all visible panels in as few requests as the API allows. Data stay on screen until their
   * answer is in.
   * @param {AbortSignal} abortSignal
   */
  async refreshPanels(abortSignal) {
    const isPartial = this.isPartial;
    this.isPartial = false;
    const list = this.shownPanels().filter((panel) => this.visible.has(panel.id) && (!isPartial || this.isOld(panel)));
    const wanted = requestRange(range.peek(), serverNowMs(), zone.peek());
    if (wanted === null || list.length === 0) return;
    const asks = list.flatMap((panel) => asksOf(panel, wanted, zoneName(zone.peek()), this.variables.valuesFor(panel), this.session?.isUnsaved(panel) ? this.id : null).map((params) => ({ panel, params })));
    const chosen = this.variables.chosen.peek();
    const keys = new Map(list.map((panel) => [panel.id, this.keyOf(panel)]));
    this.asking = keys;
    const gathered = new Gathered(asks.map((ask) => ask.panel));
    for (const panel of list) this.change(panel.id, { isRefreshing: true, askedAtMs: Date.now() });
    try {
      await runBatches(asks.map((ask) => ask.params), (first, items) => {
        items.forEach((item, offset) => gathered.add(asks[first + offset]?.panel, item));
        const clockMs = serverNowMs();
        const span = resolveRange(range.peek(), clockMs, zone.peek());
        for (const [panel, answers] of gathered.takeComplete()) {
          const state = this.panelState(panel.id);
          if (span) state.value = readyState(state.peek(), fillPanel(panel, chosen), answers, { span, clockMs, askedFor: keys.get(panel.id) ?? '' });
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
    const now = state.peek();
    // A new object draws the panel anew, so only for something new.
    const isNew = /** @type {(keyof PanelState)[]} */ (Object.keys(change)).some((key) => now[key] !== change[key]);
    if (isNew) state.value = { ...now, ...change };
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
