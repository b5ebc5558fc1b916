// An editor with changes asks before it is left: within the app by a dialogue of its own, the tab by the browser's.
import { h } from '../ui/html.js';
import { guardLeaving } from '../state/location.js';
import { openDialog } from './open-dialog.js';
import { LeaveDialog } from './save-dialogs.js';

/**
 * @param {{what: import('./save-dialogs.js').Edited, isHeld: () => boolean, save: () => void, discard: () => void}} wish
 * @returns {() => void} stops asking
 */
export function askBeforeLeaving({ what, isHeld, save, discard }) {
  const stop = guardLeaving((leave) => {
    if (!isHeld()) return true;
    openDialog((close) => h(LeaveDialog, {
      what,
      onKeep: close,
      onDiscard: () => {
        close();
        discard();
        leave();
      },
      onSave: () => {
        close();
        save();
      },
    }));
    return false;
  });
  const onUnload = (/** @type {BeforeUnloadEvent} */ event) => {
    if (isHeld()) event.preventDefault();
  };
  window.addEventListener('beforeunload', onUnload);
  return () => {
    stop();
    window.removeEventListener('beforeunload', onUnload);
  };
}
