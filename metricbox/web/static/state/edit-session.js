// Changing a dashboard: shown at once, taken back and done again, saved by its own (dashboard-saver.js). What was done is kept in the
// tab, so that a reload takes nothing away.
import { effect, signal, untracked } from '../ui/html.js';
import { createDashboard } from '../api/dashboards.js';
import { applyPatch, diff, invert, isSame, withPanels, write } from '../lib/dashboard-patch.js';
import { DashboardSaver } from './dashboard-saver.js';
import { readKept, writeKept } from './edit-storage.js';
import { showToast, speak } from './notices.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../lib/dashboard-merge.js').Side} Side */
/** @typedef {import('../lib/dashboard-patch.js').Patch} Patch */
/** @typedef {import('./edit-storage.js').Command} Command */

const COMMANDS_MAX = 100;
// The server's limit.
const NAME_MAX = 200;

export class EditSession {
  /** @param {import('./dashboard.js').DashboardStore} store its document may still be loading */
  constructor(store) {
    this.store = store;
    this.saver = new DashboardSaver(store, () => this.keep());
    this.phase = this.saver.phase;
    this.canUndo = signal(false);
    this.canRedo = signal(false);
    /** @type {Command[]} */
    this.done = [];
    /** @type {Command[]} */
    this.undone = [];
    /** Something is in somebody's hands: no newer version may come between. */
    this.isHeld = false;
    store.session = this;
    this.stopEffect = effect(() => {
      const { dashboard } = store.documentState.value;
      if (dashboard && !this.saver.saved) untracked(() => this.begin(dashboard));
    });
  }

  /** @param {Dashboard} dashboard as the server has it */
  begin(dashboard) {
    const { saver } = this;
    saver.saved = dashboard;
    const kept = readKept(dashboard.id);
    if (!kept) return;
    const left = applyPatch(dashboard, kept.unsaved);
    // A save that was under way when the page closed made a version of its own.
    const hasArrived = diff(dashboard, write(dashboard, kept.unsaved)).length === 0;
    if (kept.version === dashboard.version || (kept.unsaved.length > 0 && hasArrived)) this.setCommands(kept.done, kept.undone);
    if (kept.unsaved.length === 0 || hasArrived) this.keep();
    else if (left.skipped === 0) saver.show(left.dashboard);
    else saver.putTogether(write(dashboard, invert(kept.unsaved)), write(dashboard, kept.unsaved), dashboard);
  }

  /**
   * @param {string} label what was done, "Moved CPU"
   * @param {(dashboard: Dashboard) => Dashboard} change
   * @returns {Command | null} for revert(); null when nothing changed
   */
  apply(label, change) {
    const before = this.saver.shown;
    const wish = change(before);
    const after = wish === before ? before : withPanels(wish, wish.panels);
    const patch = diff(before, after);
    if (patch.length === 0) return null;
    const command = { label, patch };
    this.setCommands([...this.done, command].slice(-COMMANDS_MAX), []);
    this.saver.show(after);
    return command;
  }

  undo() {
    const command = this.done.at(-1);
    if (!command) return;
    this.setCommands(this.done.slice(0, -1), [...this.undone, command]);
    this.replay(invert(command.patch), `Undone: ${command.label}`);
  }

  redo() {
    const command = this.undone.at(-1);
    if (!command) return;
    this.setCommands([...this.done, command], this.undone.slice(0, -1));
    this.replay(command.patch, `Done again: ${command.label}`);
  }

  /** Takes one change back, whatever came after it. @param {Command} command */
  revert(command) {
    if (this.done.at(-1) === command) this.undo();
    else this.apply(`${command.label}, taken back`, (dashboard) => applyPatch(dashboard, invert(command.patch)).dashboard);
  }

  /**
   * @param {Patch} patch
   * @param {string} words
   */
  replay(patch, words) {
    const { dashboard, skipped } = applyPatch(this.saver.shown, patch);
    if (dashboard === this.saver.shown) showToast('It was changed by a colleague since, and stays as it is now', { kind: 'error' });
    else speak(skipped > 0 ? `${words}. What a colleague has changed since stays.` : words);
    this.saver.show(dashboard);
  }

  /** Back to what the server has; that can be undone as well. */
  discard() {
    const { saved } = this.saver;
    if (saved) this.apply('Back to the saved version', (dashboard) => ({ ...saved, version: dashboard.version }));
  }

  /**
   * @param {Command[]} done
   * @param {Command[]} undone
   */
  setCommands(done, undone) {
    this.done = done;
    this.undone = undone;
    this.canUndo.value = done.length > 0;
    this.canRedo.value = undone.length > 0;
  }

  keep() {
    const { saved, shown } = this.saver;
    if (saved) writeKept(saved.id, { version: saved.version, done: this.done, undone: this.undone, unsaved: diff(saved, shown) });
  }

  /** Saves now. @returns {Promise<void>} when that is answered */
  flush() {
    return this.saver.flush();
  }

  /** Ends a conflict. @param {ReadonlyMap<string, Side>} choices */
  resolve(choices) {
    this.saver.resolve(choices);
  }

  /** Ends a conflict: mine becomes a dashboard of its own, this one is theirs. @returns {Promise<string>} the copy's id */
  async saveCopy() {
    const { name, description, variables, refreshInterval, timeRange, panels } = this.saver.shown;
    const made = await createDashboard(/** @type {import('../../types/app').DashboardCreate} */ ({
      name: copyName(name), description, variables, refreshInterval, timeRange,
      panels: panels.map(({ title, type, query, options, position }) => ({ title, type, query, options, position })),
    }));
    const open = this.saver.conflict.peek();
    this.setCommands([], []);
    if (open) this.saver.takeOver(open.theirs, open.theirs);
    return made.id;
  }

  /**
   * A newer version that a look at the server found.
   * @param {Dashboard} newer
   * @returns {boolean} whether it may be shown; a dirty editor is never replaced (B127)
   */
  takeNewer(newer) {
    return !this.isHeld && this.saver.takeNewer(newer);
  }

  /** Whether the server does not know this query yet. @param {import('../../types/app').ShownPanel} panel */
  isUnsaved(panel) {
    return !isSame(this.saver.saved?.panels.find(({ id }) => id === (panel.savedId ?? panel.id))?.query, panel.query);
  }

  dispose() {
    this.stopEffect();
    this.saver.dispose();
    if (this.store.session === this) this.store.session = null;
  }
}

/** @param {string} name */
export function copyName(name) {
  const end = ' (copy)';
  return name.slice(0, NAME_MAX - end.length) + end;
}
