// What a dashboard is called, who sees it, and how it begins. Fetched when somebody edits it.
import { h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/check-field.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { TextArea } from '../ui/text-area.js';
import { useStyle } from '../ui/use-style.js';
import { serverNowMs } from '../api/client.js';
import { listUsers } from '../api/users.js';
import { rangeKey, rangeOfKey, rangeOptions, refreshOptions } from '../lib/dashboard-settings.js';
import { visibleText } from '../lib/labels.js';
import { user } from '../state/session.js';
import { range, zone } from '../state/time-range.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').DashboardUpdate} DashboardUpdate */

/**
 * @typedef {object} DashboardSettingsDialogProps
 * @property {import('../state/dashboard.js').DashboardStore} store
 * @property {import('../state/edit-session.js').EditSession} edit
 * @property {() => void} onClose
 */

const LABELS = { name: 'Name', description: 'Description', timeRange: 'Time range', refreshInterval: 'Refresh', isPublic: 'Public' };
const SHOWN_OWNERS = 200;

/** @param {DashboardSettingsDialogProps} props */
export function DashboardSettingsDialog({ store, edit, onClose }) {
  const isStyled = useStyle('/static/styles/panel-page.css');
  const { dashboard } = store.documentState.value;
  return dashboard && isStyled ? h(Settings, { dashboard, edit, onClose }) : null;
}

/** @param {{dashboard: Dashboard, edit: import('../state/edit-session.js').EditSession, onClose: () => void}} props */
function Settings({ dashboard, edit, onClose }) {
  const [name, setName] = useState(dashboard.name);
  const [description, setDescription] = useState(dashboard.description);
  const [isPublic, setPublic] = useState(dashboard.isPublic);
  const [time, setTime] = useState(rangeKey(dashboard.timeRange));
  const [refreshInterval, setRefresh] = useState(dashboard.refreshInterval);
  // The list must not change while it is open.
  const [times] = useState(() => rangeOptions(dashboard.timeRange, range.peek(), serverNowMs(), zone.peek()));
  const { errors, isBusy, form } = useForm({
    model: 'DashboardUpdate',
    labels: LABELS,
    read: () => /** @type {DashboardUpdate} */ ({ version: dashboard.version, name: name.trim(), description: description.trim(), isPublic, timeRange: rangeOfKey(time), refreshInterval }),
    send: async ({ version: _, ...wish }) => {
      edit.apply('Changed the settings', (document) => ({ ...document, .../** @type {Partial<Dashboard>} */ (wish) }));
      onClose();
    },
  });
  return h(Dialog, { title: 'Dashboard settings', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.name, name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true }),
      h(TextArea, {
        label: LABELS.description, name: 'description', rows: 3, value: description, onInput: setDescription, error: errors.description ?? null,
        help: 'What it is for. Shown in the list of dashboards.',
      }),
      h(SelectField, { label: 'Time range at first', name: 'timeRange', value: time, options: times, onChange: setTime, error: errors.timeRange ?? null, help: 'Where a link names none.' }),
      h(SelectField, { label: 'Refresh at first', name: 'refreshInterval', value: refreshInterval, options: refreshOptions(dashboard.refreshInterval), onChange: setRefresh, error: errors.refreshInterval ?? null }),
      h(CheckField, {
        label: 'Public', value: isPublic, onChange: setPublic,
        help: isPublic ? publicText(dashboard) : 'Anyone with the link would see its titles and data, but not its queries, without signing in.',
      }),
      h('p', { class: 'field-help' }, 'Owner: ', h(Owner, { ownerId: dashboard.ownerId }), `. Made on ${dashboard.createdAt.slice(0, 10)}.`),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Save settings'))));
}

/**
 * Titles and data, and what goes beyond that.
 * @param {Dashboard} dashboard
 */
function publicText({ variables }) {
  const names = variables.filter((one) => one.type === 'query').map((one) => one.name);
  const lists = names.length === 0 ? '' : ` Whoever has the link may also choose among all values of ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and others' : ''}.`;
  return `Anyone with the link sees its titles and data, but not its queries, without signing in.${lists}`;
}

/** Admins alone may look up others. @param {{ownerId: string}} props */
function Owner({ ownerId }) {
  const self = user.value;
  const [email, setEmail] = useState('');
  useEffect(() => {
    if (ownerId === self?.id) return undefined;
    const abort = new AbortController();
    listUsers({ search: '', page: 1, pageSize: SHOWN_OWNERS }, abort.signal)
      .then(({ list }) => setEmail(list.find((one) => one.id === ownerId)?.email ?? ''))
      // It is left as it is then.
      .catch(() => undefined);
    return () => abort.abort();
  }, [ownerId]);
  if (ownerId === self?.id) return h('span', null, `you (${visibleText(self.email)})`);
  return h('span', null, visibleText(email) || 'another account');
}
