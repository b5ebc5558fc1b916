// Saving an edited dashboard. One request is under way at a time; what is changed meanwhile goes with the next one. Nothing is lost
// when the server is away, the session ends or the page is reloaded, and nothing of a colleague is overwritten.
//
//   saved --change--> unsaved --500 ms--> saving --ok--> saved
//                        ^                  |-- no answer, 5xx, 429 --> failed --1, 2, 4 … 30 s--> saving
//                        |                  |-- refused (4xx) --> failed, until the next change or Retry
//                        `-- merged --------`-- 409 --> both sides put together; where both changed one field: conflict
import { signal } from '../ui/html.js';
import { ApiError, messageOf, NetworkError } from '../api/client.js';
import { getDashboard, updateDashboard } from '../api/dashboards.js';
import { nextDelay } from '../api/poll.js';
import { merge } from '../lib/dashboard-merge.js';
import { diff, isSame, keepSame, updateOf } from '../lib/dashboard-patch.js';
import { pendingSaves } from './dashboard.js';
import { showToast } from './notices.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../lib/dashboard-merge.js').Collision} Collision */
/** @typedef {import('../lib/dashboard-merge.js').Side} Side */
/** @typedef {'saved' | 'saving' | 'unsaved' | 'failed' | 'conflict'} EditPhase */

const SAVE_AFTER_MS = 500;
// Bodies under way that outlive their page have 64 KB together; two fit.
const KEPT_BYTES_MAX = 30_000;
const NOT_SAVED = 'Your last change is not saved. Open the dashboard again to go on.';

export class DashboardSaver {
  /**
   * @param {import('./dashboard.js').DashboardStore} store
   * @param {() => void} onChange what is shown, or what is saved, is another one now
   */
  constructor(store, onChange) {
    this.store = store;
    this.onChange = onChange;
    this.phase = signal(/** @type {EditPhase} */ ('saved'));
    /** Why it is not saved; "" while all is well. */
    this.message = signal('');
    /** By the browser's clock; 0 before the first save. */
    this.savedAtMs = signal(0);
    this.conflict = signal(/** @type {{theirs: Dashboard, collisions: Collision[]} | null} */ (null));
    /** @type {Dashboard | null} what the server has, as far as is known */
    this.saved = null;
    /** @type {Dashboard | null} what was sent last: when its answer was lost, it comes back as "changed by somebody" */
    this.sent = null;
    this.isSending = false;
    this.failures = 0;
    this.isDisposed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.listeners = new AbortController();
    const options = { signal: this.listeners.signal };
    window.addEventListener('pagehide', () => this.leavePage(), options);
    window.addEventListener('beforeunload', (event) => this.askBeforeLeaving(event), options);
    window.addEventListener('online', () => { if (this.failures > 0) this.flush(); }, options);
  }

  /** @returns {Dashboard} */
  get shown() {
    const { dashboard } = this.store.documentState.peek();
    if (!dashboard) throw new Error('There is no dashboard to change yet');
    return dashboard;
  }

  get isDirty() {
    return this.saved !== null && (this.isSending || this.phase.peek() === 'conflict' || updateOf(this.saved, this.shown) !== null);
  }

  /** @param {Dashboard} dashboard */
  show(dashboard) {
    this.store.showDocument(dashboard);
    this.onChange();
    if (this.phase.peek() === 'conflict') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
    if (this.phase.peek() === 'saved') this.phase.value = 'unsaved';
  }

  /** Saves now. @returns {Promise<void>} when that is answered */
  async flush() {
    clearTimeout(this.timer);
    if (!this.saved || this.isSending || this.phase.peek() === 'conflict') return;
    const body = updateOf(this.saved, this.shown);
    if (!body) {
      this.settle();
      return;
    }
    this.isSending = true;
    this.sent = this.shown;
    if (this.phase.peek() !== 'failed') this.phase.value = 'saving';
    const sending = this.send(this.sent, body);
    pendingSaves.set(this.saved.id, sending);
    await sending;
    if (pendingSaves.get(this.saved.id) === sending) pendingSaves.delete(this.saved.id);
  }

  /**
   * @param {Dashboard} sent
   * @param {import('../../types/app').DashboardUpdate} body
   */
  async send(sent, body) {
    try {
      const answer = await updateDashboard(sent.id, body, bytesOf(body) < KEPT_BYTES_MAX);
      this.isSending = false;
      this.accept(sent, answer);
    } catch (error) {
      this.isSending = false;
      if (error instanceof ApiError && error.status === 409) await this.readTheirs();
      else this.fail(error);
    }
  }

  /**
   * @param {Dashboard} sent
   * @param {Dashboard} answer
   */
  accept(sent, answer) {
    const later = diff(sent, this.shown);
    const before = this.saved;
    this.saved = keepSame(this.shown, answer);
    this.store.showDocument(later.length === 0 ? this.saved : { ...this.shown, version: answer.version, updatedAt: answer.updatedAt });
    // Until now the server did not know them, so they had no values.
    if (!isSame(before?.variables, answer.variables)) this.store.getReady(answer);
    this.savedAtMs.value = Date.now();
    this.failures = 0;
    this.message.value = '';
    if (later.length === 0) this.settle();
    else {
      this.phase.value = 'unsaved';
      this.show(this.shown);
      if (this.isDisposed) this.flush();
    }
  }

  settle() {
    this.failures = 0;
    this.message.value = '';
    this.phase.value = 'saved';
    this.onChange();
  }

  /** @param {unknown} error */
  fail(error) {
    const status = error instanceof ApiError ? error.status : 0;
    const isPassing = error instanceof NetworkError || status >= 500 || status === 429;
    if (!isPassing && !(error instanceof ApiError)) throw error;
    const [detail] = error instanceof ApiError ? error.details : [];
    this.message.value = detail ? `${messageOf(error)} ${detail.field}: ${detail.message}` : messageOf(error);
    this.phase.value = 'failed';
    this.failures += 1;
    this.onChange();
    if (this.isDisposed) showToast(NOT_SAVED, { kind: 'error' });
    else if (isPassing) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), nextDelay(0, this.failures, error instanceof ApiError ? error.retryAfterS : null) ?? 0);
    }
  }

  /** Somebody saved before: what they did and what was done here are put together. */
  async readTheirs() {
    try {
      const theirs = await getDashboard(this.shown.id);
      if (this.saved) this.putTogether(this.saved, this.shown, theirs);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * @param {Dashboard} base
   * @param {Dashboard} mine
   * @param {Dashboard} theirs
   */
  putTogether(base, mine, theirs) {
    const { dashboard, collisions } = merge(base, mine, theirs);
    this.saved = collisions.length > 0 ? { ...base, version: theirs.version } : theirs;
    if (collisions.length > 0) {
      this.store.showDocument(mine);
      this.conflict.value = { theirs, collisions };
      this.phase.value = 'conflict';
      this.onChange();
      if (this.isDisposed) showToast(NOT_SAVED, { kind: 'error' });
      return;
    }
    // The own save whose answer was lost is nobody else's change (B128).
    const isOwn = this.sent !== null && diff(this.sent, theirs).length === 0;
    if (!isOwn && diff(base, theirs).length > 0) showToast('Merged with a colleague’s change');
    this.show(keepSame(mine, dashboard));
    this.flush();
  }

  /**
   * Ends a conflict. What was done while it was open counts as mine.
   * @param {ReadonlyMap<string, Side>} choices
   */
  resolve(choices) {
    const open = this.conflict.peek();
    if (!open || !this.saved) return;
    const { dashboard } = merge(this.saved, this.shown, open.theirs, choices);
    this.takeOver(open.theirs, dashboard);
    this.flush();
  }

  /**
   * @param {Dashboard} saved
   * @param {Dashboard} shown
   */
  takeOver(saved, shown) {
    this.saved = saved;
    this.conflict.value = null;
    this.phase.value = 'unsaved';
    this.show(keepSame(this.shown, shown));
  }

  /**
   * A newer version that a look at the server found.
   * @param {Dashboard} newer
   * @returns {boolean} whether it may be shown; a dirty editor is never replaced (B127)
   */
  takeNewer(newer) {
    if (this.isDirty) return false;
    this.saved = newer;
    this.onChange();
    return true;
  }

  /** The page goes; what is not saved is sent, and stays in this tab for the case that it does not arrive. */
  leavePage() {
    const { saved } = this;
    if (!saved || this.phase.peek() === 'conflict') return;
    const body = updateOf(saved, this.shown);
    if (!body || (this.isSending && this.sent === this.shown)) return;
    this.onChange();
    // The one under way will have made a version.
    const next = { ...body, version: saved.version + (this.isSending ? 1 : 0) };
    updateDashboard(saved.id, next, bytesOf(next) < KEPT_BYTES_MAX).catch(() => undefined);
  }

  /** Only what cannot be sent while the page closes is worth a question. @param {BeforeUnloadEvent} event */
  askBeforeLeaving(event) {
    const body = this.saved && updateOf(this.saved, this.shown);
    if (body && (this.phase.peek() === 'failed' || this.phase.peek() === 'conflict' || bytesOf(body) >= KEPT_BYTES_MAX)) event.preventDefault();
  }

  /** What is not saved is sent now; nobody waits for it any more. */
  dispose() {
    this.isDisposed = true;
    this.listeners.abort();
    if (this.saved) this.flush();
    clearTimeout(this.timer);
  }
}

/** @param {unknown} body */
function bytesOf(body) {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}
