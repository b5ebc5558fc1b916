// What keys do anywhere on a page. main.js fetches this with the first key that may mean something.
import { h } from '../ui/html.js';
import { NOTHING_PENDING, nameOfKey, pressKey, SHORTCUTS } from '../lib/shortcuts.js';
import { isRelative } from '../lib/time.js';
import { hasShortcuts } from '../state/browser-settings.js';
import { cycleCrosshair } from '../state/crosshair.js';
import { changeUrlState, urlState, zoomDepth } from '../state/location.js';
import { speak } from '../state/notices.js';
import { setTheme } from '../state/preferences.js';
import { theme } from '../state/theme.js';
import { isPaused, moveRange, range, setRange, zoomBack } from '../state/time-range.js';
import { openDialog } from './open-dialog.js';

/** @typedef {import('../lib/shortcuts.js').Shortcut} Shortcut */

let pending = NOTHING_PENDING;

/** @param {string} selector */
function press(selector) {
  const element = document.querySelector(selector);
  if (element instanceof HTMLElement) element.click();
}

/** @param {Shortcut} shortcut */
function selectorOf({ control, link, needs }) {
  if (control) return `[aria-keyshortcuts="${CSS.escape(control)}"]:not(:disabled)`;
  if (link) return link === '/' ? '.nav a[href="/"]' : `.nav a[href^="${link}"]`;
  return needs ?? '';
}

/**
 * Whether it does anything on the page as it is.
 * @param {Shortcut} shortcut
 */
export function isAvailable(shortcut) {
  const selector = selectorOf(shortcut);
  return selector === '' || document.querySelector(selector) !== null;
}

/** @param {string} from */
const last = (from) => () => setRange({ from, to: 'now' });

/** @type {Record<string, () => void>} those that press no control */
const ACTIONS = {
  palette: async () => {
    const { Palette, loadPalette } = await import('./palette.js');
    await loadPalette();
    openOnce((close) => h(Palette, { onClose: close }));
  },
  help: async () => {
    const { ShortcutsDialog } = await import('./shortcuts-dialog.js');
    openOnce((close) => h(ShortcutsDialog, { shortcuts: SHORTCUTS.filter(isAvailable), onClose: close }));
  },
  search: () => {
    const field = document.querySelector('main input[type="search"]');
    if (field instanceof HTMLInputElement) field.focus();
  },
  theme: () => { setTheme(theme.value === 'dark' ? 'light' : 'dark'); },
  'time-pick': () => press('.time-button'),
  'time-hour': last('now-1h'),
  'time-day': last('now-24h'),
  'time-week': last('now-7d'),
  'time-in': () => moveRange('in'),
  pause: () => {
    if (!isRelative(range.value)) return;
    isPaused.value = !isPaused.value;
    speak(isPaused.value ? 'Refreshing is paused' : 'Refreshing goes on');
  },
  crosshair: cycleCrosshair,
  print: async () => (await import('./print-view.js')).printPage(),
  undo: () => { if (zoomDepth() > 0) zoomBack(); },
  kiosk: () => changeUrlState({ kiosk: urlState.value.kiosk ? null : '1' }, { replace: true }),
};

let closeOpen = () => {};

/**
 * The palette over the list of shortcuts, or twice, would be two layers to close.
 * @param {(close: () => void) => import('../ui/html.js').VNode} build
 */
function openOnce(build) {
  closeOpen();
  closeOpen = openDialog(build);
}

/** @param {Shortcut} shortcut */
export function runShortcut(shortcut) {
  const action = ACTIONS[shortcut.id];
  if (action) action();
  else press(selectorOf(shortcut));
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} keys belong to what has the focus: a field, a menu, a list, a layer
 */
function isTaken(target) {
  if (document.querySelector('dialog[open]') !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, [role="menu"], [role="listbox"], [role="grid"], [role="slider"], [popover]') !== null;
}

/** @param {KeyboardEvent} event */
export function onKey(event) {
  if (event.key === 'Escape') {
    onEscape();
    return;
  }
  const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
  const name = nameOfKey({ key, ctrlKey, metaKey, shiftKey, altKey, isAltGraph: event.getModifierState('AltGraph') });
  if (name === '') return;
  const isPalette = name === 'Mod+k';
  if (!isPalette && (isTaken(event.target) || (!name.startsWith('Mod+') && !hasShortcuts.value))) {
    pending = NOTHING_PENDING;
    return;
  }
  const step = pressKey(pending, name, performance.now());
  pending = step.pending;
  const { shortcut } = step;
  if (!shortcut || shortcut.isElsewhere || !isAvailable(shortcut)) return;
  // Held down, a key would shift the range out of sight.
  if (event.repeat && !shortcut.control) return;
  event.preventDefault();
  runShortcut(shortcut);
}

/** The last of the layers that Esc closes: what lies above has taken the key, or is still there. */
function onEscape() {
  const isCovered = document.querySelector('dialog[open], [popover]:popover-open, .chart-tooltip.is-pinned') !== null;
  if (!isCovered && urlState.value.kiosk) changeUrlState({ kiosk: null }, { replace: true });
}
