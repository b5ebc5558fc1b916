// Making an account, and the changes to one that are asked about first.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, TextField } from '../ui/field.js';
import { messageOf } from '../api/client.js';
import { createUser, deleteUser, updateUser } from '../api/users.js';
import { visibleText } from '../lib/labels.js';
import { PASSWORD_BYTES, suggestPassword } from '../lib/suggest-password.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';
import { forget, updateSelf, user as self } from '../state/session.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').User} User */
/** @typedef {import('../../types/app').UserCreate} UserCreate */
/** @typedef {import('../../types/app').UserUpdate} UserUpdate */

const LABELS = { email: 'E-mail', role: 'Role', password: 'Password' };
const PASSWORD_HELP = 'At least 8 characters. Tell it to them yourself; they can change it under Profile.';

const ROLES = [
  { value: 'viewer', label: 'Viewer', help: 'Looks at dashboards.' },
  { value: 'editor', label: 'Editor', help: 'Also makes dashboards, and tokens that send metrics.' },
  { value: 'admin', label: 'Admin', help: 'Also manages users, settings and everything of others.' },
];

/**
 * A password for somebody else: it has to be read, so one that was suggested is shown.
 * @param {{value: string, onInput: (value: string) => void, error: string | null}} props
 */
function NewPassword({ value, onInput, error }) {
  const [isSuggested, setSuggested] = useState(false);
  const suggest = () => {
    onInput(suggestPassword(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))));
    setSuggested(true);
  };
  return h('div', { class: 'field-row' },
    h(TextField, {
      key: String(isSuggested), label: LABELS.password, name: 'password', type: isSuggested ? 'text' : 'password', autocomplete: 'new-password', value, onInput, error,
      help: PASSWORD_HELP, isRequired: true,
    }),
    h(Button, { onClick: suggest }, 'Suggest one'));
}

/** @param {{onClose: () => void, onDone: () => void}} props */
export function CreateUserDialog({ onClose, onDone }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('viewer');
  const [password, setPassword] = useState('');
  const { errors, isBusy, form } = useForm({
    model: 'UserCreate',
    labels: LABELS,
    read: () => /** @type {UserCreate} */ ({ email: email.trim(), role, password }),
    send: async (wish) => {
      await createUser(wish);
      showToast(`${visibleText(wish.email)} can sign in now`);
      onDone();
      onClose();
    },
  });
  return h(Dialog, { title: 'New user', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.email, name: 'email', type: 'email', value: email, onInput: setEmail, error: errors.email ?? null, hasFocus: true, isRequired: true }),
      h(Choice, { label: LABELS.role, name: 'role', value: role, options: ROLES, onChange: setRole, error: errors.role ?? null }),
      h(NewPassword, { value: password, onInput: setPassword, error: errors.password ?? null }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}

/** @param {{user: User, onClose: () => void}} props */
export function PasswordDialog({ user, onClose }) {
  const [password, setPassword] = useState('');
  const { errors, isBusy, form } = useForm({
    model: 'UserUpdate',
    labels: LABELS,
    read: () => /** @type {UserUpdate} */ ({ password }),
    send: async (change) => {
      await updateUser(user.id, change);
      showToast(`${visibleText(user.email)} has a new password`);
      onClose();
      // It ended this session as well.
      if (user.id === self.value?.id) forget();
    },
  });
  return h(Dialog, { title: `New password for ${visibleText(user.email)}`, onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h('p', { class: 'dialog-text' }, user.id === self.value?.id ? 'You are signed out everywhere and sign in with it.' : 'They are signed out everywhere and sign in with it.'),
      h(NewPassword, { value: password, onInput: setPassword, error: errors.password ?? null }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Set password'))));
}

/** @param {{user: User, onClose: () => void, onDone: () => void}} props */
export function DeleteUserDialog({ user, onClose, onDone }) {
  const [isBusy, setBusy] = useState(false);
  const isSelf = user.id === self.value?.id;
  const remove = async () => {
    setBusy(true);
    try {
      await deleteUser(user.id);
      onClose();
      if (isSelf) {
        forget();
        return;
      }
      showToast(`Deleted ${visibleText(user.email)}`);
    } catch (error) {
      showToast(`Not deleted: ${messageOf(error)}`, { kind: 'error' });
      onClose();
    }
    onDone();
  };
  return h(Dialog, { title: `Delete ${visibleText(user.email)}?`, onClose },
    h('p', { class: 'dialog-text' }, isSelf
      ? 'This is your own account. You are signed out at once, your tokens stop working, and your dashboards go to another admin. It cannot be brought back.'
      : 'They are signed out at once, their tokens stop working, and their dashboards become yours. It cannot be brought back. To keep the account, disable it instead.'),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { kind: 'danger', isBusy, onClick: remove }, isSelf ? 'Delete my account' : 'Delete user')));
}

/**
 * Before an admin takes the own rights away.
 * @param {{user: User, change: UserUpdate, onClose: () => void}} props
 */
export function LoseRightsDialog({ user, change, onClose }) {
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      const changed = await updateUser(user.id, change);
      onClose();
      if (changed.disabled) {
        forget();
        return;
      }
      updateSelf(changed);
      navigate('/settings/profile', { replace: true });
      showToast(`Your role is ${changed.role} now`);
    } catch (error) {
      showToast(messageOf(error), { kind: 'error' });
      onClose();
    }
  };
  return h(Dialog, { title: change.disabled ? 'Disable your own account?' : 'Stop being an admin?', onClose },
    h('p', { class: 'dialog-text' }, change.disabled
      ? 'You are signed out at once, and only another admin can let you in again.'
      : `As ${change.role === 'editor' ? 'an editor' : 'a viewer'} you no longer see this page, and only another admin can give the role back.`),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { kind: 'danger', isBusy, onClick: confirm }, change.disabled ? 'Disable my account' : 'Change my role')));
}
