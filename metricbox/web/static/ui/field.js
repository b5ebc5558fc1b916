// Form fields: label, help and error are tied to the control, so that a screen reader says them with it.
import { h, useId, useState } from './html.js';

/** @typedef {import('./html.js').Children} Children */

/**
 * @typedef {object} FieldProps
 * @property {string} label
 * @property {string} [help]
 * @property {string | null} [error]
 * @property {(control: {id: string, describedBy: string | undefined, isInvalid: boolean}) => Children} children
 */

/** @param {FieldProps} props */
export function Field({ label, help, error, children }) {
  const id = useId();
  const helpId = `${id}-help`;
  const errorId = `${id}-error`;
  const described = [help ? helpId : '', error ? errorId : ''].filter((part) => part !== '').join(' ');
  return h('div', { class: error ? 'field is-invalid' : 'field' },
    h('label', { for: id, class: 'field-label' }, label),
    children({ id, describedBy: described === '' ? undefined : described, isInvalid: Boolean(error) }),
    help ? h('p', { id: helpId, class: 'field-help' }, help) : null,
    error ? h('p', { id: errorId, class: 'field-error' }, error) : null);
}

/**
 * @typedef {object} TextFieldProps
 * @property {string} label
 * @property {string} value
 * @property {(value: string) => void} onInput
 * @property {string} name
 * @property {string} [help]
 * @property {string | null} [error]
 * @property {'text' | 'email' | 'password' | 'search' | 'date'} [type]
 * @property {'numeric'} [keys] which keyboard a phone shows
 * @property {string} [autocomplete]
 * @property {boolean} [isRequired]
 * @property {boolean} [hasFocus] takes the focus when it appears
 * @property {string} [placeholder]
 * @property {number} [maxLength]
 */

/** @param {TextFieldProps} props */
export function TextField(props) {
  const [isVisible, setVisible] = useState(false);
  const isPassword = props.type === 'password';
  return h(Field, {
    label: props.label,
    error: props.error ?? null,
    ...(props.help ? { help: props.help } : {}),
    children: ({ id, describedBy, isInvalid }) => h('div', { class: 'field-control' },
      h('input', {
        id, class: 'input', name: props.name, value: props.value, type: isPassword && isVisible ? 'text' : props.type ?? 'text',
        autocomplete: /** @type {any} */ (props.autocomplete ?? 'off'), required: props.isRequired, autofocus: props.hasFocus,
        placeholder: props.placeholder, maxLength: props.maxLength, 'aria-describedby': describedBy,
        'aria-invalid': isInvalid || undefined, spellcheck: false,
        autocapitalize: 'none', inputMode: props.keys,
        onInput: (/** @type {Event} */ event) => props.onInput(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      }),
      isPassword ? h('button', {
        type: 'button', class: 'field-reveal', 'aria-pressed': isVisible, 'aria-label': `Show ${props.label.toLowerCase()}`,
        onClick: () => setVisible(!isVisible),
      }, isVisible ? 'Hide' : 'Show') : null),
  });
}

/**
 * @typedef {object} ChoiceProps
 * @property {string} label
 * @property {string} name
 * @property {string} value
 * @property {{value: string, label: string, help?: string}[]} options
 * @property {(value: string) => void} onChange
 * @property {string | null} [error]
 */

/**
 * A few options that should all be seen: radio buttons drawn as a list.
 * @param {ChoiceProps} props
 */
export function Choice({ label, name, value, options, onChange, error }) {
  const errorId = `${useId()}-error`;
  return h('fieldset', { class: 'choice', 'aria-describedby': error ? errorId : undefined },
    h('legend', { class: 'field-label' }, label),
    options.map((option) => h('label', { key: option.value, class: 'choice-item' },
      h('input', {
        type: 'radio', name, value: option.value, checked: option.value === value, 'aria-invalid': error ? true : undefined,
        onChange: () => onChange(option.value),
      }),
      h('span', { class: 'choice-text' }, h('span', null, option.label), option.help ? h('span', { class: 'field-help' }, option.help) : null))),
    error ? h('p', { id: errorId, class: 'field-error' }, error) : null);
}

/**
 * Focus on the first field that is wrong, once the errors are drawn.
 * @param {HTMLElement | null} form
 */
export function focusFirstError(form) {
  requestAnimationFrame(() => {
    const field = form?.querySelector('[aria-invalid="true"]');
    if (field instanceof HTMLElement) field.focus();
  });
}
