// The explore page's queries and their data. The address is the truth: what is run goes into it, and Back brings it again. Made by
// the page, disposed with it.
import { batch, computed, effect, signal, untracked } from '../ui/html.js';
import { ApiError, isAbort, NetworkError, serverNowMs } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { fitsLink, formatExplore, parseExplore } from '../lib/explore-url.js';
import { requestRange, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { asksFor, outcomeOf } from './explore-data.js';
import { rememberQueries } from './explore-memory.js';
import { changeUrlState, path, urlState } from './location.js';
import { noteOffline, offline } from './notices.js';
import { failedState, INITIAL_PANEL } from './panel-data.js';
import { range, refreshMs, zone } from './time-range.js';

/** @typedef {import('../lib/explore-url.js').ExploreState} ExploreState */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('../panels/panel-editor/query-editor.js').QueryAnswer} QueryAnswer */

const PATH = '/explore';

/** Whether two states are the same link. @param {ExploreState} left @param {ExploreState} right */
function isSame(left, right) {
  return JSON.stringify(formatExplore(left)) === JSON.stringify(formatExplore(right));
}

export class ExploreStore {
  constructor() {
    /** As it stands in the fields; the address follows when it is run. */
    this.explore = signal(parseExplore(untracked(() => urlState.value.own)));
    this.panelState = signal(INITIAL_PANEL);
    this.answers = signal(/** @type {QueryAnswer[]} */ ([]));
    this.letters = signal(/** @type {ReadonlyMap<string, string>} */ (new Map()));
    this.isRefreshing = signal(false);
    this.isOffline = signal(false);
    /** Whether a link can carry it all. */
    this.fitsLink = computed(() => fitsLink(formatExplore(this.explore.value)));
    this.askedFor = '';
    this.poller = new Poller({
      intervalMs: untracked(() => refreshMs.value),
      run: (abortSignal) => this.ask(abortSignal),
      onState: (state) => this.notePoll(state),
    });
    this.stopEffects = this.follow();
    this.poller.runNow();
  }

  /** Another range or zone asks anew at once; so does another address. */
  follow() {
    let wanted = untracked(() => JSON.stringify([range.value, zone.value]));
    const stopInterval = effect(() => this.poller.setInterval(refreshMs.value));
    const stopRange = effect(() => {
      const next = JSON.stringify([range.value, zone.value]);
      if (next === wanted) return;
      wanted = next;
      untracked(() => this.poller.runNow());
    });
    const stopAddress = effect(() => {
      const { own } = urlState.value;
      // The page that comes next has another address before this one has gone.
      if (path.value !== PATH) return;
      untracked(() => {
        const linked = parseExplore(own);
        if (!this.fitsLink.peek() || isSame(linked, this.explore.peek())) return;
        const shown = this.explore.peek();
        this.explore.value = linked;
        if (!isSame({ ...linked, tab: shown.tab, sql: shown.sql, type: shown.type }, shown)) this.poller.runNow();
      });
    });
    return () => {
      stopInterval();
      stopRange();
      stopAddress();
    };
  }

  /** @param {import('../api/poll.js').PollState} state */
  notePoll(state) {
    batch(() => {
      this.isRefreshing.value = state.isRunning;
      noteOffline(this.isOffline, state, () => this.refresh());
    });
  }

  refresh() {
    this.poller.runNow();
  }

  /** Gives up the question that is asked. */
  cancel() {
    this.poller.cancel();
    const state = { ...this.panelState.peek(), isRefreshing: false };
    const error = { message: 'You stopped this before the answer came.', code: 'CANCELLED', status: null, requestId: null, retryAfterS: null, details: [] };
    this.panelState.value = state.frame === null ? { ...state, error } : state;
  }

  /**
   * What somebody types: shown, not asked yet.
   * @param {Partial<ExploreState>} change
   */
  edit(change) {
    this.explore.value = { ...this.explore.peek(), ...change };
  }

  /**
   * Asks for what stands there, and puts it into the address.
   * @param {Partial<ExploreState>} [change]
   * @param {{isStep?: boolean}} [how] isStep: Back undoes it
   */
  run(change = {}, { isStep = false } = {}) {
    this.edit(change);
    this.link({ isStep });
    this.poller.runNow();
  }

  /**
   * Into the address without asking: another drawing of the same data.
   * @param {Partial<ExploreState>} change
   */
  show(change) {
    this.edit(change);
    this.link({ isStep: false });
  }

  /** @param {{isStep: boolean}} how */
  link({ isStep }) {
    if (this.fitsLink.peek()) changeUrlState({ own: formatExplore(this.explore.peek()) }, { replace: !isStep });
  }

  /** @param {AbortSignal} abortSignal */
  async ask(abortSignal) {
    const explore = this.explore.peek();
    const wanted = requestRange(range.peek(), serverNowMs(), zone.peek());
    const span = resolveRange(range.peek(), serverNowMs(), zone.peek());
    if (wanted === null || span === null) return;
    const asks = asksFor(explore, { wanted, span, timezone: zoneName(zone.peek()) });
    const askedFor = JSON.stringify([explore.queries, explore.mode, explore.compare, explore.limit, range.peek()]);
    if (asks.length === 0) {
      batch(() => {
        this.panelState.value = INITIAL_PANEL;
        this.answers.value = [];
      });
      return;
    }
    this.panelState.value = { ...this.panelState.peek(), isRefreshing: true, askedAtMs: Date.now() };
    /** @type {QueryItem[]} */
    const items = [];
    try {
      await runBatches(asks.map((ask) => ask.params), (_, part) => items.push(.../** @type {QueryItem[]} */ (part)), abortSignal);
    } catch (error) {
      if (!isAbort(error)) this.noteFailure(error);
      throw error;
    }
    const clockMs = serverNowMs();
    const outcome = outcomeOf(this.panelState.peek(), explore, asks, items, { span: resolveRange(range.peek(), clockMs, zone.peek()) ?? span, clockMs });
    batch(() => {
      this.panelState.value = { ...outcome.state, askedFor };
      this.answers.value = outcome.answers;
      this.letters.value = outcome.letters;
    });
    const isNew = this.askedFor !== askedFor;
    this.askedFor = askedFor;
    if (isNew && outcome.state.frame && outcome.state.frame.series.length > 0) rememberQueries(explore.queries);
  }

  /** @param {unknown} error */
  noteFailure(error) {
    const state = this.panelState.peek();
    if (error instanceof NetworkError) this.panelState.value = { ...state, isRefreshing: false, isUnreached: true };
    else this.panelState.value = failedState(state, error instanceof ApiError ? error : null);
  }

  dispose() {
    this.stopEffects();
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}
