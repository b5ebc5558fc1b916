// What stands above a panel while its dashboard is edited: the strip that it is dragged by, and its tools.
import { Fragment, h, useEffect, useRef, useState } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { stepOf } from '../layout/keyboard-move.js';
import { visibleText } from '../lib/labels.js';
import { panelLink } from '../lib/panel-link.js';
import { navigate, urlState } from '../state/location.js';
import { PositionDialog } from './position-dialog.js';
import { RowDialog } from './row-dialog.js';

/** @typedef {import('../ui/html.js').VNode} VNode */

/**
 * @typedef {object} EditToolsProps
 * @property {import('./edit-mode.js').EditMode} edit
 * @property {import('../../types/app').ShownPanel} panel
 * @property {boolean} isStacked one column: there is nothing to move
 */

/** @param {EditToolsProps} props */
export function EditTools({ edit, panel, isStacked }) {
  const strip = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [dialog, setDialog] = useState(/** @type {VNode | null} */ (null));
  const { id } = panel;
  const isRow = panel.type === 'row';
  const name = visibleText(panel.title) || edit.nameOf(id);
  const isNew = edit.newcomer.value === id;
  useEffect(() => {
    if (!isNew) return;
    edit.newcomer.value = '';
    strip.current?.scrollIntoView({ block: 'center' });
    strip.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [isNew]);
  const close = () => setDialog(null);
  const openEditor = () => navigate(panelLink(edit.store.id, id, urlState.peek(), 'edit'));
  const openRow = () => setDialog(h(RowDialog, { row: panel, variables: edit.store.documentState.peek().dashboard?.variables ?? [], onSave: (wish) => edit.changeRow(id, wish), onClose: close }));
  const cell = edit.cells.find((one) => one.id === id);
  return h(Fragment, null,
    h('div', { class: 'edit-tools', ref: strip, role: 'group', 'aria-label': `Edit ${name}` },
      isStacked ? null : h('span', { class: 'edit-grip', 'aria-hidden': 'true' }, h(Icon, { name: 'grip' })),
      panel.options.repeat ? h('span', { class: 'edit-repeat', title: `It is shown once for each chosen value of ${panel.options.repeat}` }, `for each ${visibleText(panel.options.repeat)}`) : null,
      isStacked ? null : h(MoveButton, { edit, id, name }),
      isStacked || !cell ? null : h(Tool, { label: `Position of ${name}`, icon: 'resize', isRare: true, onClick: () => setDialog(h(PositionDialog, { cell, name, isFixed: isRow, least: edit.leastOf(id), onPlace: (wanted) => edit.position(id, wanted), onClose: close })) }),
      isRow ? h(Tool, { label: `Move ${name} up with its panels`, icon: 'up', onClick: () => edit.moveRow(id, -1) }) : null,
      isRow ? h(Tool, { label: `Move ${name} down with its panels`, icon: 'down', onClick: () => edit.moveRow(id, 1) }) : null,
      h(Tool, { label: `Duplicate ${name}`, icon: 'copy', isRare: true, onClick: () => edit.duplicate(id) }),
      isRow ? h(Tool, { label: `Edit ${name}`, icon: 'pencil', onClick: openRow }) : h(Tool, { label: `Edit ${name}`, icon: 'pencil', onClick: openEditor }),
      isRow ? h(Menu, {
        label: `Remove ${name}`, buttonClass: 'edit-tool', children: h(Icon, { name: 'trash', size: 15 }),
        items: [
          { label: 'Remove the row, keep its panels', onSelect: () => edit.remove(id) },
          { label: 'Remove the row and its panels', isDanger: true, onSelect: () => edit.remove(id, { withPanels: true }) },
        ],
      }) : h(Tool, { label: `Remove ${name}`, icon: 'trash', onClick: () => edit.remove(id) })),
    dialog);
}

/** @param {{label: string, icon: string, onClick: () => void, isRare?: boolean}} props isRare: also in the panel's menu, left out where there is no room */
function Tool({ label, icon, onClick, isRare = false }) {
  return h('button', { type: 'button', class: isRare ? 'edit-tool is-rare' : 'edit-tool', title: label, 'aria-label': label, onClick }, h(Icon, { name: icon, size: 15 }));
}

/** @param {{edit: import('./edit-mode.js').EditMode, id: string, name: string}} props */
function MoveButton({ edit, id, name }) {
  const isMoving = edit.moving.value?.id === id;
  const label = `Move ${name}`;
  return h('button', {
    type: 'button', class: 'edit-tool', title: `${label} by keys: Enter, then arrows`, 'aria-label': label, 'aria-pressed': isMoving,
    onClick: () => {
      if (isMoving) edit.endMove(true);
      else edit.beginMove(id);
    },
    onKeyDown: (/** @type {KeyboardEvent} */ event) => {
      if (!isMoving) return;
      const step = stepOf(event);
      if (step) edit.step(step);
      else if (event.key === 'Escape') edit.endMove(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    onBlur: () => { if (isMoving) edit.endMove(true); },
  }, h(Icon, { name: 'move', size: 15 }));
}
