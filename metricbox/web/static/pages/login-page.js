// Signing in. One sentence for both faults, a countdown when there were too many.
import { batch, h } from '../ui/html.js';
import { usePageTitle } from '../ui/page-header.js';
import { Brand } from '../ui/shell.js';
import { SignInForm } from '../ui/sign-in-form.js';
import { ApiError, messageOf } from '../api/client.js';
import { signIn } from '../api/session.js';
import { safeNextPath } from '../lib/next-path.js';
import { navigate, place } from '../state/location.js';
import { speak } from '../state/notices.js';
import { loadPreferences } from '../state/preferences.js';
import { enter } from '../state/session.js';

/**
 * @param {unknown} error
 * @returns {{message: string, retryAfterS: number | null}}
 */
export function signInFailure(error) {
  if (error instanceof ApiError && error.status === 429) return { message: error.message, retryAfterS: error.retryAfterS ?? 10 };
  // The same words for an unknown address and a wrong password, whatever the server says.
  if (error instanceof ApiError && (error.status === 401 || error.status === 400)) {
    return { message: 'E-mail or password is wrong.', retryAfterS: null };
  }
  return { message: messageOf(error), retryAfterS: null };
}

export function LoginPage() {
  const heading = usePageTitle('Sign in', speak);
  /** @param {string} email @param {string} password */
  const submit = async (email, password) => {
    try {
      const user = await signIn(email, password);
      await loadPreferences();
      const next = safeNextPath(new URLSearchParams(place.value.search).get('next'));
      batch(() => {
        enter(user);
        navigate(next, { replace: true });
      });
      return null;
    } catch (error) {
      return signInFailure(error);
    }
  };
  return h('main', { class: 'gate' }, h('div', { class: 'gate-card' },
    h(Brand, {}),
    h('h1', { class: 'gate-title', tabIndex: -1, ref: heading }, 'Sign in to metricbox'),
    h(SignInForm, { onSubmit: submit })));
}
