// The fields of a channel's settings by their kind. What is secret goes in and never comes out: it is said that it is set.
import { h, useEffect, useId, useRef, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { TextField } from '../ui/field.js';
import { Icon } from '../ui/icon.js';
import { SelectField } from '../ui/select.js';

/** @typedef {import('../lib/channel-types.js').FormValue} FormValue */

/**
 * @typedef {object} ChannelFieldProps
 * @property {import('../lib/channel-types.js').ChannelField} field
 * @property {FormValue} value
 * @property {string | null} error
 * @property {(value: FormValue) => void} onChange
 */

/** @param {ChannelFieldProps} props */
export function ChannelField(props) {
  const { field, value, error, onChange } = props;
  if (field.kind === 'secret') return h(SecretField, props);
  if (field.kind === 'headers') return h(HeadersField, props);
  const onInput = (/** @type {string} */ text) => onChange({ ...value, text });
  if (field.kind === 'choice') return h(SelectField, { label: field.label, name: field.name, value: value.text, options: field.options ?? [], onChange: onInput, error });
  return h(TextField, {
    label: field.label, name: field.name, value: value.text, onInput, error, isRequired: field.isRequired ?? false, ...(field.help ? { help: field.help } : {}),
    ...(field.placeholder ? { placeholder: field.placeholder } : {}), ...(field.kind === 'number' ? { keys: /** @type {const} */ ('numeric') } : {}),
  });
}

/** @param {ChannelFieldProps} props */
function SecretField({ field, value, error, onChange }) {
  const [wasSet] = useState(value.isSet);
  const id = useId();
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const isFirst = useRef(true);
  useEffect(() => {
    // Who has pressed Replace wants to type, and the button is gone.
    if (!isFirst.current) box.current?.querySelector(value.isSet ? 'button' : 'input')?.focus();
    isFirst.current = false;
  }, [value.isSet]);
  if (value.isSet) {
    return h('div', { class: 'field', role: 'group', 'aria-labelledby': id, ref: box },
      h('span', { id, class: 'field-label' }, field.label),
      h('div', { class: 'secret-set' },
        h('span', { class: 'secret-state' }, h(Icon, { name: 'key', size: 15 }), 'Set, and not shown'),
        h(Button, { onClick: () => onChange({ ...value, isSet: false, text: '' }), aria: { 'aria-label': `Replace ${field.label.toLowerCase()}` } }, 'Replace…')),
      error ? h('p', { class: 'field-error', role: 'alert' }, error) : null);
  }
  return h('div', { class: 'secret-new', ref: box },
    h(TextField, {
      label: field.label, name: field.name, type: 'password', autocomplete: 'new-password', value: value.text, onInput: (text) => onChange({ ...value, text }), error, isRequired: field.isRequired ?? false,
      ...(field.placeholder ? { placeholder: field.placeholder } : {}), help: wasSet && !field.isRequired ? 'Empty takes away the one that is set.' : field.help ?? '',
    }),
    wasSet ? h(Button, { kind: 'quiet', onClick: () => onChange({ ...value, isSet: true, text: '' }), aria: { 'aria-label': `Keep ${field.label.toLowerCase()} that is set` } }, 'Keep the one that is set') : null);
}

/** @param {ChannelFieldProps} props */
function HeadersField({ field, value, error, onChange }) {
  const id = useId();
  const { rows } = value;
  const put = (/** @type {number} */ index, /** @type {Partial<FormValue['rows'][number]>} */ part) => onChange({ ...value, rows: rows.map((row, place) => (place === index ? { ...row, ...part } : row)) });
  const input = (/** @type {string} */ label, /** @type {string} */ text, /** @type {(text: string) => void} */ onInput, isSecret = false) => h('input', {
    class: 'input', 'aria-label': label, value: text, autocomplete: isSecret ? 'new-password' : 'off', spellcheck: false, type: isSecret ? 'password' : 'text', placeholder: isSecret ? 'Value' : 'Name', 'aria-invalid': error ? true : undefined,
    onInput: (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.currentTarget).value),
  });
  return h('fieldset', { class: 'headers', 'aria-describedby': error ? `${id}-error` : `${id}-help` },
    h('legend', { class: 'field-label' }, field.label),
    rows.map((row, index) => h('div', { key: index, class: 'header-row', role: 'group', 'aria-label': `Header ${index + 1}` },
      row.isSet ? h('span', { class: 'header-name' }, row.name) : input(`Name of header ${index + 1}`, row.name, (name) => put(index, { name })),
      row.isSet ? h('span', { class: 'secret-state' }, h(Icon, { name: 'key', size: 15 }), 'Set', h(Button, { kind: 'quiet', onClick: () => put(index, { isSet: false, value: '' }), aria: { 'aria-label': `Replace ${row.name}` } }, 'Replace…'))
        : input(`Value of header ${index + 1}`, row.value, (text) => put(index, { value: text }), true),
      h(IconButton, { label: `Remove header ${index + 1}`, icon: 'close', onClick: () => onChange({ ...value, rows: rows.filter((_, place) => place !== index) }) }))),
    rows.length < 20 ? h('div', null, h(Button, { kind: 'quiet', icon: 'plus', onClick: () => onChange({ ...value, rows: [...rows, { name: '', value: '', isSet: false }] }) }, 'Add a header')) : null,
    h('p', { id: `${id}-help`, class: 'field-help' }, field.help),
    error ? h('p', { id: `${id}-error`, class: 'field-error' }, error) : null);
}
