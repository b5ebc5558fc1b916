// Channels that messages go to, for admins: cards with a test, a switch, the form of their kind.
import { Fragment, h, useEffect, useLate, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import { Message, PageHeader, useFocusAfterDelete } from '../ui/page-header.js';
import { Switch } from '../ui/switch.js';
import { listRules } from '../api/alerts.js';
import { deleteChannel, listChannels, testChannel, updateChannel } from '../api/channels.js';
import { isAbort, messageOf } from '../api/client.js';
import { CHANNEL_KINDS, describeTarget } from '../lib/channel-types.js';
import { visibleText } from '../lib/labels.js';
import { showToast, speak } from '../state/notices.js';
import { isAdmin } from '../state/session.js';
import { AdminsOnly, SettingsTabs } from './settings-tabs.js';

/** @typedef {import('../../types/app').Channel} Channel */
/** @typedef {import('../../types/app').AlertRule} AlertRule */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', list: Channel[], rules: AlertRule[], message: string}} ListState */
/** @typedef {{kind: 'form', channel: Channel | null} | {kind: 'delete', channel: Channel}} Open */

export function ChannelsPage() {
  return isAdmin() ? h(Channels, {}) : h(AdminsOnly, { title: 'Channels' });
}

const loadDialog = async () => (await import('./channel-dialog.js')).ChannelDialog;

/** @param {import('./channel-dialog.js').ChannelDialogProps} props */
function LateDialog(props) {
  const { loaded } = useLate(loadDialog);
  return loaded ? h(loaded, props) : null;
}

function Channels() {
  const [state, setState] = useState(/** @type {ListState} */ ({ phase: 'loading', list: [], rules: [], message: '' }));
  const [open, setOpen] = useState(/** @type {Open | null} */ (null));
  const [attempt, setAttempt] = useState(0);
  const reload = () => setAttempt((count) => count + 1);
  const expectDelete = useFocusAfterDelete(state.list);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all([listChannels(abort.signal), listRules(abort.signal)]).then(([list, { list: rules }]) => setState({ phase: 'ready', list, rules, message: '' })).catch((error) => {
      if (!isAbort(error)) setState({ phase: 'failed', list: [], rules: [], message: messageOf(error) });
    });
    return () => abort.abort();
  }, [attempt]);
  const put = (/** @type {Channel} */ next) => setState((current) => ({ ...current, list: current.list.map((one) => (one.id === next.id ? next : one)) }));
  const { phase, list, rules } = state;
  const create = h(Button, { kind: 'primary', icon: 'plus', onClick: () => setOpen({ kind: 'form', channel: null }) }, 'New channel');
  return h(Fragment, null,
    h(PageHeader, { title: 'Channels', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak }, list.length > 0 ? create : null),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/channels' }),
      h('p', { class: 'page-lead' }, 'Where messages about alerts go. Each rule chooses among them. ', h('a', { href: '/alerts/history?tab=deliveries' }, 'What was sent')),
      phase === 'loading' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      phase === 'failed' ? h(Message, { icon: 'critical', title: state.message, children: h(Button, { icon: 'refresh', onClick: reload }, 'Retry') }) : null,
      phase === 'ready' && list.length === 0 ? h(Message, { icon: 'share', title: 'No channels yet', text: 'Alerts are shown on the pages, and nobody is told. A channel tells people by mail, chat or phone.', children: create }) : null,
      list.length > 0 ? h('ul', { class: 'channels' }, list.map((channel) => h(Card, {
        key: channel.id, channel, rules: rules.filter((rule) => rule.notification.channels?.includes(channel.id)), onPut: put, onOpen: setOpen,
      }))) : null),
    open?.kind === 'form' ? h(LateDialog, { channel: open.channel, onClose: () => setOpen(null), onSaved: reload }) : null,
    open?.kind === 'delete' ? h(DeleteDialog, {
      channel: open.channel,
      onClose: () => setOpen(null),
      onDone: () => {
        expectDelete();
        reload();
      },
    }) : null);
}

/** @param {{channel: Channel, rules: AlertRule[], onPut: (channel: Channel) => void, onOpen: (open: Open) => void}} props */
function Card({ channel, rules, onPut, onOpen }) {
  const name = visibleText(channel.name);
  const kind = CHANNEL_KINDS[channel.type];
  const uses = rules.length === 0 ? 'used by no rule' : `used by ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`;
  const { result, isBusy, test } = useTest(channel);
  // Shown at once, taken back when the server refuses.
  const toggle = async (/** @type {boolean} */ enabled) => {
    onPut({ ...channel, enabled });
    try {
      onPut(await updateChannel(channel.id, { enabled }));
      speak(`${name} is ${enabled ? 'on' : 'off'}`);
    } catch (error) {
      onPut(channel);
      showToast(`Not changed: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  return h('li', { class: channel.enabled ? 'channel' : 'channel is-off', 'aria-label': name },
    h('div', { class: 'channel-head' },
      h('svg', { class: 'icon channel-icon', width: 20, height: 20, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, h('path', { d: kind.drawing })),
      h('div', { class: 'channel-text' },
        h('h2', { class: 'channel-name', title: name }, name),
        h('p', { class: 'channel-target' }, h('span', { class: 'chip' }, kind.label), ' ', visibleText(describeTarget(channel))),
        h('p', { class: 'channel-uses', title: rules.map((rule) => visibleText(rule.name)).join('\n') }, uses)),
      h(Switch, { label: `${name} is on`, isOn: channel.enabled, onChange: toggle })),
    h('div', { class: 'channel-actions' },
      h(Button, { isBusy, onClick: test, aria: { 'aria-label': `Send a test to ${name}` } }, 'Send a test'),
      h(Button, { kind: 'quiet', onClick: () => onOpen({ kind: 'form', channel }), aria: { 'aria-label': `Edit ${name}` } }, 'Edit'),
      h(Button, { kind: 'quiet', onClick: () => onOpen({ kind: 'delete', channel }), aria: { 'aria-label': `Delete ${name}` } }, 'Delete')),
    h('div', { role: 'status', class: 'channel-answer' }, result ? h(Answer, result) : null));
}

/** @typedef {{isGood: boolean, answer: string}} Result */

/** @param {Channel} channel */
function useTest({ id, updatedAt }) {
  const [result, setResult] = useState(/** @type {Result | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  // What it said before a change says nothing of it now.
  useEffect(() => setResult(null), [updatedAt]);
  const test = async () => {
    setBusy(true);
    setResult(null);
    try {
      const { delivered, answer } = await testChannel(id);
      setResult({ isGood: delivered, answer });
    } catch (error) {
      setResult({ isGood: false, answer: messageOf(error) });
    }
    setBusy(false);
  };
  return { result, isBusy, test };
}

/** The receiver's own words. @param {Result} props */
function Answer({ isGood, answer }) {
  return h('div', { class: isGood ? 'test-answer is-good' : 'test-answer' },
    h('span', { class: 'test-result' }, h(Icon, { name: isGood ? 'check' : 'critical', size: 15 }), isGood ? 'Accepted' : 'Not delivered'),
    h('pre', null, answer.split(/\r?\n/).map(visibleText).join('\n')));
}

/** @param {{channel: Channel, onClose: () => void, onDone: () => void}} props */
function DeleteDialog({ channel, onClose, onDone }) {
  const [isBusy, setBusy] = useState(false);
  const [rules, setRules] = useState(/** @type {AlertRule[] | null} */ (null));
  const name = visibleText(channel.name);
  // As of now, not as of when the page was opened.
  useEffect(() => {
    const abort = new AbortController();
    listRules(abort.signal).then(({ list }) => setRules(list.filter((rule) => rule.notification.channels?.includes(channel.id)))).catch(() => {
      if (!abort.signal.aborted) setRules([]);
    });
    return () => abort.abort();
  }, []);
  const remove = async () => {
    setBusy(true);
    try {
      await deleteChannel(channel.id);
      showToast(`Deleted "${name}"`);
      onDone();
    } catch (error) {
      showToast(`Not deleted: ${messageOf(error)}`, { kind: 'error' });
    }
    onClose();
  };
  return h(Dialog, { title: `Delete "${name}"?`, onClose },
    h('div', { class: 'dialog-text', 'aria-busy': rules === null },
      rules === null ? h('p', null, 'Looking which rules use it…')
        : rules.length === 0 ? h('p', null, 'No rule uses it. Messages that wait for it are dropped.')
          : h(Fragment, null,
            h('p', null, rules.length === 1 ? 'This rule tells it, and will tell it no more:' : `These ${rules.length} rules tell it, and will tell it no more:`),
            h('ul', { class: 'channel-rules' }, rules.slice(0, 20).map((rule) => h('li', { key: rule.id }, h('a', { href: `/alerts/rules/${encodeURIComponent(rule.id)}` }, visibleText(rule.name))))),
            rules.length > 20 ? h('p', null, `and ${rules.length - 20} more`) : null)),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { kind: 'danger', isBusy: isBusy || rules === null, onClick: remove }, 'Delete')));
}
