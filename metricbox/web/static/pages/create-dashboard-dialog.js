// Name and description of a new dashboard, then straight to it.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { createDashboard } from '../api/dashboards.js';
import { navigate } from '../state/location.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').DashboardCreate} DashboardCreate */

const LABELS = { name: 'Name', description: 'Description' };

/** @param {{onClose: () => void}} props */
export function CreateDashboardDialog({ onClose }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const { errors, isBusy, form } = useForm({
    model: 'DashboardCreate',
    labels: LABELS,
    read: () => /** @type {DashboardCreate} */ ({ name: name.trim(), description: description.trim() || undefined }),
    send: async (wish) => {
      const made = await createDashboard(wish);
      onClose();
      navigate(`/dashboard/${made.id}`);
    },
  });
  return h(Dialog, { title: 'New dashboard', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.name, name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true }),
      h(TextField, {
        label: LABELS.description, name: 'description', value: description, onInput: setDescription, error: errors.description ?? null,
        help: 'Optional. One line that tells others what is on it.',
      }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}
