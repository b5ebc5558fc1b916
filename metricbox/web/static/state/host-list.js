// The hosts as the page shows them, asked for again and again. What is shown stays until the next answer is in.
import { batch, signal } from '../ui/html.js';
import { messageOf, NetworkError } from '../api/client.js';
import { listHosts } from '../api/hosts.js';
import { OFFLINE_AFTER, Poller } from '../api/poll.js';
import { offline } from './notices.js';

/** @typedef {import('../../types/app').Host} Host */

const INTERVAL_MS = 10_000;

export class HostList {
  constructor() {
    this.hosts = signal(/** @type {Host[] | null} */ (null));
    /** Why there are none; "" when it is not that. */
    this.fault = signal('');
    this.isOffline = signal(false);
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: (state) => this.notePoll(state) });
    this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async load(abortSignal) {
    try {
      const { list } = await listHosts(abortSignal);
      batch(() => {
        this.hosts.value = list;
        this.fault.value = '';
      });
    } catch (error) {
      if (!abortSignal.aborted && !(error instanceof NetworkError)) this.fault.value = messageOf(error);
      throw error;
    }
  }

  /** @param {import('../api/poll.js').PollState} state */
  notePoll(state) {
    const wasOffline = this.isOffline.peek();
    const isNow = state.failures >= OFFLINE_AFTER;
    this.isOffline.value = isNow;
    if (isNow) offline.value = { nextAtMs: state.nextAtMs, retry: () => this.refresh() };
    else if (wasOffline) offline.value = null;
  }

  refresh() {
    this.poller.runNow();
  }

  /** Asks unless an answer is under way. */
  look() {
    if (this.poller.running === null) this.poller.runNow();
  }

  dispose() {
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}
