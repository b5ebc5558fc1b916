// First run: the first account, then straight to a live dashboard of this host.
import { batch, h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/check-field.js';
import { TextField } from '../ui/field.js';
import { usePageTitle } from '../ui/page-header.js';
import { Brand } from '../ui/shell.js';
import { createLibraryRules } from '../api/alert-library.js';
import { ApiError, messageOf } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { createFirstAccount } from '../api/session.js';
import { navigate } from '../state/location.js';
import { showToast, speak } from '../state/notices.js';
import { enter, hasAgent, isCodeRequired } from '../state/session.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').SetupRequest} SetupRequest */

const LABELS = { email: 'E-mail', password: 'Password', code: 'Set-up code' };
const STARTER_NAME = 'This box';
// Of the rules that come with metricbox, those about a machine.
const BOX_RULES = ['host-silent', 'disk-full-soon', 'disk-nearly-full', 'cpu-busy', 'memory-short'];

/** The starter dashboard's address; the list when somebody deleted it. */
async function findStart() {
  try {
    const list = await listDashboards();
    const starter = list.find((item) => item.name === STARTER_NAME) ?? list[0];
    return starter ? `/dashboard/${starter.id}` : '/';
  } catch {
    return '/';
  }
}

/** The account is there by now; rules that are not can be made at any time. */
async function watchBox() {
  try {
    await createLibraryRules({ ids: BOX_RULES });
  } catch (error) {
    showToast(`The rules that watch this box were not made: ${messageOf(error)} Alerts, Rules, Built-in rules makes them.`, { kind: 'error', lastsMs: 20_000 });
  }
}

export function SetupPage() {
  const heading = usePageTitle('Set up', speak);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [watches, setWatches] = useState(true);
  const needsCode = isCodeRequired.value;
  const { errors, isBusy, form } = useForm({
    model: 'SetupRequest',
    labels: LABELS,
    read: () => /** @type {SetupRequest} */ ({ email: email.trim(), password, code: code.trim() === '' ? undefined : code.trim() }),
    check: (request) => (needsCode && request.code === undefined ? { code: 'Set-up code is required' } : /** @type {Record<string, string>} */ ({})),
    send: async (request) => {
      const user = await createFirstAccount(request);
      const [start] = await Promise.all([findStart(), watches && hasAgent.peek() ? watchBox() : null]);
      // In one step: between the two, the page would belong to nobody and be sent to the form again.
      batch(() => {
        enter(user);
        navigate(start, { replace: true });
      });
    },
    explain: (error) => {
      if (!(error instanceof ApiError && error.status === 403)) return null;
      isCodeRequired.value = true;
      return { code: error.message };
    },
  });

  return h('main', { class: 'gate' }, h('div', { class: 'gate-card' },
    h(Brand, {}),
    h('h1', { class: 'gate-title', tabIndex: -1, ref: heading }, 'Welcome to metricbox'),
    h('p', { class: 'gate-text' }, 'Create the first account. It is the administrator, and the next page is a live dashboard of this machine.'),
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.email, name: 'email', type: 'email', autocomplete: 'username', value: email, onInput: setEmail, error: errors.email ?? null, hasFocus: true, isRequired: true }),
      h(TextField, { label: LABELS.password, name: 'password', type: 'password', autocomplete: 'new-password', value: password, onInput: setPassword, error: errors.password ?? null, help: 'At least 8 characters. A few words are stronger than a riddle.', isRequired: true }),
      needsCode ? h(TextField, { label: LABELS.code, name: 'code', autocomplete: 'one-time-code', value: code, onInput: setCode, error: errors.code ?? null, help: 'metricbox printed it in its terminal or log when it started.', isRequired: true }) : null,
      hasAgent.value ? h(CheckField, {
        label: 'Watch this box', value: watches, onChange: setWatches, help: 'Alert rules for a silent host, full disks, a busy CPU and short memory. They show on the alerts page; whom they tell is for you to choose there.',
      }) : null,
      h(Button, { type: 'submit', kind: 'primary', isBusy }, isBusy ? 'Creating…' : 'Create account'))));
}
