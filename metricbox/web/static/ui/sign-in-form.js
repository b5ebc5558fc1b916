// E-mail and password, used by the sign-in page and by the dialogue over a page whose session ended.
import { h, useEffect, useRef, useState } from './html.js';
import { Button } from './button.js';
import { focusFirstError, TextField } from './field.js';
import { errorsByField } from '../lib/faults.js';
import { validateRequest } from '../lib/validate.js';

/**
 * @typedef {object} SignInFormProps
 * @property {(email: string, password: string) => Promise<{message: string, retryAfterS: number | null} | null>} onSubmit
 *   null when it worked
 * @property {string} [email] known already
 */

const LABELS = { email: 'E-mail', password: 'Password' };

/** @param {SignInFormProps} props */
export function SignInForm({ onSubmit, email: known = '' }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const [waitS, setWaitS] = useState(0);
  useEffect(() => {
    if (waitS <= 0) return undefined;
    const timer = setTimeout(() => setWaitS(waitS - 1), 1000);
    return () => clearTimeout(timer);
  }, [waitS]);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy || waitS > 0) return;
    const found = errorsByField(validateRequest('LoginRequest', { email: email.trim(), password }), LABELS);
    setErrors(found);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return;
    }
    setBusy(true);
    const failure = await onSubmit(email.trim(), password);
    setBusy(false);
    if (!failure) return;
    setErrors({ form: failure.message });
    setWaitS(Math.ceil(failure.retryAfterS ?? 0));
  };

  const shown = waitS > 0 ? `Too many attempts. Try again in ${waitS} s.` : errors.form ?? '';
  return h('form', { class: 'form', onSubmit: submit, noValidate: true, ref: form },
    h('div', { class: 'form-error', role: 'alert' }, shown === '' ? null : shown),
    h(TextField, {
      label: LABELS.email, name: 'email', type: 'email', autocomplete: 'username', value: email, onInput: setEmail, error: errors.email ?? null,
      hasFocus: known === '', isRequired: true,
    }),
    h(TextField, {
      label: LABELS.password, name: 'password', type: 'password', autocomplete: 'current-password', value: password, onInput: setPassword,
      error: errors.password ?? null, hasFocus: known !== '', isRequired: true,
    }),
    h(Button, { type: 'submit', kind: 'primary', isBusy, isDisabled: waitS > 0 }, isBusy ? 'Signing in…' : 'Sign in'));
}
