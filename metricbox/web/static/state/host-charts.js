// The data of charts that are on no dashboard: all asked for in one batch, at one range, again and again.
import { signal } from '../ui/html.js';
import { ApiError, isAbort, NetworkError, serverNowMs } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { isRelative, requestRange, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { failedState, INITIAL_PANEL, queriesOf, readyState, toParams } from './panel-data.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('../lib/time.js').TimeRange} TimeRange */
/** @typedef {import('./panel-data.js').PanelState} PanelState */

export const REFRESH_MS = 10_000;

export class HostCharts {
  /**
   * @param {Panel[]} panels
   * @param {TimeRange} range
   * @param {string} zone
   */
  constructor(panels, range, zone) {
    this.panels = panels;
    this.range = range;
    this.zone = zone;
    this.isOffline = signal(false);
    this.states = new Map(panels.map((panel) => [panel.id, signal(/** @type {PanelState} */ (INITIAL_PANEL))]));
    this.poller = new Poller({
      intervalMs: REFRESH_MS,
      run: (abortSignal) => this.ask(abortSignal),
      onState: (state) => { this.isOffline.value = state.isAway; },
    });
    this.refresh();
  }

  /** @param {TimeRange} range */
  setRange(range) {
    this.range = range;
    this.poller.setInterval(isRelative(range) ? REFRESH_MS : 0);
    this.refresh();
  }

  refresh() {
    if (this.panels.length > 0) this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async ask(abortSignal) {
    const wanted = requestRange(this.range, serverNowMs(), this.zone);
    if (wanted === null) return;
    for (const panel of this.panels) this.change(panel.id, (state) => ({ ...state, isRefreshing: true, askedAtMs: Date.now() }));
    const asks = this.panels.flatMap((panel) => queriesOf(panel).map((query) => ({ panel, params: { ...toParams(query, wanted, zoneName(this.zone)), withCounts: true } })));
    /** @type {Map<string, QueryItem[]>} */
    const answers = new Map();
    try {
      await runBatches(asks.map(({ params }) => params), (first, items) => items.forEach((item, offset) => {
        const id = asks[first + offset]?.panel.id ?? '';
        answers.set(id, [...(answers.get(id) ?? []), /** @type {QueryItem} */ (item)]);
      }), abortSignal);
    } catch (error) {
      if (!isAbort(error)) this.noteFailure(error);
      throw error;
    }
    const clockMs = serverNowMs();
    const span = resolveRange(this.range, clockMs, this.zone);
    if (!span) return;
    for (const panel of this.panels) this.change(panel.id, (state) => readyState(state, panel, answers.get(panel.id) ?? [], { span, clockMs, askedFor: '' }));
  }

  /** @param {unknown} error */
  noteFailure(error) {
    for (const panel of this.panels) {
      this.change(panel.id, (state) => (error instanceof NetworkError ? { ...state, isRefreshing: false, isUnreached: true } : failedState(state, error instanceof ApiError ? error : null)));
    }
  }

  /**
   * @param {string} id
   * @param {(state: PanelState) => PanelState} next
   */
  change(id, next) {
    const state = this.states.get(id);
    if (state) state.value = next(state.peek());
  }

  dispose() {
    this.poller.stop();
  }
}
