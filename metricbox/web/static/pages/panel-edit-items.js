// The items of a panel's menu that change the dashboard. Outside of edit mode they begin it, so that what they did can be
// undone and moved on from.
import { h } from '../ui/html.js';
import { visibleText } from '../lib/labels.js';
import { openDialog } from './open-dialog.js';

/** @typedef {import('./edit-mode.js').EditMode} EditMode */
/** @typedef {import('../ui/menu.js').MenuItem} MenuItem */

/**
 * @param {object} wish
 * @param {string} wish.id of the saved panel
 * @param {string} wish.title
 * @param {() => EditMode | Promise<EditMode>} wish.edit
 * @returns {MenuItem[]}
 */
export function panelEditItems({ id, title, edit }) {
  return [
    { label: 'Duplicate', icon: 'copy', startsGroup: true, onSelect: async () => (await edit()).duplicate(id) },
    // On a phone there is one column, and no place to choose.
    ...(window.matchMedia('(max-width: 767px)').matches ? [] : [{ label: 'Position…', icon: 'resize', onSelect: () => openPosition(id, title, edit) }]),
    { label: 'Remove', icon: 'trash', isDanger: true, onSelect: async () => (await edit()).remove(id) },
  ];
}

/**
 * @param {string} id
 * @param {string} title
 * @param {() => EditMode | Promise<EditMode>} edit
 */
async function openPosition(id, title, edit) {
  const [mode, { PositionDialog }] = await Promise.all([edit(), import('./position-dialog.js')]);
  const cell = mode.cells.find((one) => one.id === id) ?? mode.panel(id)?.position;
  if (!cell) return;
  openDialog((close) => h(PositionDialog, {
    cell: { id, ...cell }, name: visibleText(title) || mode.nameOf(id), isFixed: false, least: mode.leastOf(id),
    onPlace: (wanted) => mode.position(id, wanted), onClose: close,
  }));
}
