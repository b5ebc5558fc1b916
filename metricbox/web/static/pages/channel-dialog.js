// The form of a channel: its kind, its name, and what its kind asks for.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, TextField } from '../ui/field.js';
import { createChannel, updateChannel } from '../api/channels.js';
import { CHANNEL_KINDS, CHANNEL_TYPES, formOfSettings, missingSettings, settingsOfForm } from '../lib/channel-types.js';
import { visibleText } from '../lib/labels.js';
import { showToast } from '../state/notices.js';
import { ChannelField } from './channel-fields.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').Channel} Channel */
/** @typedef {import('../lib/channel-types.js').ChannelType} ChannelType */
/** @typedef {import('../lib/channel-types.js').ChannelForm} ChannelForm */

/**
 * @typedef {object} ChannelDialogProps
 * @property {Channel | null} channel null makes a new one
 * @property {() => void} onClose
 * @property {() => void} onSaved
 */

/** @param {ChannelDialogProps} props */
export function ChannelDialog({ channel, onClose, onSaved }) {
  const [type, setType] = useState(/** @type {ChannelType | null} */ (channel?.type ?? null));
  const title = channel ? `Edit "${visibleText(channel.name)}"` : type ? `New channel: ${CHANNEL_KINDS[type].label}` : 'New channel';
  return h(Dialog, { title, onClose, isWide: type === null },
    type === null ? h(Kinds, { onChoose: setType })
      : h(Form, { key: type, type, channel, onClose, onSaved, onBack: channel ? null : () => setType(null) }));
}

/** @param {{onChoose: (type: ChannelType) => void}} props */
function Kinds({ onChoose }) {
  const [type, setType] = useState(/** @type {ChannelType} */ ('email'));
  return h('form', {
    class: 'form',
    onSubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      onChoose(type);
    },
  },
  h(Choice, {
    label: 'What kind?', name: 'type', value: type, options: CHANNEL_TYPES.map((value) => ({ value, label: CHANNEL_KINDS[value].label, help: CHANNEL_KINDS[value].help })),
    onChange: (value) => setType(/** @type {ChannelType} */ (value)),
  }),
  h('div', { class: 'form-actions' }, h(Button, { type: 'submit', kind: 'primary' }, 'Next')));
}

/** @param {{type: ChannelType, channel: Channel | null, onClose: () => void, onSaved: () => void, onBack: (() => void) | null}} props */
function Form({ type, channel, onClose, onSaved, onBack }) {
  const { fields, label: kindLabel, help } = CHANNEL_KINDS[type];
  const [name, setName] = useState(channel?.name ?? '');
  const [values, setValues] = useState(/** @type {ChannelForm} */ (formOfSettings(type, channel?.settings ?? null)));
  // By the path that the server names; of a list within a setting, the setting's own comes first.
  const labels = { name: 'Name', ...Object.fromEntries(fields.map((field) => [`settings.${field.name}`, field.label])) };
  const { errors, isBusy, form } = useForm({
    model: channel ? 'ChannelUpdate' : 'ChannelCreate',
    labels,
    read: () => ({ name: name.trim(), type, settings: settingsOfForm(type, values) }),
    check: () => missingSettings(type, values),
    send: async (request) => {
      if (channel) await updateChannel(channel.id, request);
      else await createChannel(request);
      showToast(channel ? `Saved "${visibleText(request.name)}"` : `Made "${visibleText(request.name)}". Send it a test.`);
      onSaved();
      onClose();
    },
  });
  return h('form', form,
    errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
    h('p', { class: 'dialog-text' }, help),
    h(TextField, { label: 'Name', name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true, maxLength: 200, placeholder: `ops ${kindLabel.toLowerCase()}` }),
    fields.map((field) => h(ChannelField, {
      key: field.name, field, value: values[field.name] ?? { text: '', isSet: false, rows: [] }, error: errors[`settings.${field.name}`] ?? null,
      onChange: (value) => setValues((current) => ({ ...current, [field.name]: value })),
    })),
    h('div', { class: 'form-actions' },
      onBack ? h(Button, { kind: 'quiet', onClick: onBack }, 'Back') : null,
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { type: 'submit', kind: 'primary', isBusy }, channel ? 'Save' : 'Create')));
}
