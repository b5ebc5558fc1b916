// First run: the first account, then straight to a live dashboard of this host.
import { batch, h, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { fieldSentence, focusFirstError, TextField } from '../ui/field.js';
import { usePageTitle } from '../ui/page-header.js';
import { Brand } from '../ui/shell.js';
import { ApiError, messageOf } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { createFirstAccount } from '../api/session.js';
import { navigate } from '../state/location.js';
import { speak } from '../state/notices.js';
import { enter, isCodeRequired } from '../state/session.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {{email: string, password: string, code: string}} Values */

/** @type {Record<string, string>} */
const LABELS = { email: 'E-mail', password: 'Password', code: 'Set-up code' };
const STARTER_NAME = 'This host';
export const PASSWORD_MIN = 8;

/**
 * What can be said before the server is asked; the server has the last word.
 * @param {Values} values
 * @param {boolean} needsCode
 * @returns {Record<string, string>}
 */
function check(values, needsCode) {
  /** @type {Record<string, string>} */
  const errors = {};
  if (!/^\S+@\S+$/.test(values.email.trim())) errors.email = 'Enter an e-mail address, like you@example.com';
  if (values.password.length < PASSWORD_MIN) errors.password = `Use at least ${PASSWORD_MIN} characters`;
  if (needsCode && values.code.trim() === '') errors.code = 'Enter the set-up code';
  return errors;
}

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

export function SetupPage() {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const heading = usePageTitle('Set up', speak);
  const [values, setValues] = useState(/** @type {Values} */ ({ email: '', password: '', code: '' }));
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const needsCode = isCodeRequired.value;
  /** @param {keyof Values} name */
  const set = (name) => (/** @type {string} */ value) => setValues((current) => ({ ...current, [name]: value }));

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    const found = check(values, needsCode);
    setErrors(found);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return;
    }
    setBusy(true);
    try {
      const code = values.code.trim();
      const user = await createFirstAccount({ email: values.email.trim(), password: values.password, ...(code === '' ? {} : { code }) });
      const start = await findStart();
      // In one step: between the two, the page would belong to nobody and be sent to the form again.
      batch(() => {
        enter(user);
        navigate(start, { replace: true });
      });
    } catch (error) {
      setBusy(false);
      if (error instanceof ApiError && error.status === 403) isCodeRequired.value = true;
      setErrors(errorsOf(error));
      focusFirstError(form.current);
    }
  };

  return h('main', { class: 'gate' }, h('div', { class: 'gate-card' },
    h(Brand, {}),
    h('h1', { class: 'gate-title', tabIndex: -1, ref: heading }, 'Welcome to metricbox'),
    h('p', { class: 'gate-text' }, 'Create the first account. It is the administrator, and the next page is a live dashboard of this machine.'),
    h('form', { class: 'form', onSubmit: submit, noValidate: true, ref: form },
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: 'E-mail', name: 'email', type: 'email', autocomplete: 'username', value: values.email, onInput: set('email'), error: errors.email ?? null, hasFocus: true, isRequired: true }),
      h(TextField, { label: 'Password', name: 'password', type: 'password', autocomplete: 'new-password', value: values.password, onInput: set('password'), error: errors.password ?? null, help: `At least ${PASSWORD_MIN} characters. A few words are stronger than a riddle.`, isRequired: true }),
      needsCode ? h(TextField, { label: 'Set-up code', name: 'code', autocomplete: 'one-time-code', value: values.code, onInput: set('code'), error: errors.code ?? null, help: 'metricbox printed it in its terminal or log when it started.', isRequired: true }) : null,
      h(Button, { type: 'submit', kind: 'primary', isBusy }, isBusy ? 'Creating…' : 'Create account'))));
}

/**
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
function errorsOf(error) {
  /** @type {Record<string, string>} */
  const found = {};
  if (error instanceof ApiError) {
    for (const detail of error.details) {
      const name = detail.field.split('.').at(-1) ?? '';
      const label = LABELS[name];
      if (label) found[name] = fieldSentence(label, detail.message);
    }
    if (error.status === 403 && !found.code) found.code = error.message;
  }
  if (Object.keys(found).length === 0) found.form = messageOf(error);
  return found;
}
