// The data of a panel that is not saved: its queries as they stand in the editor, asked at the page's range and interval. What
// was answered stays until the next answer is in, so that nothing flickers while somebody types.
import { batch, computed, effect, signal, untracked } from '../ui/html.js';
import { ApiError, isAbort, messageOf, NetworkError, serverNowMs } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { assignSlots, slotOfOption } from '../lib/color.js';
import { buildFrame } from '../lib/frames.js';
import { askedQueries, isAsked, isSame } from '../lib/panel-draft.js';
import { requestRange, resolveRange } from '../lib/time.js';
import { fillText, referencesOf } from '../lib/variables.js';
import { zoneName } from '../lib/zone.js';
import { failedState, INITIAL_PANEL, readyState, toParams } from './panel-data.js';
import { noteOffline, offline } from './notices.js';
import { range, refreshMs, zone } from './time-range.js';

/** @typedef {import('../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../types/app').QueryParams} QueryParams */
/** @typedef {import('../../types/app').QueryItem} QueryItem */
/** @typedef {import('./panel-data.js').PanelState} PanelState */
/** @typedef {{params: QueryParams, item: QueryItem}} Asked */
/** @typedef {{asked: Asked[], queries: PanelQuery[], clockMs: number, loadedAtMs: number, tripMs: number}} Round */

export class DraftData {
  /**
   * @param {object} wish
   * @param {string} wish.dashboardId
   * @param {import('../ui/html.js').SignalOf<import('../lib/panel-draft.js').Draft>} wish.draft
   * @param {() => ReadonlyMap<string, string[]>} wish.chosen the choice of variables, read as a signal
   */
  constructor({ dashboardId, draft, chosen }) {
    this.dashboardId = dashboardId;
    this.draft = draft;
    this.chosen = chosen;
    /** The last round that was answered. */
    this.round = signal(/** @type {Round | null} */ (null));
    this.running = signal(false);
    this.isUnreached = signal(false);
    this.isOffline = signal(false);
    this.failure = signal(/** @type {ApiError | null} */ (null));
    this.askedAtMs = signal(0);
    this.span = signal(/** @type {import('../lib/time.js').Span | null} */ (null));
    /** @type {ReadonlyMap<string, number>} */
    this.slots = new Map();
    this.firstSlot = 0;
    this.askedFor = '';
    /** Text that legends are made of; only another one makes another frame. */
    this.legends = computed(() => JSON.stringify(askedQueries(draft.value).map((query) => (query.legend ? fillText(query.legend, chosen()) : null))));
    this.answers = computed(() => this.readAnswers());
    this.answer = computed(() => this.readAnswer());
    this.state = computed(() => this.readState());
    this.poller = new Poller({
      intervalMs: untracked(() => refreshMs.value),
      run: (abortSignal) => this.ask(abortSignal),
      onState: (state) => this.notePoll(state),
    });
    this.stopEffects = this.follow();
    this.refresh();
  }

  /** Another range, zone or choice asks anew at once; so does another query that no keystroke brought (undo, another type). */
  follow() {
    const stopInterval = effect(() => this.poller.setInterval(refreshMs.value));
    const stopAsk = effect(() => {
      const wanted = this.keyOf();
      if (this.askedFor === '' || wanted === this.askedFor) return;
      untracked(() => this.refresh());
    });
    return () => {
      stopInterval();
      stopAsk();
    };
  }

  /** What an answer hangs on, beside the queries' texts: those are asked for by the query editor's own clock. */
  keyOf() {
    return JSON.stringify([range.value, zone.value, [...this.chosen()]]);
  }

  /** @param {import('../api/poll.js').PollState} state */
  notePoll(state) {
    batch(() => {
      this.running.value = state.isRunning;
      noteOffline(this.isOffline, state, () => this.refresh());
    });
  }

  refresh() {
    this.poller.runNow();
  }

  /** Asks only when the queries are not those that were answered. */
  refreshIfChanged() {
    const known = this.round.peek();
    if (known === null || !isSame(known.queries.map(withoutLegend), askedQueries(this.draft.peek()).map(withoutLegend))) this.refresh();
  }

  /**
   * @param {PanelQuery} query
   * @param {{start: string | number, end: string | number}} wanted
   * @returns {QueryParams}
   */
  paramsOf(query, wanted) {
    const params = toParams(query, wanted, zoneName(zone.peek()));
    const names = referencesOf(JSON.stringify([query.query, query.tags ?? {}, query.groupBy ?? []]));
    if (names.length === 0) return params;
    const variables = Object.fromEntries(untracked(() => this.chosen()));
    return { ...params, dashboardId: this.dashboardId, ...(Object.keys(variables).length > 0 ? { variables } : {}) };
  }

  /** @param {AbortSignal} abortSignal */
  async ask(abortSignal) {
    this.askedFor = untracked(() => this.keyOf());
    const queries = askedQueries(this.draft.peek());
    const wanted = requestRange(range.peek(), serverNowMs(), zone.peek());
    if (wanted === null) return;
    const asks = queries.map((query) => this.paramsOf(query, wanted));
    const startedMs = performance.now();
    this.askedAtMs.value = Date.now();
    /** @type {Asked[]} */
    const asked = [];
    try {
      await runBatches(asks, (first, items) => items.forEach((item, offset) => {
        const params = asks[first + offset];
        if (params) asked.push({ params, item: /** @type {QueryItem} */ (item) });
      }), abortSignal);
    } catch (error) {
      if (!isAbort(error)) {
        this.isUnreached.value = error instanceof NetworkError;
        if (error instanceof ApiError) this.failure.value = error;
      }
      throw error;
    }
    const clockMs = serverNowMs();
    batch(() => {
      this.span.value = resolveRange(range.peek(), clockMs, zone.peek());
      this.isUnreached.value = false;
      this.failure.value = null;
      this.round.value = { asked, queries, clockMs, loadedAtMs: Date.now(), tripMs: performance.now() - startedMs };
    });
  }

  /** @returns {import('../panels/panel-editor/query-editor.js').QueryAnswer[]} in the order of the draft's queries, also of those not written */
  readAnswers() {
    const round = this.round.value;
    const failure = this.failure.value;
    let place = 0;
    return this.draft.value.queries.map((query) => {
      if (!isAsked(query)) return null;
      if (failure) return { error: { message: messageOf(failure), details: failure.details } };
      const item = round?.asked[place]?.item;
      const isOwn = item !== undefined && round?.queries[place]?.query === query.query;
      place += 1;
      if (!item || !isOwn) return null;
      if (!('data' in item)) return { error: { message: item.error, details: item.details ?? [] } };
      return { frame: buildFrame([{ ...item, template: query.legend }], round?.clockMs ?? 0), meta: item.meta };
    });
  }

  /** What the answers make of a panel: the same frame until data or legends change, so that an option redraws without them. */
  readAnswer() {
    const round = this.round.value;
    if (round === null) return null;
    const legends = /** @type {(string | null)[]} */ (JSON.parse(this.legends.value));
    const query = round.queries.map((one, place) => ({ ...one, legend: legends[place] ?? null }));
    const panel = { id: '', dashboardId: '', title: '', type: /** @type {const} */ ('line'), query, options: {}, position: { x: 0, y: 0, w: 1, h: 1 } };
    const span = this.span.peek() ?? { startMs: 0, endMs: 0 };
    return readyState(INITIAL_PANEL, panel, round.asked.map(({ item }) => item), { span, clockMs: round.clockMs, askedFor: '' });
  }

  /** @returns {PanelState} */
  readState() {
    const first = slotOfOption(this.draft.value.options.color);
    const answer = this.answer.value;
    const failure = this.failure.value;
    const running = { askedAtMs: this.askedAtMs.value, isRefreshing: this.running.value, isUnreached: this.isUnreached.value };
    if (answer === null) return failure ? failedState({ ...INITIAL_PANEL, ...running }, failure) : { ...INITIAL_PANEL, ...running };
    const keys = (answer.frame?.series ?? []).map((series) => series.key);
    this.slots = assignSlots(first === this.firstSlot ? this.slots : new Map(), keys, first);
    this.firstSlot = first;
    const state = { ...answer, ...running, slots: this.slots, loadedAtMs: this.round.value?.loadedAtMs ?? 0 };
    return failure ? failedState(state, failure) : state;
  }

  dispose() {
    this.stopEffects();
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}

/** @param {PanelQuery} query */
function withoutLegend({ legend: _legend, ...rest }) {
  return rest;
}
