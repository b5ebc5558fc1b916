// The own account: password and theme.
import { Fragment, h, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Choice, fieldSentence, focusFirstError, TextField } from '../ui/field.js';
import { PageHeader } from '../ui/page-header.js';
import { ApiError, messageOf } from '../api/client.js';
import { changePassword } from '../api/session.js';
import { showToast, speak } from '../state/notices.js';
import { user } from '../state/session.js';
import { setTheme, themeChoice } from '../state/theme.js';
import { SettingsTabs } from './settings-tabs.js';
import { PASSWORD_MIN } from './setup-page.js';

const THEME_OPTIONS = [
  { value: 'system', label: 'As the system' },
  { value: 'dark', label: 'Dark' },
  { value: 'light', label: 'Light' },
];

export function ProfilePage() {
  return h(Fragment, null,
    h(PageHeader, { title: 'Profile', parent: { label: 'Settings', href: '/settings/profile' }, onAnnounce: speak }),
    h('div', { class: 'page-body is-narrow' },
      h(SettingsTabs, { current: '/settings/profile' }),
      h('section', { class: 'card' },
        h('h2', { class: 'card-title' }, 'Account'),
        h('dl', { class: 'facts' },
          h('dt', null, 'E-mail'), h('dd', null, user.value?.email ?? ''),
          h('dt', null, 'Role'), h('dd', null, user.value?.role ?? ''))),
      h('section', { class: 'card' },
        h('h2', { class: 'card-title' }, 'Theme'),
        h(Choice, {
          label: 'Colours of this browser', name: 'theme', value: themeChoice.value, options: THEME_OPTIONS,
          onChange: (value) => setTheme(/** @type {import('../state/theme.js').Theme} */ (value)),
        })),
      h('section', { class: 'card' },
        h('h2', { class: 'card-title' }, 'Password'),
        h(PasswordForm, {}))));
}

function PasswordForm() {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    /** @type {Record<string, string>} */
    const found = next.length < PASSWORD_MIN ? { next: `Use at least ${PASSWORD_MIN} characters` } : {};
    setErrors(found);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return;
    }
    setBusy(true);
    try {
      await changePassword(current, next);
      setCurrent('');
      setNext('');
      showToast('Password changed');
    } catch (error) {
      setErrors(passwordErrors(error));
      focusFirstError(form.current);
    } finally {
      setBusy(false);
    }
  };
  return h('form', { class: 'form', onSubmit: submit, noValidate: true, ref: form },
    errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
    h('input', { type: 'text', name: 'username', autocomplete: 'username', value: user.value?.email ?? '', hidden: true, readOnly: true }),
    h(TextField, { label: 'Current password', name: 'current', type: 'password', autocomplete: 'current-password', value: current, onInput: setCurrent, error: errors.current ?? null }),
    h(TextField, { label: 'New password', name: 'next', type: 'password', autocomplete: 'new-password', value: next, onInput: setNext, error: errors.next ?? null, help: `At least ${PASSWORD_MIN} characters` }),
    h('div', { class: 'form-actions' }, h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Change password')));
}

/**
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
function passwordErrors(error) {
  if (!(error instanceof ApiError)) return { form: messageOf(error) };
  /** @type {Record<string, string>} */
  const found = {};
  for (const detail of error.details) {
    if (detail.field.endsWith('newPassword')) found.next = fieldSentence('New password', detail.message);
    if (detail.field.endsWith('currentPassword')) found.current = 'This is not your current password';
  }
  if (Object.keys(found).length > 0) return found;
  // Not signed out: the session is good, the current password is not.
  return error.status === 401 || error.status === 403 ? { current: 'This is not your current password' } : { form: error.message };
}
