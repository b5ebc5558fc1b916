// Keys that do what an item of a panel's menu does. Fetched with the first such key.
import { hasShortcuts } from '../state/browser-settings.js';
import { navigate } from '../state/location.js';

/** What takes letters for itself. */
const TAKEN = 'input, textarea, select, dialog, [contenteditable], [role="menu"], [role="listbox"], [role="slider"], [popover]';

/**
 * @param {KeyboardEvent} event
 * @param {() => Promise<import('../ui/menu.js').MenuItem[]>} menu
 */
export async function runPanelKey(event, menu) {
  const isTaken = document.querySelector('dialog[open]') !== null || (event.target instanceof Element && event.target.closest(TAKEN) !== null);
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTaken || !hasShortcuts.value) return;
  const keys = `${event.shiftKey ? 'Shift+' : ''}${event.key.toUpperCase()}`;
  const item = (await menu()).find((one) => one.keys === keys);
  if (item?.href) navigate(item.href);
  else item?.onSelect?.();
}
