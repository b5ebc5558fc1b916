// Deletes that can still be taken back: the thing is gone from the screen at once, from the server after ten seconds.
import { signal } from '../ui/html.js';
import { messageOf } from '../api/client.js';
import { dismissToast, showToast } from './notices.js';

const UNDO_MS = 10_000;

/** Ids that lists leave out. */
export const pendingDeletes = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** @type {Map<string, () => void>} */
const commits = new Map();

/** @param {string} id @param {boolean} isPending */
function mark(id, isPending) {
  const next = new Set(pendingDeletes.value);
  if (isPending) next.add(id);
  else next.delete(id);
  pendingDeletes.value = next;
}

/**
 * @param {string} id
 * @param {string} text what was deleted
 * @param {() => Promise<void>} run the real delete
 */
export function deleteWithUndo(id, text, run) {
  mark(id, true);
  const commit = async () => {
    clearTimeout(timer);
    commits.delete(id);
    dismissToast(toast);
    try {
      await run();
    } catch (error) {
      mark(id, false);
      showToast(`Not deleted: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  const undo = () => {
    clearTimeout(timer);
    commits.delete(id);
    mark(id, false);
  };
  const timer = setTimeout(commit, UNDO_MS);
  const toast = showToast(text, { action: { label: 'Undo', run: undo }, lastsMs: UNDO_MS });
  commits.set(id, commit);
  // The same listener twice is one.
  window.addEventListener('pagehide', commitAll);
}

/** Leaving the page is no undo: what was deleted on screen is deleted. */
function commitAll() {
  for (const commit of [...commits.values()]) commit();
}
