// The server's state as the page shows it, asked for again and again.
import { batch, signal } from '../ui/html.js';
import { messageOf, NetworkError } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { readStatus } from '../api/status.js';
import { noteOffline, offline } from './notices.js';

/** @typedef {import('../../types/app').Status} Status */

const INTERVAL_MS = 10_000;

export class ServerStatus {
  constructor() {
    this.status = signal(/** @type {Status | null} */ (null));
    /** Why there is none; "" when it is not that. */
    this.fault = signal('');
    this.isOffline = signal(false);
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: (state) => noteOffline(this.isOffline, state, () => this.refresh()) });
    this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async load(abortSignal) {
    try {
      const status = await readStatus(abortSignal);
      batch(() => {
        this.status.value = status;
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

  dispose() {
    this.poller.stop();
    if (this.isOffline.peek()) offline.value = null;
  }
}
