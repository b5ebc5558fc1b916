// The bar of a dashboard that is being edited: back and forth, what is saved, and what can be added or changed.
import { Fragment, h, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { visibleText } from '../lib/labels.js';
import { formatClock } from '../lib/time.js';
import { PANEL_TYPES } from '../panels/registry.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';
import { EditNotices } from './edit-notices.js';

/** @typedef {import('../ui/html.js').VNode} VNode */

/**
 * @typedef {object} EditBarProps
 * @property {import('./edit-mode.js').EditMode} edit
 * @property {import('../../types/app').Dashboard} dashboard
 * @property {() => void} onDone
 */

/** @param {EditBarProps} props */
export function EditBar({ edit, dashboard, onDone }) {
  const [dialog, setDialog] = useState(/** @type {VNode | null} */ (null));
  const { session, store } = edit;
  const close = () => setDialog(null);
  const open = async (/** @type {() => Promise<VNode>} */ load) => {
    try {
      setDialog(await load());
    } catch {
      showToast('It could not be loaded', { kind: 'error' });
    }
  };
  const openHistory = () => open(async () => {
    await session.flush();
    const { HistoryDialog } = await import('./history-dialog.js');
    return h(HistoryDialog, { dashboardId: dashboard.id, onClose: close, onRestored: () => { store.reload(); } });
  });
  const openVariables = () => open(async () => {
    const { VariableEditor } = await import('./variable-editor.js');
    return h(VariableEditor, { store, edit: session, onClose: close });
  });
  const openSettings = () => open(async () => {
    const { DashboardSettingsDialog } = await import('./dashboard-settings-dialog.js');
    return h(DashboardSettingsDialog, { store, edit: session, onClose: close });
  });
  const done = async () => {
    await session.flush();
    if (session.phase.peek() === 'saved') onDone();
    else showToast('Your last change is not saved yet, so editing goes on', { kind: 'error' });
  };
  return h(Fragment, null,
    h('div', { class: 'edit-bar', role: 'toolbar', 'aria-label': 'Edit the dashboard' },
      h('span', { class: 'edit-name' }, h('strong', null, 'Editing'), h('span', { class: 'edit-title' }, visibleText(dashboard.name))),
      h(IconButton, { label: 'Undo', icon: 'undo', isDisabled: !session.canUndo.value, onClick: () => session.undo(), aria: { 'aria-keyshortcuts': 'Control+Z' } }),
      h(IconButton, { label: 'Redo', icon: 'redo', isDisabled: !session.canRedo.value, onClick: () => session.redo(), aria: { 'aria-keyshortcuts': 'Control+Shift+Z' } }),
      h(SaveState, { session }),
      h('span', { class: 'edit-actions' },
        h(Menu, {
          label: 'Add panel', buttonClass: 'button is-plain', items: addItems(edit),
          children: [h(Icon, { name: 'plus' }), h('span', { class: 'edit-word' }, 'Panel')],
        }),
        h(Button, { onClick: openVariables }, 'Variables'),
        h(Button, { onClick: openSettings }, 'Settings'),
        h(Button, { onClick: openHistory, icon: 'history', title: 'History' }, h('span', { class: 'edit-word' }, 'History')),
        h(Button, { kind: 'primary', onClick: done, aria: { 'aria-keyshortcuts': 'Shift+E' } }, 'Done'))),
    h(EditNotices, { session }),
    dialog);
}

/**
 * @param {import('./edit-mode.js').EditMode} edit
 * @returns {import('../ui/menu.js').MenuItem[]}
 */
function addItems(edit) {
  const charts = [...PANEL_TYPES].filter(([, type]) => !type.isWithoutData);
  return [
    ...charts.map(([name, { label }]) => ({ label, onSelect: () => navigate(edit.newPanelPath(name)) })),
    { label: 'Text', startsGroup: true, onSelect: () => edit.add('text') },
    { label: 'Row', onSelect: () => edit.add('row') },
  ];
}

/** @param {{session: import('../state/edit-session.js').EditSession}} props */
function SaveState({ session }) {
  const phase = session.phase.value;
  const savedAtMs = session.saver.savedAtMs.value;
  if (phase === 'failed') {
    return h('span', { class: 'edit-state is-failed', title: session.saver.message.value },
      h(Icon, { name: 'warning', size: 15 }), 'Not saved',
      h('button', { type: 'button', class: 'banner-action', onClick: () => { session.flush(); } }, 'Retry'),
      h('button', { type: 'button', class: 'banner-action', onClick: () => session.discard() }, 'Discard'));
  }
  const text = phase === 'saved' ? (savedAtMs === 0 ? 'Saved' : `Saved ${formatClock(savedAtMs, preferredZone.value)}`) : phase === 'conflict' ? 'Not saved' : 'Saving…';
  return h('span', { class: 'edit-state' }, text);
}
