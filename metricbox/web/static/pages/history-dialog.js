// The versions that a dashboard had: who made each, when, what changed; and going back to one.
import { h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { isAbort, messageOf } from '../api/client.js';
import { listHistory, restoreVersion } from '../api/history.js';
import { describeVersion } from '../lib/changes.js';
import { visibleText } from '../lib/labels.js';
import { formatDateTime } from '../lib/time.js';
import { showToast } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';
import { user } from '../state/session.js';
import { Age } from './age.js';

/** @typedef {import('../../types/app').DashboardHistoryEntry} Version */

/** @param {Version} version */
function authorOf(version) {
  return version.authorId === user.value?.id ? 'you' : visibleText(version.author) || 'metricbox';
}

/** @param {{dashboardId: string, onClose: () => void, onRestored: () => void}} props */
export function HistoryDialog({ dashboardId, onClose, onRestored }) {
  const [list, setList] = useState(/** @type {Version[] | null} */ (null));
  const [message, setMessage] = useState('');
  const [chosen, setChosen] = useState(/** @type {Version | null} */ (null));
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    listHistory(dashboardId, abort.signal).then(setList).catch((error) => {
      if (!isAbort(error)) setMessage(messageOf(error));
    });
    return () => abort.abort();
  }, [dashboardId, attempt]);
  const retry = () => {
    setMessage('');
    setAttempt(attempt + 1);
  };
  const current = list?.[0];
  if (chosen && current && list) {
    return h(RestoreDialog, {
      key: 'restore', dashboardId, chosen, undone: list.filter((version) => version.version > chosen.version), current,
      onBack: () => setChosen(null), onClose, onRestored,
    });
  }
  return h(Dialog, { key: 'list', title: 'History', onClose, isWide: true },
    message !== '' ? h('p', { class: 'form-error', role: 'alert' }, message, ' ', h(Button, { icon: 'refresh', onClick: retry }, 'Retry')) : null,
    h('ol', { class: 'versions', 'aria-busy': list === null && message === '' }, (list ?? []).map((version, index) => h('li', { key: version.version, class: 'version' },
      h('div', { class: 'version-text' },
        h('span', { class: 'version-change' }, describeVersion(version.change)),
        h('span', { class: 'field-help' }, `Version ${version.version} · ${authorOf(version)} · `, h(Age, { at: version.at }))),
      index === 0 ? h('span', { class: 'chip' }, 'shown now')
        : h(Button, { onClick: () => setChosen(version), aria: { 'aria-label': `Restore version ${version.version}` } }, 'Restore…')))),
    list ? h('p', { class: 'field-help' }, 'The newest 100 versions are kept. Owner and visibility do not belong to a version.') : null);
}

/**
 * @typedef {object} RestoreProps
 * @property {string} dashboardId
 * @property {Version} chosen
 * @property {Version[]} undone what was changed since, the newest first
 * @property {Version} current
 * @property {() => void} onBack
 * @property {() => void} onClose
 * @property {() => void} onRestored
 */

/** @param {RestoreProps} props */
function RestoreDialog({ dashboardId, chosen, undone, current, onBack, onClose, onRestored }) {
  const [isBusy, setBusy] = useState(false);
  const [message, setMessage] = useState('');
  const undo = async () => {
    try {
      await restoreVersion(dashboardId, current.version);
      onRestored();
    } catch (error) {
      showToast(`Not undone: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  const restore = async () => {
    setBusy(true);
    try {
      await restoreVersion(dashboardId, chosen.version);
      onClose();
      onRestored();
      showToast(`Version ${chosen.version} is back`, { action: { label: 'Undo', run: () => { undo(); } }, lastsMs: 10_000 });
    } catch (error) {
      setBusy(false);
      setMessage(messageOf(error));
    }
  };
  const count = undone.length;
  return h(Dialog, { title: `Restore version ${chosen.version}?`, onClose, isWide: true },
    message !== '' ? h('p', { class: 'form-error', role: 'alert' }, message) : null,
    h('p', { class: 'dialog-text' },
      `The dashboard becomes what it was on ${formatDateTime(Date.parse(chosen.at), preferredZone.value)}, as a new version. `,
      count === 1 ? 'This change is taken back:' : `These ${count} changes are taken back:`),
    h('ol', { class: 'versions' }, undone.map((version) => h('li', { key: version.version, class: 'version' },
      h('div', { class: 'version-text' },
        h('span', { class: 'version-change' }, describeVersion(version.change)),
        h('span', { class: 'field-help' }, `Version ${version.version} · ${authorOf(version)} · `, h(Age, { at: version.at })))))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onBack }, 'Back'),
      h(Button, { kind: 'primary', isBusy, onClick: restore }, `Restore version ${chosen.version}`)));
}
