// What can be done with a dashboard in the list, by what the user may do. Fetched when a row's menu opens.
import { h } from '../ui/html.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { messageOf } from '../api/client.js';
import { deleteDashboard } from '../api/dashboards.js';
import { exportDashboard, importDashboard } from '../api/history.js';
import { visibleText } from '../lib/labels.js';
import { copyName } from '../state/edit-session.js';
import { showToast } from '../state/notices.js';
import { deleteWithUndo } from '../state/pending-deletes.js';
import { canEdit, isAdmin, user } from '../state/session.js';
import { saveDashboardFile } from './dashboard-file.js';
import { openDialog } from './open-dialog.js';
import { setPublic } from './set-public.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('./dashboards-page.js').ChangeList} ChangeList */

/**
 * @param {Dashboard} item
 * @param {ChangeList} changeList
 * @returns {import('../ui/menu.js').MenuItem[]}
 */
export function dashboardActions(item, changeList) {
  const mayChange = canEdit() && (item.ownerId === user.value?.id || isAdmin());
  const name = visibleText(item.name);
  const href = `/dashboard/${encodeURIComponent(item.id)}`;
  return [
    { label: 'Open', icon: 'open', href },
    { label: 'Copy link', icon: 'link', onSelect: () => { copyLink(window.location.origin + href); } },
    ...(canEdit() ? [
      { label: 'Duplicate', icon: 'copy', startsGroup: true, onSelect: () => { duplicate(item, changeList); } },
      { label: 'Export as a file', icon: 'download', onSelect: () => { saveDashboardFile(item); } },
    ] : []),
    ...(mayChange ? [
      { label: item.isPublic ? 'Make private' : 'Make public', icon: item.isPublic ? 'key' : 'globe', onSelect: () => { togglePublic(item, changeList); } },
      { label: 'Delete', icon: 'trash', isDanger: true, startsGroup: true, onSelect: () => deleteWithUndo(item.id, `Deleted "${name}"`, () => deleteDashboard(item.id)) },
    ] : []),
  ];
}

/** @param {string} link */
async function copyLink(link) {
  try {
    await navigator.clipboard.writeText(link);
    showToast('Link copied');
  } catch {
    // Plain HTTP has no clipboard.
    openDialog((close) => h(Dialog, { title: 'Link to this dashboard', onClose: close }, h(CopyField, { text: link, label: 'Link' })));
  }
}

/**
 * As a file that is exported and imported at once: the copy is private, and of who made it.
 * @param {Dashboard} item
 * @param {ChangeList} changeList
 */
async function duplicate(item, changeList) {
  try {
    const file = await exportDashboard(item.id);
    const { dashboard } = await importDashboard({ ...file, dashboard: { ...file.dashboard, name: copyName(file.dashboard.name) } });
    changeList((list) => [dashboard, ...list]);
    showToast(`Made "${visibleText(dashboard.name)}"`);
  } catch (error) {
    showToast(`Not duplicated: ${messageOf(error)}`, { kind: 'error' });
  }
}

/**
 * Shown at once, taken back when the server refuses.
 * @param {Dashboard} item
 * @param {ChangeList} changeList
 */
async function togglePublic(item, changeList) {
  const isPublic = !item.isPublic;
  const put = (/** @type {Partial<Dashboard>} */ change) => changeList((list) => list.map((one) => (one.id === item.id ? { ...one, ...change } : one)));
  put({ isPublic });
  try {
    const { version, updatedAt } = await setPublic(item, isPublic);
    put({ version, updatedAt });
    showToast(isPublic ? 'Everybody with the link sees its titles and data now, not its queries' : 'Only those who are signed in see it now');
  } catch (error) {
    put({ isPublic: item.isPublic });
    showToast(`Not changed: ${messageOf(error)}`, { kind: 'error' });
  }
}
