// The own account: theme, time zone, password, and where it is signed in.
import { Fragment, h, useMemo, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Choice, TextField } from '../ui/field.js';
import { PageHeader } from '../ui/page-header.js';
import { SelectField } from '../ui/select.js';
import { changePassword } from '../api/session.js';
import { errorsByField } from '../lib/faults.js';
import { formatDateTime } from '../lib/time.js';
import { validateRequest } from '../lib/validate.js';
import { isKnownZone, zoneName } from '../lib/zone.js';
import { hasShortcuts, setShortcuts } from '../state/browser-settings.js';
import { nowMs, showToast, speak } from '../state/notices.js';
import { preferredZone, setTheme, setZone } from '../state/preferences.js';
import { user } from '../state/session.js';
import { hasLessMotion, setLessMotion, themeChoice } from '../state/theme.js';
import { SessionsSection } from './sessions-section.js';
import { SettingsTabs } from './settings-tabs.js';
import { errorsOf, useForm } from './use-form.js';

/** @typedef {import('../../types/app').PasswordChange} PasswordChange */

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
        h('h2', { class: 'card-title' }, 'Appearance'),
        h('div', { class: 'form' },
          h(Choice, {
            label: 'Theme', name: 'theme', value: themeChoice.value, options: THEME_OPTIONS,
            onChange: (value) => { setTheme(/** @type {import('../state/theme.js').Theme} */ (value)); },
          }),
          h(ZoneField, {}))),
      h('section', { class: 'card' },
        h('h2', { class: 'card-title' }, 'This browser'),
        h('div', { class: 'form' },
          h(BrowserSwitch, { label: 'Shortcuts of single keys', help: 'Press ? on any page for the list. Those with Ctrl stay.', isOn: hasShortcuts.value, onChange: setShortcuts }),
          h(BrowserSwitch, { label: 'Less motion', help: 'As when the system asks for it.', isOn: hasLessMotion.value, onChange: setLessMotion }))),
      h('section', { class: 'card' },
        h('h2', { class: 'card-title' }, 'Password'),
        h(PasswordForm, {})),
      h(SessionsSection, {})));
}

/** @param {{label: string, help: string, isOn: boolean, onChange: (isOn: boolean) => void}} props */
function BrowserSwitch({ label, help, isOn, onChange }) {
  return h('label', { class: 'choice-item' },
    h('input', {
      type: 'checkbox', role: 'switch', checked: isOn,
      onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
    }),
    h('span', { class: 'choice-text' }, h('span', null, label), h('span', { class: 'field-help' }, help)));
}

/** @returns {{value: string, label: string}[]} */
function listZones() {
  const names = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');
  const own = preferredZone.peek();
  if (own !== '' && own !== 'UTC' && !names.includes(own)) names.unshift(own);
  return [
    { value: '', label: `As this browser (${zoneName('')})` },
    { value: 'UTC', label: 'UTC' },
    ...names.map((name) => ({ value: name, label: name.replaceAll('_', ' ') })),
  ];
}

/** Saved as soon as it is chosen. */
function ZoneField() {
  const options = useMemo(listZones, []);
  const [error, setError] = useState('');
  const zone = preferredZone.value;
  const save = async (/** @type {string} */ wanted) => {
    const labels = { timezone: 'Time zone' };
    const found = errorsByField(validateRequest('Preferences', { timezone: wanted === '' ? null : wanted }), labels);
    try {
      if (Object.keys(found).length === 0) {
        await setZone(wanted);
        setError('');
        showToast('Time zone saved');
        return;
      }
      setError(found.timezone ?? '');
    } catch (failure) {
      const errors = errorsOf(failure, labels);
      setError(errors.timezone ?? errors.form ?? '');
    }
  };
  const shown = isKnownZone(zone) ? zone : '';
  return h(SelectField, {
    label: 'Time zone', name: 'timezone', value: zone, options, onChange: (value) => { save(value); }, error: error || null,
    help: `Times and days on dashboards. It is ${formatDateTime(nowMs.value, shown)} there.`,
  });
}

const PASSWORD_LABELS = { currentPassword: 'Current password', newPassword: 'New password' };

function PasswordForm() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { errors, isBusy, form } = useForm({
    model: 'PasswordChange',
    labels: PASSWORD_LABELS,
    read: () => /** @type {PasswordChange} */ ({ currentPassword: current, newPassword: next }),
    send: async (request) => {
      await changePassword(request.currentPassword, request.newPassword);
      setCurrent('');
      setNext('');
      showToast('Password changed. Your other browsers are signed out.');
    },
  });
  return h('form', form,
    errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
    h('input', { type: 'text', name: 'username', autocomplete: 'username', value: user.value?.email ?? '', hidden: true, readOnly: true }),
    h(TextField, {
      label: PASSWORD_LABELS.currentPassword, name: 'currentPassword', type: 'password', autocomplete: 'current-password', value: current,
      onInput: setCurrent, error: errors.currentPassword ?? null,
    }),
    h(TextField, {
      label: PASSWORD_LABELS.newPassword, name: 'newPassword', type: 'password', autocomplete: 'new-password', value: next, onInput: setNext,
      error: errors.newPassword ?? null, help: 'At least 8 characters',
    }),
    h('div', { class: 'form-actions' }, h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Change password')));
}
