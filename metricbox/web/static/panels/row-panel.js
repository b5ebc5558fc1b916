// The header of a row: its title opens and closes it.
import { h } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { visibleText } from '../lib/labels.js';

/**
 * @typedef {object} RowPanelProps
 * @property {import('../../types/app').ShownPanel} panel with its variables filled in
 * @property {boolean} isCollapsed
 * @property {(isCollapsed: boolean) => void} onToggle
 * @property {import('../ui/html.js').Children} [children] what an editor can do with it
 */

/** @param {RowPanelProps} props */
export function RowPanel({ panel, isCollapsed, onToggle, children }) {
  const title = visibleText(panel.title) || 'Row';
  const count = panel.panelCount ?? 0;
  const hidden = count === 1 ? '1 panel' : `${count} panels`;
  return h('section', { class: isCollapsed ? 'row-panel is-collapsed' : 'row-panel', 'aria-label': `Row ${title}` },
    h('h2', { class: 'row-head' },
      h('button', { type: 'button', class: 'row-toggle', 'aria-expanded': !isCollapsed, title, onClick: () => onToggle(!isCollapsed) },
        h(Icon, { name: isCollapsed ? 'right' : 'down' }),
        h('span', { class: 'row-title' }, title),
        isCollapsed ? h('span', { class: 'row-count' }, `${hidden} hidden`) : null)),
    children);
}
