// API tokens: list, create with the secret shown once, revoke.
import { Fragment, h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Message, PageHeader, useFocusAfterDelete } from '../ui/page-header.js';
import { isAbort, messageOf } from '../api/client.js';
import { listTokens, revokeToken } from '../api/tokens.js';
import { describeExpiry } from '../lib/durations.js';
import { visibleText } from '../lib/labels.js';
import { countRules, describeRule } from '../lib/relabel.js';
import { formatDateTime } from '../lib/time.js';
import { nowMs, showToast, speak } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';
import { user } from '../state/session.js';
import { Age } from './age.js';
import { CreateTokenDialog, SecretDialog } from './create-token-dialog.js';
import { SettingsTabs } from './settings-tabs.js';

/** @typedef {import('../../types/app').ApiToken} ApiToken */
/** @typedef {import('../../types/app').ApiTokenCreated} ApiTokenCreated */
/** @typedef {{phase: 'loading' | 'ready' | 'failed', list: ApiToken[], message: string}} ListState */
/** @typedef {{kind: 'none'} | {kind: 'create'} | {kind: 'secret', token: ApiTokenCreated} | {kind: 'revoke' | 'rules', token: ApiToken}} Open */

export function TokensPage() {
  const [state, setState] = useState(/** @type {ListState} */ ({ phase: 'loading', list: [], message: '' }));
  const [open, setOpen] = useState(/** @type {Open} */ ({ kind: 'none' }));
  const [attempt, setAttempt] = useState(0);
  const reload = () => setAttempt((count) => count + 1);
  const close = () => setOpen({ kind: 'none' });
  const expectDelete = useFocusAfterDelete(state.list);
  useEffect(() => {
    const abort = new AbortController();
    listTokens(abort.signal).then((list) => setState({ phase: 'ready', list, message: '' })).catch((error) => {
      if (!isAbort(error)) setState({ phase: 'failed', list: [], message: messageOf(error) });
    });
    return () => abort.abort();
  }, [attempt]);

  const create = h(Button, { kind: 'primary', icon: 'plus', onClick: () => setOpen({ kind: 'create' }) }, 'New token');
  return h(Fragment, null,
    h(PageHeader, { title: 'Tokens', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak }, state.list.length > 0 ? create : null),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/tokens' }),
      h('p', { class: 'page-lead' }, 'Agents and scripts send and read metrics with a token. Its secret is shown once, when it is made.'),
      state.phase === 'failed' ? h(Message, { icon: 'critical', title: state.message, children: h(Button, { icon: 'refresh', onClick: reload }, 'Retry') }) : null,
      state.phase === 'ready' && state.list.length === 0 ? h(Message, { icon: 'key', title: 'No tokens yet', text: 'Make one to push the first metric.', children: create }) : null,
      state.list.length > 0 ? h(TokenTable, { list: state.list, onRevoke: (token) => setOpen({ kind: 'revoke', token }), onRules: (token) => setOpen({ kind: 'rules', token }) }) : null),
    open.kind === 'create' ? h(CreateTokenDialog, {
      onClose: close,
      onCreated: (token) => {
        setOpen({ kind: 'secret', token });
        reload();
      },
    }) : null,
    open.kind === 'secret' ? h(SecretDialog, { token: open.token, onClose: close }) : null,
    open.kind === 'rules' ? h(RulesDialog, { token: open.token, onClose: close }) : null,
    open.kind === 'revoke' ? h(RevokeDialog, {
      token: open.token,
      onClose: close,
      onDone: () => {
        expectDelete();
        reload();
      },
    }) : null);
}

const COLUMNS = ['Name', 'Scope', 'Last used', 'Expires', 'Created'];

/** @typedef {{onRevoke: (token: ApiToken) => void, onRules: (token: ApiToken) => void}} RowActions */

/** @param {{list: ApiToken[]} & RowActions} props */
function TokenTable({ list, onRevoke, onRules }) {
  return h('div', { class: 'table-scroll is-stacking' }, h('table', { class: 'table' },
    h('thead', null, h('tr', null,
      COLUMNS.map((text) => h('th', { key: text, scope: 'col' }, text)), h('th', { scope: 'col' }, h('span', { class: 'only-spoken' }, 'Actions')))),
    h('tbody', null, list.map((token) => h(Row, { key: token.id, token, onRevoke, onRules })))));
}

/** @param {ApiToken} token */
function limitsOf(token) {
  const limits = [
    token.metricPrefix ? `metrics ${visibleText(token.metricPrefix)}…` : '',
    token.maxSeries ? `at most ${token.maxSeries.toLocaleString()} series` : '',
  ];
  return limits.filter((limit) => limit !== '').join(', ');
}

/** @param {{token: ApiToken} & RowActions} props */
function Row({ token, onRevoke, onRules }) {
  const name = visibleText(token.name);
  const expiresMs = token.expiresAt ? Date.parse(token.expiresAt) : null;
  const isOver = expiresMs !== null && expiresMs <= nowMs.value;
  const limits = limitsOf(token);
  const rules = token.relabel ?? [];
  return h('tr', { class: isOver ? 'is-off' : '' },
    h('td', { class: 'is-name' }, h('span', { class: 'cell-text', title: name }, name),
      token.ownerId === user.value?.id ? null : h('span', { class: 'chip' }, 'other owner'),
      rules.length === 0 ? null : h('button', {
        type: 'button', class: 'chip is-button', title: rules.map(describeRule).join('\n'), 'aria-label': `${countRules(rules.length)} of ${name}`, onClick: () => onRules(token),
      }, countRules(rules.length)),
      limits === '' ? null : h('span', { class: 'cell-note' }, limits)),
    h('td', { 'data-label': 'Scope' }, h('span', { class: 'chip' }, token.scope)),
    h('td', { 'data-label': 'Last used' }, h(Age, { at: token.lastUsedAt, otherwise: 'never' })),
    h('td', { 'data-label': 'Expires' }, token.expiresAt && expiresMs !== null
      ? h('time', { dateTime: token.expiresAt, title: formatDateTime(expiresMs, preferredZone.value), class: isOver ? 'is-over' : '' }, describeExpiry(expiresMs, nowMs.value))
      : 'never'),
    h('td', { 'data-label': 'Created' }, h(Age, { at: token.createdAt })),
    h('td', { class: 'is-actions' }, h(Button, { kind: 'quiet', onClick: () => onRevoke(token), aria: { 'aria-label': `Revoke ${name}` } }, 'Revoke')));
}

/** @param {{token: ApiToken, onClose: () => void, onDone: () => void}} props */
function RevokeDialog({ token, onClose, onDone }) {
  const [isBusy, setBusy] = useState(false);
  const revoke = async () => {
    setBusy(true);
    try {
      await revokeToken(token.id);
      showToast(`Revoked "${visibleText(token.name)}"`);
      onDone();
    } catch (error) {
      showToast(`Not revoked: ${messageOf(error)}`, { kind: 'error' });
    }
    onClose();
  };
  // Asked for, and without undo: agents that use it are refused from this moment.
  return h(Dialog, { title: `Revoke "${visibleText(token.name)}"?`, onClose },
    h('p', { class: 'dialog-text' }, 'Whatever uses this token is refused at once. It cannot be brought back.'),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { kind: 'danger', isBusy, onClick: revoke }, 'Revoke')));
}

/** @param {{token: ApiToken, onClose: () => void}} props */
function RulesDialog({ token, onClose }) {
  return h(Dialog, { title: `Rules of "${visibleText(token.name)}"`, onClose },
    h('p', { class: 'dialog-text' }, 'What is sent with this token goes through them, in this order, before it is stored. Make a new token to change them.'),
    h('ol', { class: 'rule-list' }, (token.relabel ?? []).map((rule, index) => h('li', { key: index }, describeRule(rule)))),
    h('div', { class: 'form-actions' }, h(Button, { onClick: onClose }, 'Close')));
}
