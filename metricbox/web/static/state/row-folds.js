// Which rows of a dashboard this visitor has opened and closed for himself: kept for the visit, in this tab.
import { signal } from '../ui/html.js';

const KEY = 'metricbox.rows.';

export class RowFolds {
  /** @param {string} dashboardId */
  constructor(dashboardId) {
    this.key = KEY + dashboardId;
    /** By the id of the row as shown; what is not in it is as it was saved. */
    this.folded = signal(/** @type {ReadonlyMap<string, boolean>} */ (new Map(this.read())));
  }

  /** @returns {[string, boolean][]} */
  read() {
    try {
      const list = /** @type {unknown} */ (JSON.parse(sessionStorage.getItem(this.key) ?? '[]'));
      return Array.isArray(list) ? list.filter((item) => Array.isArray(item) && typeof item[0] === 'string' && typeof item[1] === 'boolean') : [];
    } catch {
      // Storage can be forbidden; then the rows are as they were saved at each visit.
      return [];
    }
  }

  /**
   * @param {string} rowId
   * @param {boolean} isFolded
   */
  set(rowId, isFolded) {
    this.keep(new Map([...this.folded.peek(), [rowId, isFolded]]));
  }

  /**
   * As it was saved again, which an editor has just decided.
   * @param {string} rowId
   */
  forget(rowId) {
    const rest = new Map(this.folded.peek());
    if (rest.delete(rowId)) this.keep(rest);
  }

  /** @param {ReadonlyMap<string, boolean>} folded */
  keep(folded) {
    this.folded.value = folded;
    try {
      if (folded.size > 0) sessionStorage.setItem(this.key, JSON.stringify([...folded]));
      else sessionStorage.removeItem(this.key);
    } catch {
      // See read.
    }
  }
}
