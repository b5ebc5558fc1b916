// What an edit session tells on whatever page it runs: a failed save with its ways out, and a conflict.
import { h, useEffect } from '../ui/html.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { useStyle } from '../ui/use-style.js';
import { dismissToast, showToast } from '../state/notices.js';
import { ConflictDialog } from './conflict-dialog.js';
import { openDialog } from './open-dialog.js';

/** @typedef {import('../state/edit-session.js').EditSession} EditSession */

/** @param {EditSession} session */
async function copyMine(session) {
  const { name, description, variables, refreshInterval, timeRange, panels } = session.saver.shown;
  const text = JSON.stringify({
    format: 'metricbox.dashboard', formatVersion: 1,
    dashboard: { name, description, refreshInterval, timeRange, variables, panels: panels.map(({ title, type, query, options, position }) => ({ title, type, query, options, position })) },
  });
  try {
    await navigator.clipboard.writeText(text);
    showToast('Copied as a dashboard file: it can be imported');
  } catch {
    // Plain HTTP has no clipboard.
    openDialog((close) => h(Dialog, { title: 'My version, as a dashboard file', onClose: close }, h(CopyField, { text, label: 'Dashboard file' })));
  }
}

/** @param {{session: EditSession}} props */
export function EditNotices({ session }) {
  const isStyled = useStyle('/static/styles/editing.css');
  const isFailed = session.phase.value === 'failed';
  const conflict = session.saver.conflict.value;
  useEffect(() => {
    if (!isFailed) return undefined;
    const toast = showToast(`Not saved: ${session.saver.message.peek()}`, {
      kind: 'error', lastsMs: Infinity,
      actions: [{ label: 'Retry', run: () => { session.flush(); } }, { label: 'Copy my version', run: () => { copyMine(session); } }],
    });
    return () => dismissToast(toast);
  }, [isFailed, session]);
  return conflict && isStyled ? h(ConflictDialog, { key: conflict.theirs.version, session, conflict }) : null;
}
