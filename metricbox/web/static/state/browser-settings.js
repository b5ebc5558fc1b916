// What stays in this browser, because it is about this keyboard, this eye, this screen. Storage can be forbidden; then a choice
// lasts as long as the page.
import { signal } from '../ui/html.js';

/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | null} value null takes it back
 */
function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}

const SHORTCUTS_KEY = 'metricbox.shortcuts';

/** Shortcuts of a single key; those with Ctrl stay. */
export const hasShortcuts = signal(read(SHORTCUTS_KEY) !== 'off');

/** @param {boolean} isOn */
export function setShortcuts(isOn) {
  hasShortcuts.value = isOn;
  write(SHORTCUTS_KEY, isOn ? null : 'off');
}

const ALERT_MARKS_KEY = 'metricbox.alertMarks';

/** Marks on charts for when alerts fired. */
export const hasAlertMarks = signal(read(ALERT_MARKS_KEY) !== 'off');

/** @param {boolean} isOn */
export function setAlertMarks(isOn) {
  hasAlertMarks.value = isOn;
  write(ALERT_MARKS_KEY, isOn ? null : 'off');
}
