// The page of alerts as state: what fires, what is pending, the rules. Asked for again and again; what is shown stays until the
// next answer is in.
import { batch, signal } from '../ui/html.js';
import { messageOf, NetworkError, serverNowMs } from '../api/client.js';
import { listPending, listRules, updateRule } from '../api/alerts.js';
import { listManyEvents } from '../api/events.js';
import { Poller } from '../api/poll.js';
import { listSilences } from '../api/silences.js';
import { activeAlerts, readEvaluation } from '../lib/alerts.js';
import { compileMatchers } from '../lib/silences.js';
import { noteOffline, offline } from './notices.js';

/** @typedef {import('../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {import('../lib/alerts.js').ActiveAlert} ActiveAlert */

const INTERVAL_MS = 30_000;
// When something is pending or fires, people watch it.
const BUSY_INTERVAL_MS = 10_000;
/** More are counted. */
export const SHOWN_MAX = 1000;

export class AlertList {
  constructor() {
    this.alerts = signal(/** @type {ActiveAlert[] | null} */ (null));
    this.firingTotal = signal(0);
    this.rules = signal(/** @type {AlertRule[] | null} */ (null));
    /** Of the silences that mute now: which labels they fit. */
    this.muting = signal(/** @type {((labels: Record<string, string>) => boolean)[]} */ ([]));
    this.evaluation = signal(/** @type {{lastMs: number | null, hasStopped: boolean}} */ ({ lastMs: null, hasStopped: false }));
    /** Why there are none, or why they are old; "" when they are not. */
    this.fault = signal('');
    this.isOffline = signal(false);
    this.watchedSinceMs = serverNowMs();
    /** Switched here, and not answered yet: the list must not switch them back. @type {Map<string, boolean>} */
    this.switching = new Map();
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: (state) => noteOffline(this.isOffline, state, () => this.refresh()) });
    this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async load(abortSignal) {
    try {
      const [events, pending, rules, silences] = await Promise.all([
        listManyEvents({ status: 'firing' }, SHOWN_MAX, abortSignal), listPending(abortSignal), listRules(abortSignal), listSilences(abortSignal),
      ]);
      batch(() => {
        this.alerts.value = activeAlerts(events.list, pending);
        this.firingTotal.value = events.total;
        this.rules.value = rules.list.map((rule) => ({ ...rule, enabled: this.switching.get(rule.id) ?? rule.enabled }));
        this.muting.value = silences.flatMap((silence) => (silence.active ? compileMatchers(silence.matchers) ?? [] : []));
        this.evaluation.value = readEvaluation(rules.list, { intervalMs: rules.intervalMs, nowMs: serverNowMs(), watchedSinceMs: this.watchedSinceMs });
        this.fault.value = '';
      });
      this.poller.setInterval(events.total > 0 || pending.length > 0 ? BUSY_INTERVAL_MS : INTERVAL_MS);
    } catch (error) {
      if (!abortSignal.aborted && !(error instanceof NetworkError)) this.fault.value = messageOf(error);
      throw error;
    }
  }

  refresh() {
    this.poller.runNow();
  }

  /**
   * On or off at once; as it was when the server does not want it.
   * @param {AlertRule} rule
   * @param {boolean} enabled
   */
  async setEnabled({ id }, enabled) {
    this.switching.set(id, enabled);
    this.change(id, { enabled });
    try {
      const saved = await updateRule(id, { enabled });
      this.switching.delete(id);
      this.change(id, saved);
      this.refresh();
    } catch (error) {
      this.switching.delete(id);
      this.change(id, { enabled: !enabled });
      throw error;
    }
  }

  /** @param {string} id @param {Partial<AlertRule>} part */
  change(id, part) {
    this.rules.value = this.rules.peek()?.map((rule) => (rule.id === id ? { ...rule, ...part } : rule)) ?? null;
  }

  /** Whether an alert fires unheard now. @param {Record<string, string>} labels */
  isMuted(labels) {
    return this.muting.value.some((fits) => fits(labels));
  }

  /** An alert as it became by an acknowledgement. @param {AlertEvent} event */
  changeEvent(event) {
    this.alerts.value = this.alerts.peek()?.map((alert) => (alert.event?.id === event.id ? { ...alert, event } : alert)) ?? null;
  }

  dispose() {
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}
