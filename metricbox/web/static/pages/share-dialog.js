// Passing a dashboard on: a link that moves with the clock or stands still, a link to one panel, the public switch, the file, and
// the addresses for a screen on the wall.
import { Fragment, h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { Choice } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { messageOf, serverNowMs } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { visibleText } from '../lib/labels.js';
import { describeRange, isRelative, resolveRange } from '../lib/time.js';
import { formatUrlState } from '../lib/url-state.js';
import { navigate, urlState } from '../state/location.js';
import { showToast } from '../state/notices.js';
import { starred } from '../state/preferences.js';
import { canEdit, isAdmin, user } from '../state/session.js';
import { range, zone } from '../state/time-range.js';
import { saveDashboardFile } from './dashboard-file.js';
import { setPublic } from './set-public.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */

/**
 * @typedef {object} ShareDialogProps
 * @property {Dashboard} dashboard
 * @property {(change: {isPublic: boolean, version: number}) => void} onChanged
 * @property {() => void} onClose
 */

/**
 * The address of what is shown now, as the link carries it.
 * @param {string} path
 * @param {boolean} isFrozen with the instants that the range has now
 */
function linkTo(path, isFrozen) {
  const state = { ...urlState.peek(), kiosk: null, list: [], every: null };
  const span = isFrozen ? resolveRange(range.peek(), serverNowMs(), zone.peek()) : null;
  if (span) Object.assign(state, { from: new Date(span.startMs).toISOString(), to: new Date(span.endMs).toISOString() });
  else Object.assign(state, range.peek());
  return window.location.origin + path + formatUrlState(state);
}

/** @param {ShareDialogProps} props */
export function ShareDialog({ dashboard, onChanged, onClose }) {
  const isMoving = isRelative(range.peek());
  const [kind, setKind] = useState(isMoving ? 'moving' : 'frozen');
  const [panelId, setPanelId] = useState('');
  const path = `/dashboard/${encodeURIComponent(dashboard.id)}`;
  const isFrozen = kind === 'frozen';
  const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
  const frozen = resolveRange(range.peek(), serverNowMs(), zone.peek());
  return h(Dialog, { title: `Share "${visibleText(dashboard.name)}"`, onClose },
    h('div', { class: 'form' },
      isMoving ? h(Choice, {
        label: 'Time in the link', name: 'kind', value: kind, onChange: setKind,
        options: [
          { value: 'moving', label: describeRange(range.peek(), serverNowMs(), zone.peek()), help: 'Whoever opens it sees the newest data' },
          { value: 'frozen', label: frozen ? describeRange(asText(frozen), serverNowMs(), zone.peek()) : 'As it is now', help: 'Whoever opens it sees what is shown now' },
        ],
      }) : null,
      panels.length > 1 ? h(SelectField, {
        label: 'Of', name: 'panel', value: panelId, onChange: setPanelId,
        options: [{ value: '', label: 'The whole dashboard' }, ...panels.map((panel) => ({ value: panel.id, label: visibleText(panel.title) || 'Panel without a title' }))],
      }) : null,
      h(CopyField, { label: 'Link', text: linkTo(panelId === '' ? path : `${path}/panel/${encodeURIComponent(panelId)}`, isFrozen) }),
      h('p', { class: 'field-help' }, 'Range, variables and hidden series come along. ', dashboard.isPublic ? 'Nobody has to sign in.' : 'Whoever opens it has to sign in.'),
      h(PublicSwitch, { dashboard, onChanged }),
      h(ScreenForm, { dashboard, onClose }),
      canEdit() ? h('div', { class: 'form-actions' }, h(Button, { icon: 'download', onClick: () => { saveDashboardFile(dashboard); } }, 'Export as a file')) : null));
}

/** @param {import('../lib/time.js').Span} span */
function asText(span) {
  return { from: new Date(span.startMs).toISOString(), to: new Date(span.endMs).toISOString() };
}

/** @param {{dashboard: Dashboard, onChanged: ShareDialogProps['onChanged']}} props */
function PublicSwitch({ dashboard, onChanged }) {
  const [isBusy, setBusy] = useState(false);
  const [isPublic, setShown] = useState(dashboard.isPublic);
  if (!canEdit() || (dashboard.ownerId !== user.value?.id && !isAdmin())) return null;
  const toggle = async () => {
    if (isBusy) return;
    setBusy(true);
    setShown(!isPublic);
    try {
      const { version } = await setPublic(dashboard, !isPublic);
      onChanged({ isPublic: !isPublic, version });
    } catch (error) {
      setShown(isPublic);
      showToast(`Not changed: ${messageOf(error)}`, { kind: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return h('label', { class: 'choice-item' },
    h('input', { type: 'checkbox', role: 'switch', checked: isPublic, 'aria-busy': isBusy, onChange: toggle }),
    h('span', { class: 'choice-text' }, h('span', null, 'Public'),
      h('span', { class: 'field-help' }, 'Everybody with the link sees its titles and data, not its queries')));
}

const INTERVALS = ['10s', '30s', '1m', '5m'].map((value) => ({ value, label: value }));

/** @param {{dashboard: Dashboard, onClose: () => void}} props */
function ScreenForm({ dashboard, onClose }) {
  const [others, setOthers] = useState(/** @type {Dashboard[] | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {ReadonlySet<string>} */ (new Set([dashboard.id, ...starred.peek()])));
  const [every, setEvery] = useState('30s');
  /** @param {import('../lib/url-state.js').UrlState['kiosk']} kiosk */
  const start = (kiosk) => {
    const list = kiosk === 'tv' && others ? others.filter((item) => chosen.has(item.id)).map((item) => item.id) : [];
    onClose();
    navigate(`/dashboard/${encodeURIComponent(dashboard.id)}${formatUrlState({ ...urlState.peek(), kiosk, list, every: kiosk === 'tv' && list.length > 1 ? every : null })}`);
  };
  const open = async () => {
    try {
      setOthers(await listDashboards());
    } catch (error) {
      showToast(`The dashboards could not be listed: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  /** @param {string} id */
  const toggle = (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return h('fieldset', { class: 'choice' },
    h('legend', { class: 'field-label' }, 'On a screen'),
    others === null ? null : h(Fragment, null,
      h('div', { class: 'share-list', role: 'group', 'aria-label': 'Dashboards to show' }, others.map((item) => h('label', { key: item.id, class: 'choice-item' },
        h('input', { type: 'checkbox', checked: chosen.has(item.id), onChange: () => toggle(item.id) }), h('span', null, visibleText(item.name))))),
      h(SelectField, { label: 'Each for', name: 'every', value: every, options: INTERVALS, onChange: setEvery })),
    h('div', { class: 'share-buttons' },
      h(Button, { onClick: () => start('1') }, 'This dashboard alone'),
      others === null ? h(Button, { onClick: open }, 'Several in turn…') : h(Button, { kind: 'primary', onClick: () => start('tv') }, 'Start')));
}
