// Silences: what is muted now, what will be and what was, as a list or as the week that they fall into.
import { Fragment, h, useLate, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Message } from '../../ui/page-header.js';
import { loadStyle } from '../../ui/style-sheet.js';
import { useStyle } from '../../ui/use-style.js';
import { messageOf, serverNowMs } from '../../api/client.js';
import { deleteSilence, listSilences, updateSilence } from '../../api/silences.js';
import { formatDateTime } from '../../lib/time.js';
import { visibleText } from '../../lib/labels.js';
import { describeMatcher, describePeriod, describeRecurrence, nextWindow, phaseOf } from '../../lib/silences.js';
import { lookAtAlerts } from '../../state/alerts.js';
import { nowMs, showToast } from '../../state/notices.js';
import { deleteWithUndo, pendingDeletes } from '../../state/pending-deletes.js';
import { preferredZone } from '../../state/preferences.js';
import { canEdit } from '../../state/session.js';
import { usePolledList } from './use-polled-list.js';

/** @typedef {import('../../../types/app').Silence} Silence */
/** @typedef {{kind: 'new' | 'edit' | 'again', silence: Silence | null}} Open again: the same anew, of one that ended */

const INTERVAL_MS = 30_000;
const ENDED_SHOWN = 20;

// Its fields are drawn elsewhere as well.
const DIALOG_STYLES = ['/static/styles/panel-page.css', '/static/styles/time.css'];
const loadDialog = async () => (await Promise.all([import('./silence-dialog.js'), ...DIALOG_STYLES.map(loadStyle)]))[0].SilenceDialog;
const loadWeek = async () => (await import('./silence-week.js')).SilenceWeek;

/** By the server's clock, which the times are of; the page's own may be off. */
function clockMs() {
  return nowMs.value + serverNowMs() - Date.now();
}

export function SilencesTab() {
  const isReady = useStyle('/static/styles/silences.css');
  const list = usePolledList(async (_, signal) => ({ list: await listSilences(signal) }), '', INTERVAL_MS);
  const [open, setOpen] = useState(/** @type {Open | null} */ (null));
  const [isWeek, setWeek] = useState(false);
  const { phase, found, message } = list;
  const changed = () => {
    list.refresh();
    lookAtAlerts();
  };
  const put = (/** @type {Silence} */ next) => list.change((shown) => ({ list: shown.list.map((one) => (one.id === next.id ? next : one)) }));
  const silences = found?.list.filter((one) => !pendingDeletes.value.has(one.id)) ?? [];
  const create = canEdit() ? h(Button, { kind: 'primary', icon: 'plus', onClick: () => setOpen({ kind: 'new', silence: null }) }, 'New silence') : null;
  if (!isReady) return h('div', { 'aria-busy': 'true' });
  return h('div', { class: 'silences' },
    found && silences.length > 0 ? h('div', { class: 'filters' },
      h('div', { class: 'filter-group', role: 'group', 'aria-label': 'View' }, [false, true].map((value) => h('button', {
        key: String(value), type: 'button', class: 'filter', 'aria-pressed': isWeek === value, onClick: () => setWeek(value),
      }, value ? 'Week' : 'List'))),
      h('span', { class: 'filter-count' }), create) : null,
    phase === 'failed' ? h(Message, { icon: 'critical', title: message, children: h(Button, { icon: 'refresh', onClick: list.refresh }, 'Retry') }) : null,
    phase === 'ready' && message !== '' ? h('p', { class: 'form-error', role: 'alert' }, `The list could not be renewed: ${message}`) : null,
    phase === 'loading' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
    found && silences.length === 0 ? h(Message, {
      icon: 'bellOff', title: 'Nothing is silenced', text: 'A silence mutes alerts while you work on what they watch, or every night while backups run. They fire still, and nobody is told.', children: create,
    }) : null,
    silences.length > 0 && isWeek ? h(LateWeek, { silences, onOpen: canEdit() ? (silence) => setOpen({ kind: 'edit', silence }) : null }) : null,
    silences.length > 0 && !isWeek ? h(Groups, { silences, onOpen: setOpen, onPut: put, onChanged: changed }) : null,
    open ? h(LateDialog, { ...open, onClose: () => setOpen(null), onSaved: changed }) : null);
}

/** @param {import('./silence-dialog.js').SilenceDialogProps} props */
function LateDialog(props) {
  const { loaded } = useLate(loadDialog);
  return loaded ? h(loaded, props) : null;
}

/** @param {import('./silence-week.js').SilenceWeekProps} props */
function LateWeek(props) {
  const { loaded } = useLate(loadWeek);
  return loaded ? h(loaded, props) : h('div', { class: 'week', 'aria-busy': 'true' });
}

/**
 * @typedef {object} GroupsProps
 * @property {Silence[]} silences
 * @property {(open: Open) => void} onOpen
 * @property {(silence: Silence) => void} onPut shown ahead of the server's answer
 * @property {() => void} onChanged
 */

/** @type {{phase: import('../../lib/silences.js').SilencePhase, title: string, none: string}[]} */
const GROUPS = [
  { phase: 'active', title: 'Active', none: 'Nothing is silenced now.' },
  { phase: 'coming', title: 'Coming', none: '' },
  { phase: 'ended', title: 'Ended', none: '' },
];

/** @param {GroupsProps} props */
function Groups({ silences, ...actions }) {
  const now = clockMs();
  return h(Fragment, null, GROUPS.map(({ phase, title, none }) => {
    const list = silences.filter((one) => phaseOf(one, now) === phase);
    if (phase === 'coming') list.sort((left, right) => (nextWindow(left, now)?.startMs ?? 0) - (nextWindow(right, now)?.startMs ?? 0));
    if (list.length === 0 && none === '') return null;
    return h('section', { key: phase, class: 'silence-group', 'aria-label': title },
      h('h2', { class: 'silence-title' }, `${title} `, h('span', { class: 'silence-count' }, list.length)),
      list.length === 0 ? h('p', { class: 'silence-none' }, none) : h(List, { list, phase, now, ...actions }));
  }));
}

/** @param {Omit<GroupsProps, 'silences'> & {list: Silence[], phase: import('../../lib/silences.js').SilencePhase, now: number}} props */
function List({ list, ...props }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole || props.phase !== 'ended' ? list : list.slice(0, ENDED_SHOWN);
  return h(Fragment, null,
    h('ul', { class: 'silence-list' }, shown.map((silence) => h(Item, { key: silence.id, silence, ...props }))),
    shown.length < list.length ? h(Button, { kind: 'quiet', onClick: () => setWhole(true) }, `Show all ${list.length}`) : null);
}

/** @param {Omit<GroupsProps, 'silences'> & {silence: Silence, phase: import('../../lib/silences.js').SilencePhase, now: number}} props */
function Item({ silence, phase, now, onOpen, onPut, onChanged }) {
  const reason = visibleText(silence.reason);
  const name = (/** @type {string} */ word) => ({ 'aria-label': `${word} "${reason}"` });
  const isAhead = Date.parse(silence.startsAt) > now;
  return h('li', { class: `silence is-${phase}` },
    h('span', { class: 'silence-icon' }, h(Icon, { name: phase === 'active' ? 'bellOff' : phase === 'coming' ? 'clock' : 'check', size: 18, label: phase })),
    h('div', { class: 'silence-text' },
      h('p', { class: 'silence-reason' }, reason),
      h('p', { class: 'silence-matchers' }, silence.matchers.map((matcher, index) => h('span', { key: index, class: 'chip' }, describeMatcher(matcher)))),
      h('p', { class: 'silence-when' }, whenText(silence, phase, now)),
      h('p', { class: 'silence-who' }, `by ${visibleText(silence.createdBy)}`)),
    phase === 'active' ? h('span', { class: silence.muted > 0 ? 'silence-muted is-some' : 'silence-muted' }, silence.muted > 0 ? `mutes ${silence.muted} now` : 'mutes nothing now') : null,
    canEdit() ? h('div', { class: 'silence-actions' },
      phase === 'ended' ? h(Button, { kind: 'quiet', onClick: () => onOpen({ kind: 'again', silence }), aria: name('Mute again') }, 'Mute again') : h(Fragment, null,
        h(Button, { kind: 'quiet', onClick: () => onOpen({ kind: 'edit', silence }), aria: name('Edit') }, 'Edit'),
        h(Button, { onClick: () => { if (isAhead) remove(silence); else end(silence, { onPut, onChanged }); }, aria: name(isAhead ? 'Delete' : 'End') }, isAhead ? 'Delete' : 'End'))) : null);
}

/**
 * @param {Silence} silence
 * @param {import('../../lib/silences.js').SilencePhase} phase
 * @param {number} now
 */
function whenText(silence, phase, now) {
  const zone = preferredZone.value;
  const { recurrence } = silence;
  if (!recurrence) return describePeriod(silence, now, zone);
  const next = nextWindow(silence, now);
  const short = (/** @type {number} */ tsMs) => formatDateTime(tsMs, zone).slice(0, 16);
  const parts = [
    describeRecurrence(recurrence),
    next === null ? '' : phase === 'active' ? `now until ${short(next.endMs)}` : phase === 'coming' ? `next at ${short(next.startMs)}` : '',
    silence.endsAt ? describePeriod(silence, now, zone) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** One that has not begun leaves nothing behind. @param {Silence} silence */
function remove(silence) {
  deleteWithUndo(silence.id, `Deleted "${visibleText(silence.reason)}"`, () => deleteSilence(silence.id));
}

/**
 * Asks for nothing, since it can be taken back.
 * @param {Silence} silence
 * @param {Pick<GroupsProps, 'onPut' | 'onChanged'>} how
 */
async function end(silence, { onPut, onChanged }) {
  onPut({ ...silence, endsAt: new Date(serverNowMs()).toISOString(), active: false, muted: 0 });
  try {
    onPut(await updateSilence(silence.id, { endsAt: 'now' }));
    onChanged();
  } catch (error) {
    onPut(silence);
    showToast(`Not ended: ${messageOf(error)}`, { kind: 'error' });
    return;
  }
  const undo = async () => {
    try {
      onPut(await updateSilence(silence.id, { endsAt: silence.endsAt ?? null }));
      onChanged();
    } catch (error) {
      showToast(`Not taken back: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  showToast(`Ended "${visibleText(silence.reason)}"`, { action: { label: 'Undo', run: undo }, lastsMs: 10_000 });
}
