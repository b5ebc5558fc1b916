// A new token, and the one time its secret is seen.
import { h, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, fieldSentence, focusFirstError, TextField } from '../ui/field.js';
import { ApiError, messageOf } from '../api/client.js';
import { createToken } from '../api/tokens.js';
import { user } from '../state/session.js';

/** @typedef {import('../../types/app').ApiTokenCreated} ApiTokenCreated */

const SCOPES = [
  { value: 'ingest', label: 'Ingest', help: 'Send metrics. For agents and scripts.' },
  { value: 'read', label: 'Read', help: 'Query metrics and see dashboards. For Grafana and reports.' },
  { value: 'admin', label: 'Admin', help: 'Everything. Keep it as safe as your password.' },
];

/** @param {{onClose: () => void, onCreated: (token: ApiTokenCreated) => void}} props */
export function CreateTokenDialog({ onClose, onCreated }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [name, setName] = useState('');
  const [scope, setScope] = useState('ingest');
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
      fail({ name: 'Say what will use it, like "agent on web1"' });
      return;
    }
    setBusy(true);
    try {
      onCreated(await createToken(name.trim(), scope));
    } catch (error) {
      setBusy(false);
      const detail = error instanceof ApiError ? error.details.find((item) => item.field.endsWith('name')) : undefined;
      fail(detail ? { name: fieldSentence('Name', detail.message) } : { form: messageOf(error) });
    }
  };
  const scopes = user.value?.role === 'admin' ? SCOPES : SCOPES.filter((item) => item.value !== 'admin');
  return h(Dialog, { title: 'New token', onClose },
    h('form', { class: 'form', onSubmit: submit, noValidate: true, ref: form },
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: 'Name', name: 'name', value: name, onInput: setName, error: errors.name ?? null, help: 'What will use it, like "agent on web1"', hasFocus: true, isRequired: true, maxLength: 100 }),
      h(Choice, { label: 'Scope', name: 'scope', value: scope, options: scopes, onChange: setScope }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}

/** @param {{token: ApiTokenCreated, onClose: () => void}} props */
export function SecretDialog({ token, onClose }) {
  const example = `curl -H "Authorization: Bearer ${token.secret}" -H "Content-Type: application/json" -d '{"metrics":[{"name":"my_metric","value":1}]}' ${window.location.origin}/api/v1/metrics`;
  return h(Dialog, { title: 'Store this token now', onClose, isStubborn: true },
    h('p', { class: 'dialog-text' }, 'It is not shown again. Whoever has it can use it until it is revoked.'),
    h(CopyField, { text: token.secret, label: 'Token' }),
    token.scope === 'ingest' ? h('div', { class: 'secret-example' },
      h('p', { class: 'field-label' }, 'Try it: this pushes one value'),
      h(CopyField, { text: example, label: 'Example command' })) : null,
    h('div', { class: 'form-actions' }, h(Button, { kind: 'primary', onClick: onClose }, 'I have stored it')));
}
