// The hosts as the page shows them, asked for again and again. What is shown stays until the next answer is in.
import { batch, signal } from '../ui/html.js';
import { messageOf, NetworkError } from '../api/client.js';
import { listHosts } from '../api/hosts.js';
import { Poller } from '../api/poll.js';
import { noteOffline, offline } from './notices.js';

/** @typedef {import('../../types/app').Host} Host */

const INTERVAL_MS = 10_000;

export class HostList {
  constructor() {
    this.hosts = signal(/** @type {Host[] | null} */ (null));
    /** Why there are none; "" when it is not that. */
    this.fault = signal('');
    this.isOffline = signal(false);
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: (state) => noteOffline(this.isOffline, state, () => this.refresh()) });
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
