// A new dashboard: an empty one, or a copy of one that comes with metricbox; then straight to it.
import { h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, TextField } from '../ui/field.js';
import { isAbort, messageOf } from '../api/client.js';
import { createDashboard } from '../api/dashboards.js';
import { copyFromLibrary, listLibrary } from '../api/library.js';
import { visibleText } from '../lib/labels.js';
import { navigate } from '../state/location.js';
import { useForm } from './use-form.js';

/** @typedef {import('../../types/app').DashboardCreate} DashboardCreate */
/** @typedef {import('../../types/app').LibraryDashboard} LibraryDashboard */

const LABELS = { name: 'Name', description: 'Description' };
const BLANK = '';

/** @param {{onClose: () => void}} props */
export function CreateDashboardDialog({ onClose }) {
  const { library, fault } = useLibrary();
  const [key, setKey] = useState(BLANK);
  // Null while it is the template's own.
  const [name, setName] = useState(/** @type {string | null} */ (null));
  const [description, setDescription] = useState('');
  const template = library.find((entry) => entry.key === key);
  const shownName = name ?? template?.name ?? '';
  const { errors, isBusy, form } = useForm({
    model: 'DashboardCreate',
    labels: LABELS,
    read: () => /** @type {DashboardCreate} */ ({ name: shownName.trim(), description: template ? undefined : description.trim() || undefined }),
    send: async (wish) => {
      const made = template ? await copyFromLibrary(template.key, { name: wish.name }) : await createDashboard(wish);
      onClose();
      navigate(`/dashboard/${made.id}`);
    },
  });
  return h(Dialog, { title: 'New dashboard', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(TextField, { label: LABELS.name, name: 'name', value: shownName, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true }),
      template ? null : h(TextField, {
        label: LABELS.description, name: 'description', value: description, onInput: setDescription, error: errors.description ?? null,
        help: 'Optional. One line that tells others what is on it.',
      }),
      fault === '' ? null : h('p', { class: 'form-error', role: 'alert' }, `The library could not be listed: ${fault}`),
      h('div', { class: 'library' }, h(Choice, { label: 'Start with', name: 'template', value: key, onChange: setKey, options: [{ value: BLANK, label: 'Blank', help: 'No panels yet.' }, ...library.map(toOption)] })),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Create'))));
}

/** @param {LibraryDashboard} entry */
function toOption(entry) {
  const data = entry.hasData ? 'data here' : 'no data here yet';
  return { value: entry.key, label: visibleText(entry.name), help: `${visibleText(entry.description)} ${entry.panels} panels, ${data}.` };
}

/** What comes with metricbox; those that would show something first. */
function useLibrary() {
  const [state, setState] = useState(/** @type {{library: LibraryDashboard[], fault: string}} */ ({ library: [], fault: '' }));
  useEffect(() => {
    const abort = new AbortController();
    listLibrary(abort.signal).then((all) => {
      setState({ library: [...all.filter((entry) => entry.hasData), ...all.filter((entry) => !entry.hasData)], fault: '' });
    }).catch((error) => {
      if (!isAbort(error)) setState({ library: [], fault: messageOf(error) });
    });
    return () => abort.abort();
  }, []);
  return state;
}
