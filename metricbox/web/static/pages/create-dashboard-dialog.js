// Name and description of a new dashboard, then straight to it.
import { h, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { fieldSentence, focusFirstError, TextField } from '../ui/field.js';
import { ApiError, messageOf } from '../api/client.js';
import { createDashboard } from '../api/dashboards.js';
import { navigate } from '../state/location.js';

/** @param {{onClose: () => void}} props */
export function CreateDashboardDialog({ onClose }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [isBusy, setBusy] = useState(false);
  /** @param {Record<string, string>} found */
  const fail = (found) => {
    setErrors(found);
    focusFirstError(form.current);
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    if (name.trim() === '') {
      fail({ name: 'Give the dashboard a name' });
      return;
    }
    setBusy(true);
    try {
      const text = description.trim();
      const made = await createDashboard({ name: name.trim(), ...(text === '' ? {} : { description: text }) });
      onClose();
      navigate(`/dashboard/${made.id}`);
    } catch (error) {
      setBusy(false);
      const detail = error instanceof ApiError ? error.details.find((item) => item.field.endsWith('name')) : undefined;
      fail(detail ? { name: fieldSentence('Name', detail.message) } : { form: messageOf(error) });
    }
  };
  return h(Dialog, { title: 'New dashboard', onClose },
    h('form', { class: 'form', onSubmit: submit, noValidate: true, ref: form },
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: 'Name', name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true, maxLength: 200 }),
      h(TextField, { label: 'Description', name: 'description', value: description, onInput: setDescription, help: 'Optional. One line that tells others what is on it.', maxLength: 500 }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}
