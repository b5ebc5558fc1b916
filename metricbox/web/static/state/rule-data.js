// What a rule that is edited would see: its series over the time that it is tried on, when it would have fired (asked of the
// server), and how each series stands now. What was answered stays until the next answer is in.
import { batch, computed, signal } from '../ui/html.js';
import { ApiError, isAbort, messageOf, NetworkError, serverNowMs } from '../api/client.js';
import { evaluateRule, previewRule } from '../api/alerts.js';
import { Poller } from '../api/poll.js';
import { runBatches } from '../api/query.js';
import { shortName } from '../lib/alerts.js';
import { assignSlots } from '../lib/color.js';
import { buildFrame } from '../lib/frames.js';
import { requestOf, waitMs } from '../lib/rule-draft.js';
import { rehearseFrame } from '../lib/rehearsal.js';
import { validateRequest } from '../lib/validate.js';

/** @typedef {import('../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {import('../lib/rehearsal.js').Rehearsal} Rehearsal */
/** @typedef {import('../panels/panel-editor/query-editor.js').QueryAnswer} QueryAnswer */
/** @typedef {'24h' | '7d' | '30d'} Reach how far back a rule is tried */
/** @typedef {{query: string, reach: Reach, answer: NonNullable<QueryAnswer>, span: import('../lib/time.js').Span}} Round */

/** @type {Readonly<Record<Reach, {words: string, step: string, lengthMs: number}>>} */
export const REACHES = {
  '24h': { words: '24 hours', step: '2m', lengthMs: 86_400_000 },
  '7d': { words: '7 days', step: '10m', lengthMs: 7 * 86_400_000 },
  '30d': { words: '30 days', step: '1h', lengthMs: 30 * 86_400_000 },
};

const INTERVAL_MS = 30_000;
const SERIES_MAX = 50;
// A rehearsal reads days of data: not at each letter and not at each pixel.
const SETTLE_MS = 400;

export class RuleData {
  /**
   * @param {object} wish
   * @param {import('../ui/html.js').SignalOf<RuleDraft>} wish.draft
   * @param {string | null} wish.ruleId of a saved one
   * @param {string} wish.savedQuery
   */
  constructor({ draft, ruleId, savedQuery }) {
    this.draft = draft;
    this.ruleId = ruleId;
    this.savedQuery = savedQuery;
    this.reach = signal(/** @type {Reach} */ ('7d'));
    /** Whether the threshold is under somebody's hand. */
    this.isDragging = signal(false);
    this.round = signal(/** @type {Round | null} */ (null));
    this.isAsking = signal(false);
    this.fault = signal('');
    this.preview = signal(/** @type {{key: string, answer: import('../../types/app').Preview, endMs: number} | null} */ (null));
    this.previewFault = signal(/** @type {{key: string, message: string} | null} */ (null));
    this.evaluation = signal(/** @type {import('../../types/app').Evaluation | null} */ (null));
    /** @type {ReadonlyMap<string, number>} */
    this.slots = new Map();
    this.key = computed(() => this.keyOf());
    this.rehearsal = computed(() => this.readRehearsal());
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.ask(abortSignal), onState: (state) => { this.isAsking.value = state.isRunning; } });
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | null} */
    this.trying = null;
    this.askedKey = '';
    this.poller.runNow();
    this.settle();
  }

  /** What a rehearsal hangs on; "" for a rule that is not whole. */
  keyOf() {
    const { name: _name, enabled: _enabled, notification: _notification, severity: _severity, labels: _labels, unit: _unit, ...rule } = requestOf(this.draft.value);
    const wish = { ...rule, name: 'rule', enabled: true };
    return rule.query === '' || validateRequest('AlertRuleCreate', wish).length > 0 ? '' : JSON.stringify([wish, this.reach.value]);
  }

  /** Asks anew, as the query stands. */
  run() {
    this.poller.runNow();
    this.settle();
  }

  /** @param {Reach} reach */
  setReach(reach) {
    this.reach.value = reach;
    this.run();
  }

  /** Asks for the rehearsal once nothing moves any more. One that is under way and not wanted any more is given up. */
  settle() {
    clearTimeout(this.timer);
    const key = this.key.peek();
    if (key === this.askedKey && this.trying) return;
    this.trying?.abort();
    this.trying = null;
    if (key === '' || this.isDragging.peek()) return;
    this.timer = setTimeout(() => this.tryOut(key), SETTLE_MS);
  }

  /** @param {string} key */
  async tryOut(key) {
    const own = new AbortController();
    this.trying = own;
    this.askedKey = key;
    const [rule, reach] = JSON.parse(key);
    try {
      const answer = await previewRule({ rule, from: `now-${reach}`, to: 'now' }, own.signal);
      batch(() => {
        this.preview.value = { key, answer, endMs: serverNowMs() };
        this.previewFault.value = null;
      });
    } catch (error) {
      if (!isAbort(error)) this.previewFault.value = { key, message: error instanceof ApiError ? error.details[0]?.message ?? error.message : messageOf(error) };
    } finally {
      if (this.trying === own) this.trying = null;
    }
  }

  /** @param {AbortSignal} abortSignal */
  async ask(abortSignal) {
    const query = this.draft.peek().query.trim();
    const reach = this.reach.peek();
    if (query === '') {
      this.round.value = null;
      return;
    }
    const evaluated = this.ruleId !== null && query === this.savedQuery ? evaluateRule(this.ruleId, abortSignal).catch((error) => {
      if (isAbort(error) || error instanceof NetworkError) throw error;
      return null;
    }) : Promise.resolve(null);
    try {
      /** @type {import('../../types/app').QueryItem[]} */
      const items = [];
      const ask = { query, start: `now-${reach}`, end: 'now', step: REACHES[reach].step, maxSeries: SERIES_MAX };
      const [evaluation] = await Promise.all([evaluated, runBatches([ask], (_, part) => items.push(.../** @type {import('../../types/app').QueryItem[]} */ (part)), abortSignal)]);
      const [item] = items;
      const nowMs = serverNowMs();
      batch(() => {
        this.fault.value = '';
        this.evaluation.value = evaluation;
        if (item) this.round.value = this.readItem(item, { query, reach, nowMs });
      });
    } catch (error) {
      if (!isAbort(error)) this.fault.value = messageOf(error);
      throw error;
    }
  }

  /**
   * @param {import('../../types/app').QueryItem} item
   * @param {{query: string, reach: Reach, nowMs: number}} asked
   * @returns {Round}
   */
  readItem(item, { query, reach, nowMs }) {
    const span = { startMs: nowMs - REACHES[reach].lengthMs, endMs: nowMs };
    if (!('data' in item)) return { query, reach, span, answer: { error: { message: item.error, details: item.details ?? [] } } };
    const frame = buildFrame([{ ...item, template: null }], nowMs);
    this.slots = assignSlots(this.slots, frame.series.map((series) => series.key));
    return { query, reach, span, answer: { frame, meta: item.meta } };
  }

  /** @returns {Rehearsal | null} exact once the server has answered for what stands there now; from the chart until then */
  readRehearsal() {
    const key = this.key.value;
    const preview = this.preview.value;
    if (preview && key !== '' && preview.key === key) {
      const { spells, spellsTotal, seriesTotal, seriesFired, truncated, warnings } = preview.answer;
      return {
        spells: spells.map((spell) => ({ name: shortName(spell.labels), startMs: Date.parse(spell.from), endMs: spell.to ? Date.parse(spell.to) : null })),
        spellsTotal, seriesTotal, seriesFired, isExact: true, isCut: truncated, notes: warnings,
      };
    }
    const round = this.round.value;
    const draft = this.draft.value;
    if (key === '' || draft.threshold === null || !round || !('frame' in round.answer) || round.query !== draft.query.trim() || round.reach !== this.reach.value) return null;
    return rehearseFrame({
      condition: draft.condition, threshold: draft.threshold, recoveryThreshold: draft.recoveryThreshold, forMs: waitMs(draft.duration), keepFiringMs: waitMs(draft.keepFiringFor), noData: draft.noData,
    }, round.answer.frame, (series) => shortName(series.tags));
  }

  dispose() {
    clearTimeout(this.timer);
    this.trying?.abort();
    this.poller.stop();
  }
}
