// The title of a row, and what it is repeated by.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { SelectField } from '../ui/select.js';
import { visibleText } from '../lib/labels.js';

// The server's limit.
const TITLE_MAX = 200;

/**
 * @typedef {object} RowDialogProps
 * @property {import('../../types/app').ShownPanel} row
 * @property {import('../../types/app').VariableShown[]} variables of the dashboard
 * @property {(wish: {title: string, repeat: string | null}) => void} onSave
 * @property {() => void} onClose
 */

/** @param {RowDialogProps} props */
export function RowDialog({ row, variables, onSave, onClose }) {
  const [title, setTitle] = useState(row.title);
  const [repeat, setRepeat] = useState(row.options.repeat ?? '');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
    onSave({ title: title.trim(), repeat: repeat === '' ? null : repeat });
  };
  const names = variables.map((one) => ({ value: one.name, label: visibleText(one.label ? `${one.label} ($${one.name})` : `$${one.name}`) }));
  const isGone = repeat !== '' && !names.some((one) => one.value === repeat);
  return h(Dialog, { title: 'Row', onClose },
    h('form', { class: 'form', noValidate: true, onSubmit: submit },
      h(TextField, { label: 'Title', name: 'title', value: title, maxLength: TITLE_MAX, hasFocus: true, onInput: setTitle, help: 'It may refer to variables, such as $host.' }),
      names.length === 0 && repeat === '' ? null : h(SelectField, {
        label: 'Repeat by', name: 'repeat', value: repeat, onChange: setRepeat, error: isGone ? `There is no variable ${visibleText(repeat)}` : null,
        help: 'The row is shown once for each chosen value, with all of its panels. While you edit it is shown once.',
        options: [{ value: '', label: 'No repeat' }, ...names, ...(isGone ? [{ value: repeat, label: visibleText(repeat) }] : [])],
      }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary' }, 'Save row'))));
}
