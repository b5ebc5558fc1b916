// The session ended while a page is open. A dialogue, not a redirect: what was typed stays, and the requests that failed run
// again after it.
import { h } from '../ui/html.js';
import { Dialog } from '../ui/dialog.js';
import { SignInForm } from '../ui/sign-in-form.js';
import { signIn } from '../api/session.js';
import { enter, leave, user } from '../state/session.js';
import { signInFailure } from './login-page.js';

export function ExpiredDialog() {
  const known = user.value?.email ?? '';
  /** @param {string} email @param {string} password */
  const submit = async (email, password) => {
    try {
      const who = await signIn(email, password);
      // Somebody else must not go on with this person's page.
      const isOther = who.email !== known;
      enter(who);
      if (isOther) window.location.assign('/');
      return null;
    } catch (error) {
      return signInFailure(error);
    }
  };
  return h(Dialog, { title: 'Your session has ended', onClose: () => { leave().catch(() => undefined); } },
    h('p', { class: 'dialog-text' }, 'Sign in again to go on where you were.'),
    h(SignInForm, { onSubmit: submit, email: known }));
}
