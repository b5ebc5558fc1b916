// The targets as the page shows them, asked for again and again. What is shown stays until the next answer is in.
import { batch, signal } from '../ui/html.js';
import { messageOf, NetworkError } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { listTargets } from '../api/targets.js';
import { noteOffline, offline } from './notices.js';

/** @typedef {import('../api/targets.js').TargetLook} TargetLook */

const INTERVAL_MS = 5_000;

export class TargetList {
  constructor() {
    this.look = signal(/** @type {TargetLook | null} */ (null));
    /** Why there is none, or why it is not renewed; "" when it is neither. */
    this.fault = signal('');
    this.isOffline = signal(false);
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: (state) => noteOffline(this.isOffline, state, () => this.refresh()) });
    this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async load(abortSignal) {
    try {
      const found = await listTargets(abortSignal);
      batch(() => {
        this.look.value = found;
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
