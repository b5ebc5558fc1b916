// E-mail and password, used by the sign-in page and by the dialogue over a page whose session ended.
import { h, useEffect, useState } from './html.js';
import { Button } from './button.js';
import { TextField } from './field.js';

/**
 * @typedef {object} SignInFormProps
 * @property {(email: string, password: string) => Promise<{message: string, retryAfterS: number | null} | null>} onSubmit
 *   null when it worked
 * @property {string} [email] known already
 */

/** @param {SignInFormProps} props */
export function SignInForm({ onSubmit, email: known = '' }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [message, setMessage] = useState('');
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
    setBusy(true);
    setMessage('');
    const failure = await onSubmit(email, password);
    setBusy(false);
    if (!failure) return;
    setMessage(failure.message);
    setWaitS(Math.ceil(failure.retryAfterS ?? 0));
  };

  const shown = waitS > 0 ? `Too many attempts. Try again in ${waitS} s.` : message;
  return h('form', { class: 'form', onSubmit: submit, noValidate: true },
    h('div', { class: 'form-error', role: 'alert' }, shown === '' ? null : shown),
    h(TextField, { label: 'E-mail', name: 'email', type: 'email', autocomplete: 'username', value: email, onInput: setEmail, hasFocus: known === '', isRequired: true }),
    h(TextField, { label: 'Password', name: 'password', type: 'password', autocomplete: 'current-password', value: password, onInput: setPassword, hasFocus: known !== '', isRequired: true }),
    h(Button, { type: 'submit', kind: 'primary', isBusy, isDisabled: waitS > 0 }, isBusy ? 'Signing in…' : 'Sign in'));
}
