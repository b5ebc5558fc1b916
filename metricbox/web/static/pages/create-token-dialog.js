// A new token, and the one time its secret is seen.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, TextField } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { ApiError, serverNowMs } from '../api/client.js';
import { createToken } from '../api/tokens.js';
import { findRuleFaults, readRuleFaults, ruleRequest } from '../lib/relabel.js';
import { parseTime } from '../lib/time.js';
import { preferredZone } from '../state/preferences.js';
import { canEdit, isAdmin } from '../state/session.js';
import { RelabelEditor } from './relabel-editor.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').ApiTokenCreate} ApiTokenCreate */
/** @typedef {import('../../types/app').ApiTokenCreated} ApiTokenCreated */

const LABELS = { name: 'Name', scope: 'Scope', expiresAt: 'Expiry', metricPrefix: 'Metric prefix', maxSeries: 'Series cap', relabel: 'Rules' };

const SCOPES = [
  { value: 'ingest', label: 'Ingest', help: 'Send metrics. For agents and scripts.' },
  { value: 'read', label: 'Read', help: 'Query metrics and see dashboards. For Grafana and reports.' },
  { value: 'admin', label: 'Admin', help: 'Everything. Keep it as safe as your password.' },
];

const EXPIRIES = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: 'date', label: 'On a date…' },
];
const DAY_MS = 86_400_000;

/** @typedef {import('../lib/relabel.js').RuleDraft} RuleDraft */
/** @typedef {{name: string, scope: string, expiry: string, date: string, prefix: string, cap: string}} Values */

/**
 * The end of the chosen day; what is no day yet is sent as it is, to be refused by name.
 * @param {Values} values
 * @returns {number | string | undefined} milliseconds
 */
function readExpiry({ expiry, date }) {
  if (expiry === '') return undefined;
  if (expiry !== 'date') return Math.round(serverNowMs() + Number(expiry) * DAY_MS);
  return parseTime(`${date} 23:59:59`, serverNowMs(), preferredZone.value) ?? date;
}

/**
 * @param {Values} values
 * @param {RuleDraft[]} rules
 * @returns {ApiTokenCreate}
 */
function readRequest(values, rules) {
  const scope = /** @type {ApiTokenCreate['scope']} */ (values.scope);
  const isIngest = scope === 'ingest';
  const cap = values.cap.trim().replace(/[\s.,'](?=\d{3})/g, '');
  return {
    name: values.name.trim(),
    scope,
    expiresAt: readExpiry(values),
    metricPrefix: isIngest && values.prefix.trim() !== '' ? values.prefix.trim() : undefined,
    maxSeries: isIngest && cap !== '' ? Number(cap) : undefined,
    relabel: isIngest && rules.length > 0 ? rules.map(ruleRequest) : undefined,
  };
}

/** @param {{onClose: () => void, onCreated: (token: ApiTokenCreated) => void}} props */
export function CreateTokenDialog({ onClose, onCreated }) {
  const [values, setValues] = useState(/** @type {Values} */ ({ name: '', scope: canEdit() ? 'ingest' : 'read', expiry: '', date: '', prefix: '', cap: '' }));
  const [rules, setRules] = useState(/** @type {RuleDraft[]} */ ([]));
  const isIngest = values.scope === 'ingest';
  /** @param {keyof Values} name */
  const set = (name) => (/** @type {string} */ value) => setValues((current) => ({ ...current, [name]: value }));
  const { errors, isBusy, form } = useForm({
    model: 'ApiTokenCreate',
    labels: LABELS,
    read: () => readRequest(values, rules),
    check: () => ({
      ...(isIngest ? findRuleFaults(rules) : {}),
      ...(values.expiry === 'date' && values.date === '' ? { expiresAt: 'Expiry must be a day' } : /** @type {Record<string, string>} */ ({})),
    }),
    explain: (error) => (error instanceof ApiError ? readRuleFaults(error.details, rules) : null),
    send: async (wish) => onCreated(await createToken(wish)),
  });
  const scopes = SCOPES.filter((item) => (item.value === 'admin' ? isAdmin() : item.value === 'ingest' ? canEdit() : true));
  return h(Dialog, { title: 'New token', onClose, isWide: isIngest },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.name, name: 'name', value: values.name, onInput: set('name'), error: errors.name ?? null, help: 'What will use it, like "agent on web1"', hasFocus: true, isRequired: true }),
      h(Choice, { label: LABELS.scope, name: 'scope', value: values.scope, options: scopes, onChange: set('scope'), error: errors.scope ?? null }),
      h(SelectField, {
        label: LABELS.expiresAt, name: 'expiry', value: values.expiry, options: EXPIRIES, onChange: set('expiry'),
        error: values.expiry === 'date' ? null : errors.expiresAt ?? null,
      }),
      values.expiry === 'date' ? h(TextField, { label: 'Last day', name: 'date', type: 'date', value: values.date, onInput: set('date'), error: errors.expiresAt ?? null, help: 'The token works until this day is over.' }) : null,
      isIngest ? h(More, { values, set, rules, onRules: setRules, errors }) : null,
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}

/**
 * Few tokens have them; a fault in them opens them.
 * @param {{values: Values, set: (name: keyof Values) => (value: string) => void, rules: RuleDraft[], onRules: (rules: RuleDraft[]) => void, errors: Record<string, string>}} props
 */
function More({ values, set, rules, onRules, errors }) {
  const [isOpen, setOpen] = useState(false);
  const hasFault = Object.keys(errors).some((field) => field === 'metricPrefix' || field === 'maxSeries' || field.startsWith('relabel'));
  return h('details', {
    class: 'more', open: isOpen || hasFault,
    onToggle: (/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open),
  }, h('summary', null, 'Limits and rules'), h('div', { class: 'form' },
    h(TextField, { label: LABELS.metricPrefix, name: 'metricPrefix', value: values.prefix, onInput: set('prefix'), error: errors.metricPrefix ?? null, help: 'Optional. Metrics whose name does not begin so are refused.', placeholder: 'web_' }),
    h(TextField, { label: LABELS.maxSeries, name: 'maxSeries', value: values.cap, onInput: set('cap'), error: errors.maxSeries ?? null, help: 'Optional. The most series that this token may make.', keys: 'numeric' }),
    h(RelabelEditor, { rules, onChange: onRules, errors })));
}

/** @param {{token: ApiTokenCreated, onClose: () => void}} props */
export function SecretDialog({ token, onClose }) {
  const metric = token.metricPrefix ? `${token.metricPrefix}test` : 'my_metric';
  const example = `curl -H "Authorization: Bearer ${token.secret}" -H "Content-Type: application/json" -d '{"metrics":[{"name":"${metric}","value":1}]}' ${window.location.origin}/api/v1/metrics`;
  return h(Dialog, { title: 'Store this token now', onClose, isStubborn: true },
    h('p', { class: 'dialog-text' }, 'It is not shown again. Whoever has it can use it until it is revoked.'),
    h(CopyField, { text: token.secret, label: 'Token' }),
    token.scope === 'ingest' ? h('div', { class: 'secret-example' },
      h('p', { class: 'field-label' }, 'Try it: this pushes one value'),
      h(CopyField, { text: example, label: 'Example command' })) : null,
    h('div', { class: 'form-actions' }, h(Button, { kind: 'primary', onClick: onClose }, 'I have stored it')));
}
