// The list of shortcuts that do something on the page as it is, made from the one table.
import { Fragment, h } from '../ui/html.js';
import { Dialog } from '../ui/dialog.js';
import { useStyle } from '../ui/use-style.js';
import { spellKeys } from '../lib/shortcuts.js';
import { hasShortcuts, setShortcuts } from '../state/browser-settings.js';

/** @typedef {import('../lib/shortcuts.js').Shortcut} Shortcut */

/** @param {{shortcuts: Shortcut[], onClose: () => void}} props */
export function ShortcutsDialog({ shortcuts, onClose }) {
  const isReady = useStyle('/static/styles/palette.css');
  if (!isReady) return h(Fragment, null);
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  const groups = [...new Set(shortcuts.map((item) => item.group))];
  return h(Dialog, { title: 'Shortcuts', onClose, isWide: true },
    h('div', { class: 'shortcut-groups' }, groups.map((group) => h('section', { key: group, class: 'shortcut-group' },
      h('h3', { class: 'shortcut-title' }, group),
      h('dl', { class: 'shortcut-list' }, shortcuts.filter((item) => item.group === group).map((item) => h('div', { key: item.id, class: 'shortcut' },
        h('dt', null, item.text),
        h('dd', null, spellKeys(item, isMac).map((press, index) => h('span', { key: index, class: 'shortcut-press' },
          press.map((key) => h('kbd', { key, class: 'key' }, key))))))))))),
    h('label', { class: 'choice-item' },
      h('input', {
        type: 'checkbox', checked: hasShortcuts.value,
        onChange: (/** @type {Event} */ event) => setShortcuts(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
      }),
      h('span', null, 'Shortcuts of single keys, in this browser')));
}
