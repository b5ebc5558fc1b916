// What follows the account from browser to browser: theme, time zone, starred dashboards and when each was last opened. The
// browser keeps a copy of the first two, so that the first paint has the right colours and hours before the server has answered.
import { signal } from '../ui/html.js';
import { messageOf } from '../api/client.js';
import { getPreferences, savePreferences } from '../api/session.js';
import { changeUrlState } from './location.js';
import { showToast } from './notices.js';
import { keepTheme } from './theme.js';

/** @typedef {import('./theme.js').Theme} Theme */

const ZONE_KEY = 'metricbox.timezone';

/** Storage can be forbidden; then the choice comes with the server's answer. */
function readZone() {
  try {
    return localStorage.getItem(ZONE_KEY) ?? '';
  } catch {
    return '';
  }
}

/** Where a link names no zone; "" is the browser's own. */
export const preferredZone = signal(readZone());

/** Ids of dashboards. */
export const starred = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** Dashboard id -> when it was last opened, ISO 8601. */
export const lastOpened = signal(/** @type {Readonly<Record<string, string>>} */ ({}));

// Enough for the order of a list; the server keeps a thousand.
const OPENED_MAX = 200;

/** @param {string} zone */
function keepZone(zone) {
  preferredZone.value = zone;
  try {
    if (zone === '') localStorage.removeItem(ZONE_KEY);
    else localStorage.setItem(ZONE_KEY, zone);
  } catch {
    // See readZone.
  }
}

// What was chosen while the answer was under way is newer than the answer.
let choices = 0;

/** Takes over what the account has. Without an answer the browser's copy holds. */
export async function loadPreferences() {
  const before = choices;
  try {
    const { theme, timezone, starred: stars, lastUsed } = await getPreferences();
    if (choices !== before) return;
    starred.value = new Set(stars ?? []);
    lastOpened.value = lastUsed ?? {};
    if (theme) keepTheme(theme);
    keepZone(timezone ?? '');
  } catch {
    // Whatever is wrong, the page itself will meet and tell it.
  }
}

/** The next person at this browser has other hours; colours stay, since the sign-in page has them too. */
export function forgetPreferences() {
  keepZone('');
  starred.value = new Set();
  lastOpened.value = {};
}

/**
 * Shown at once, taken back when the server does not take it.
 * @param {string} id of a dashboard
 */
export async function toggleStar(id) {
  choices += 1;
  const before = starred.value;
  const next = new Set(before);
  if (!next.delete(id)) next.add(id);
  starred.value = next;
  try {
    await savePreferences({ starred: [...next] });
  } catch (error) {
    if (starred.value === next) starred.value = before;
    showToast(`The star was not saved: ${messageOf(error)}`, { kind: 'error' });
  }
}

/**
 * Kept for the order of the list; a lost note is no fault that anybody should read about.
 * @param {string} id of a dashboard
 */
export function noteOpened(id) {
  choices += 1;
  const newest = Object.entries({ ...lastOpened.value, [id]: new Date().toISOString() }).sort((left, right) => (left[1] < right[1] ? 1 : -1));
  lastOpened.value = Object.fromEntries(newest.slice(0, OPENED_MAX));
  savePreferences({ lastUsed: lastOpened.value }).catch(() => undefined);
}

/** @param {Theme} theme */
export async function setTheme(theme) {
  choices += 1;
  keepTheme(theme);
  // What a link asks for holds until somebody chooses.
  changeUrlState({ theme: null }, { replace: true });
  try {
    await savePreferences({ theme });
  } catch (error) {
    showToast(`Only this browser has the new theme: ${messageOf(error)}`, { kind: 'error' });
  }
}

/**
 * Throws what the server says against it.
 * @param {string} zone "" is the browser's own
 */
export async function setZone(zone) {
  choices += 1;
  await savePreferences({ timezone: zone === '' ? null : zone });
  keepZone(zone);
}
