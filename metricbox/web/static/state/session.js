// Who is signed in. Pages ask here; only this file and the sign-in pages talk to api/session.js.
import { signal } from '../ui/html.js';
import { ApiError, NetworkError, setHooks } from '../api/client.js';
import * as sessions from '../api/session.js';
import { noteVersion } from './notices.js';
import { forgetPreferences, loadPreferences } from './preferences.js';

/** @typedef {import('../../types/app').OwnUser} User */
/** @typedef {'starting' | 'unreachable' | 'setup' | 'out' | 'in'} SessionPhase */

export const phase = signal(/** @type {SessionPhase} */ ('starting'));
export const user = signal(/** @type {User | null} */ (null));
export const isCodeRequired = signal(false);
export const hasAgent = signal(false);
/** The session ended while a page is open: a dialogue asks, the page and its edits stay. */
export const isExpired = signal(false);

/** @type {((isBack: boolean) => void)[]} requests that wait for somebody to sign in again */
let waiting = [];

/** Asks the server how things stand, and who we are only if somebody is signed in: a 401 would be an error in the console. */
export async function startSession() {
  setHooks({ onSignedOut, onVersion: noteVersion });
  try {
    const setup = await sessions.getSetup();
    if (setup.needed) {
      isCodeRequired.value = setup.codeRequired ?? false;
      hasAgent.value = setup.agent;
      phase.value = 'setup';
      return;
    }
    if (!setup.signedIn) {
      phase.value = 'out';
      return;
    }
    // Together, so that the first page is drawn once, in the account's colours and hours.
    const [who] = await Promise.all([sessions.getMe(), loadPreferences()]);
    enter(who);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) phase.value = 'out';
    else if (error instanceof NetworkError || error instanceof ApiError) phase.value = 'unreachable';
    else throw error;
  }
}

/** @param {User} who */
export function enter(who) {
  user.value = who;
  isExpired.value = false;
  phase.value = 'in';
  for (const resume of waiting) resume(true);
  waiting = [];
}

/** @returns {Promise<boolean>} */
function onSignedOut() {
  if (phase.value !== 'in') return Promise.resolve(false);
  isExpired.value = true;
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

export async function leave() {
  try {
    await sessions.signOut();
  } finally {
    forget();
  }
}

/** The session is over, and the server knows. */
export function forget() {
  user.value = null;
  isExpired.value = false;
  for (const resume of waiting) resume(false);
  waiting = [];
  forgetPreferences();
  phase.value = 'out';
}

/**
 * The own account as it is now.
 * @param {import('../../types/app').User} who
 */
export function updateSelf(who) {
  if (who.id === user.value?.id) user.value = { ...user.value, ...who };
}

export function isAdmin() {
  return user.value?.role === 'admin';
}

/** Whether the user may make and change things. */
export function canEdit() {
  return user.value?.role === 'editor' || user.value?.role === 'admin';
}

/** Whether the user may run queries of his own; the setting explore keeps viewers to the panels of dashboards. */
export function canExplore() {
  return user.value?.mayExplore ?? false;
}
