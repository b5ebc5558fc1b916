// What the storage page knows beside the server's state: how the disk fills, and the largest metrics. Asked for seldom, since
// neither changes while one looks.
import { batch, signal } from '../ui/html.js';
import { isAbort, messageOf, NetworkError } from '../api/client.js';
import { Poller } from '../api/poll.js';
import { listLargestMetrics, readFreeSpace } from '../api/storage.js';

/** @typedef {import('../../types/app').MetricDefinition} MetricDefinition */
/** @typedef {import('../../types/app').QueryResult} QueryResult */

const INTERVAL_MS = 300_000;
export const LARGEST = 10;

export class StorageDetails {
  constructor() {
    this.freeSpace = signal(/** @type {QueryResult | null} */ (null));
    this.largest = signal(/** @type {MetricDefinition[] | null} */ (null));
    /** Why there are no metrics; "" when it is not that. */
    this.fault = signal('');
    this.poller = new Poller({ intervalMs: INTERVAL_MS, run: (abortSignal) => this.load(abortSignal), onState: () => undefined });
    this.poller.runNow();
  }

  /** @param {AbortSignal} abortSignal */
  async load(abortSignal) {
    // Without a forecast the page is still whole.
    const asked = readFreeSpace(abortSignal).catch((error) => {
      if (isAbort(error)) throw error;
      return null;
    });
    try {
      const [freeSpace, largest] = await Promise.all([asked, listLargestMetrics(LARGEST, abortSignal)]);
      batch(() => {
        this.freeSpace.value = freeSpace;
        this.largest.value = largest;
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
  }
}
