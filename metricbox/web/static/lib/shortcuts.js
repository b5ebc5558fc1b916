// All shortcuts of the pages, in one table: it is looked up at each key, listed by "?", and offered by the palette. Pure.

/**
 * @typedef {object} Shortcut
 * @property {string} id
 * @property {string[]} keys one press after the other, as nameOfKey names them
 * @property {string} text
 * @property {'Everywhere' | 'Go to' | 'Time' | 'Dashboard' | 'Panel with the focus'} group
 * @property {string} [control] aria-keyshortcuts of the control that it presses: where the control is not, neither is the shortcut
 * @property {string} [link] of the side bar, likewise
 * @property {string} [needs] a selector: what must be on the page
 * @property {boolean} [isElsewhere] the part of the page that it belongs to takes the key itself
 */

const TIME = '.time-button';
const DASHBOARD = '.dashboard';

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  { id: 'palette', keys: ['Mod+k'], text: 'Find anything: command palette', group: 'Everywhere' },
  { id: 'help', keys: ['?'], text: 'Shortcuts: this list', group: 'Everywhere' },
  { id: 'search', keys: ['/'], text: 'Search on this page', group: 'Everywhere', needs: 'main input[type="search"]' },
  { id: 'theme', keys: ['d', 'l'], text: 'Dark or light', group: 'Everywhere' },
  { id: 'go-dashboards', keys: ['g', 'd'], text: 'Dashboards', group: 'Go to', link: '/' },
  { id: 'go-explore', keys: ['g', 'e'], text: 'Explore', group: 'Go to', link: '/explore' },
  { id: 'go-alerts', keys: ['g', 'a'], text: 'Alerts', group: 'Go to', link: '/alerts' },
  { id: 'go-hosts', keys: ['g', 'h'], text: 'Hosts', group: 'Go to', link: '/hosts' },
  { id: 'go-settings', keys: ['g', 's'], text: 'Settings', group: 'Go to', link: '/settings' },
  { id: 'time-pick', keys: ['t', 't'], text: 'Pick a time range', group: 'Time', needs: TIME },
  { id: 'time-hour', keys: ['t', 'h'], text: 'Last hour', group: 'Time', needs: TIME },
  { id: 'time-day', keys: ['t', 'd'], text: 'Last 24 hours', group: 'Time', needs: TIME },
  { id: 'time-week', keys: ['t', 'w'], text: 'Last 7 days', group: 'Time', needs: TIME },
  { id: 'time-back', keys: ['['], text: 'Shift back by half the range', group: 'Time', control: '[' },
  { id: 'time-forward', keys: [']'], text: 'Shift forward', group: 'Time', control: ']' },
  { id: 'time-out', keys: ['-'], text: 'Zoom out', group: 'Time', control: '-' },
  { id: 'time-in', keys: ['='], text: 'Zoom in', group: 'Time', needs: TIME },
  { id: 'refresh', keys: ['r'], text: 'Refresh now', group: 'Time', control: 'R' },
  { id: 'pause', keys: ['p'], text: 'Pause refreshing, and go on', group: 'Time', control: 'R' },
  { id: 'edit', keys: ['Shift+e'], text: 'Edit the dashboard', group: 'Dashboard', control: 'Shift+E' },
  { id: 'undo', keys: ['Mod+z'], text: 'Undo: the last edit, or the last zoom', group: 'Dashboard', needs: DASHBOARD },
  { id: 'redo', keys: ['Mod+Shift+z'], text: 'Redo the edit', group: 'Dashboard', control: 'Control+Shift+Z', isElsewhere: true },
  { id: 'crosshair', keys: ['Shift+x'], text: 'Crosshair: in all charts, with their values, or in one', group: 'Dashboard', needs: '.chart' },
  { id: 'kiosk', keys: ['d', 'k'], text: 'Kiosk: the dashboard alone; Esc leaves it', group: 'Dashboard', needs: DASHBOARD },
  { id: 'print', keys: ['Mod+p'], text: 'Print, with all panels', group: 'Dashboard', needs: DASHBOARD },
  { id: 'panel-view', keys: ['v'], text: 'View', group: 'Panel with the focus', needs: '.panel-menu', isElsewhere: true },
  { id: 'panel-edit', keys: ['e'], text: 'Edit', group: 'Panel with the focus', needs: '.panel-menu', isElsewhere: true },
  { id: 'panel-explore', keys: ['x'], text: 'Explore', group: 'Panel with the focus', needs: '.panel-menu', isElsewhere: true },
  { id: 'panel-table', keys: ['Shift+t'], text: 'Show as table', group: 'Panel with the focus', needs: '.panel-menu', isElsewhere: true },
];

// Two presses that are further apart are two shortcuts.
const PAUSE_MS = 2500;

/**
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean, isAltGraph: boolean}} event
 * @returns {string} "" for a key that is none: a modifier alone, a combination that belongs to the system
 */
export function nameOfKey({ key, ctrlKey, metaKey, shiftKey, altKey, isAltGraph }) {
  if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead', 'Unidentified', 'Process'].includes(key)) return '';
  // AltGr says Ctrl and Alt on some systems, and is how "[" is written on many keyboards.
  const hasMod = (ctrlKey || metaKey) && !isAltGraph;
  if (altKey && !isAltGraph) return '';
  const isLetter = /^\p{L}$/u.test(key);
  const isNamed = key.length > 1;
  // Of other characters Shift is part of how they are written.
  return `${hasMod ? 'Mod+' : ''}${shiftKey && (isLetter || isNamed) ? 'Shift+' : ''}${isLetter ? key.toLowerCase() : key}`;
}

/** @typedef {{pressed: readonly string[], atMs: number}} Pending */

/** @type {Pending} */
export const NOTHING_PENDING = { pressed: [], atMs: 0 };

/**
 * What a key means after those before it.
 * @param {Pending} pending
 * @param {string} name
 * @param {number} atMs
 * @param {readonly Shortcut[]} [table]
 * @returns {{shortcut: Shortcut | null, pending: Pending}}
 */
export function pressKey(pending, name, atMs, table = SHORTCUTS) {
  const before = atMs - pending.atMs <= PAUSE_MS ? pending.pressed : [];
  const pressed = [...before, name];
  const fitting = table.filter((item) => pressed.every((key, index) => item.keys[index] === key));
  const exact = fitting.find((item) => item.keys.length === pressed.length);
  if (exact) return { shortcut: exact, pending: NOTHING_PENDING };
  if (fitting.length > 0) return { shortcut: null, pending: { pressed, atMs } };
  // The first one led nowhere; this one may be a beginning.
  return before.length > 0 ? pressKey(NOTHING_PENDING, name, atMs, table) : { shortcut: null, pending: NOTHING_PENDING };
}

/** @type {Record<string, string>} */
const SPELLED = { Escape: 'Esc', '-': '\u2212' };

/**
 * As it stands on the keyboard: ["g", "d"] -> "g d", ["Mod+Shift+z"] -> "Ctrl Shift Z".
 * @param {Shortcut} shortcut
 * @param {boolean} isMac
 * @returns {string[][]} presses, each a list of keys
 */
export function spellKeys({ keys }, isMac) {
  return keys.map((press) => {
    const parts = press.split('+');
    const last = parts.pop() ?? '';
    const isCombined = parts.length > 0;
    const modifiers = parts.map((part) => (part === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : part));
    return [...modifiers, SPELLED[last] ?? (isCombined ? last.toUpperCase() : last)];
  });
}
