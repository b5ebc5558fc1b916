// A new host: a token, commands that are ready to be pasted, and a wait for what comes.
import { Fragment, h, useEffect, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyBlock } from '../ui/copy-block.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { Icon } from '../ui/icon.js';
import { Tabs } from '../ui/tabs.js';
import { useStyle } from '../ui/use-style.js';
import { createToken } from '../api/tokens.js';
import { CONNECTORS, isLocalOrigin } from '../lib/connectors.js';
import { visibleText } from '../lib/labels.js';
import { speak } from '../state/notices.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').ApiTokenCreate} ApiTokenCreate */
/** @typedef {import('../../types/app').Host} Host */

/**
 * @typedef {object} ConnectHostProps
 * @property {import('../state/host-list.js').HostList} list
 * @property {() => void} onClose
 * @property {(name: string) => void} onOpen
 */

/** @param {ConnectHostProps} props */
export function ConnectHostDialog({ list, onClose, onOpen }) {
  const [secret, setSecret] = useState('');
  return secret === '' ? h(TokenStep, { onClose, onMade: setSecret }) : h(CommandStep, { list, secret, onClose, onOpen });
}

const LABELS = { name: 'Name of the token' };

/** @param {{onClose: () => void, onMade: (secret: string) => void}} props */
function TokenStep({ onClose, onMade }) {
  const [name, setName] = useState('hosts');
  const { errors, isBusy, form } = useForm({
    model: 'ApiTokenCreate',
    labels: LABELS,
    read: () => /** @type {ApiTokenCreate} */ ({ name: name.trim(), scope: 'ingest' }),
    send: async (wish) => onMade((await createToken(wish)).secret),
  });
  return h(Dialog, { title: 'Connect a host', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h('p', { class: 'dialog-text' }, 'Whoever sends samples needs a token. It can send, and see nothing. One will do for many hosts.'),
      h(TextField, { label: LABELS.name, name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Make a token'))));
}

/** @param {ConnectHostProps & {secret: string}} props */
function CommandStep({ list, secret, onClose, onOpen }) {
  // The tabs'.
  useStyle('/static/styles/panel-page.css');
  const [kind, setKind] = useState(CONNECTORS[0]?.value ?? '');
  const connector = CONNECTORS.find((item) => item.value === kind);
  const { origin } = window.location;
  return h(Dialog, { title: 'Connect a host', onClose, isStubborn: true, isWide: true },
    h('p', { class: 'dialog-text' }, 'Store the token now: it is not shown again.'),
    h(CopyField, { text: secret, label: 'Token' }),
    isLocalOrigin(window.location.hostname) ? h('p', { class: 'connect-note' }, h(Icon, { name: 'info' }), `Other machines do not reach ${window.location.host}: put the name or address of this one in its place.`) : null,
    h(Tabs, {
      label: 'What sends', value: kind, onChange: setKind, tabs: CONNECTORS,
      children: connector ? h(Fragment, null,
        h('p', { class: 'connect-text' }, connector.text),
        h(CopyBlock, { key: kind, text: connector.command(origin, secret), label: connector.label })) : null,
    }),
    h(Listening, { list, onOpen: (name) => { onClose(); onOpen(name); } }),
    h('div', { class: 'form-actions' }, h(Button, { kind: 'primary', onClick: onClose }, 'Done')));
}

const LOOK_MS = 2000;

/**
 * Says which hosts were not there when the dialogue was opened.
 * @param {{list: import('../state/host-list.js').HostList, onOpen: (name: string) => void}} props
 */
function Listening({ list, onOpen }) {
  const known = useRef(new Set((list.hosts.peek() ?? []).map((host) => host.name)));
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) list.look();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [list]);
  const fresh = (list.hosts.value ?? []).filter((host) => !known.current.has(host.name));
  const text = fresh.map(describeFirst).join('; ');
  useEffect(() => {
    if (text !== '') speak(text);
  }, [text]);
  if (fresh.length === 0) return h('p', { class: 'connect-wait', role: 'status' }, h('span', { class: 'connect-pulse', 'aria-hidden': 'true' }), 'Listening for a new host…');
  return h('ul', { class: 'connect-found' }, fresh.map((host) => h('li', { key: host.name },
    h(Icon, { name: 'check' }), h('span', null, describeFirst(host)), h(Button, { kind: 'quiet', onClick: () => onOpen(host.name) }, 'Look at it'))));
}

/** @param {Host} host */
function describeFirst(host) {
  return `First data from ${visibleText(host.name)}, ${host.seriesCount} series`;
}
