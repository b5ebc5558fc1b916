// The variables of a dashboard: their order, and the way to each of their forms. Fetched when somebody edits them.
import { h, useEffect, useRef, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import { useStyle } from '../ui/use-style.js';
import { visibleText } from '../lib/labels.js';
import { describeVariable } from '../lib/variable-form.js';
import { describeUse, renameReferences, usesOf } from '../lib/variable-uses.js';
import { needsOf } from '../lib/variables.js';
import { changeUrlState, urlState } from '../state/location.js';
import { showToast, speak } from '../state/notices.js';
import { VariableForm } from './variable-form.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').VariableShown} Variable */

/**
 * @typedef {object} VariableEditorProps
 * @property {import('../state/dashboard.js').DashboardStore} store
 * @property {import('../state/edit-session.js').EditSession} edit
 * @property {() => void} onClose
 */

// The server's limit.
const VARIABLES_MAX = 100;

/** @typedef {{name: 'list', focus: string} | {name: 'form', variable: Variable | null} | {name: 'delete', variable: Variable}} View */

/** @param {VariableEditorProps} props */
export function VariableEditor({ store, edit, onClose }) {
  const [view, setView] = useState(/** @type {View} */ ({ name: 'list', focus: '' }));
  const isReady = ['variables', 'query', 'panel-page'].map((name) => useStyle(`/static/styles/${name}.css`)).every(Boolean);
  const { dashboard } = store.documentState.value;
  if (!dashboard || !isReady) return null;
  /** @param {string} [focus] */
  const toList = (focus = '') => setView({ name: 'list', focus });
  if (view.name === 'form') {
    const old = view.variable;
    return h(VariableForm, {
      key: 'form', dashboard, variable: old, chosen: Object.fromEntries(store.variables.chosen.value), onBack: () => toList(old?.name), onClose,
      onSave: (variable, isRenaming) => {
        save(edit, old, variable, isRenaming);
        toList(variable.name);
      },
    });
  }
  if (view.name === 'delete') {
    const { variable } = view;
    return h(DeleteView, {
      key: 'delete', dashboard, variable, onBack: () => toList(variable.name), onClose,
      onDelete: () => {
        remove(edit, variable);
        toList();
      },
    });
  }
  return h(List, { key: 'list', dashboard, edit, focus: view.focus, setView, onClose });
}

/**
 * @param {import('../state/edit-session.js').EditSession} edit
 * @param {Variable | null} old null for a new one
 * @param {Variable} variable
 * @param {boolean} isRenaming what refers to the old name follows
 */
function save(edit, old, variable, isRenaming) {
  const label = old ? `Changed the variable ${variable.name}` : `Added the variable ${variable.name}`;
  edit.apply(label, (dashboard) => {
    if (!old) return { ...dashboard, variables: [...dashboard.variables, variable] };
    const renamed = isRenaming ? renameReferences(dashboard, old.name, variable.name) : dashboard;
    return { ...renamed, variables: renamed.variables.map((one) => (one.name === old.name ? variable : one)) };
  });
  if (old && old.name !== variable.name) {
    // What the link chooses follows, too.
    const { [old.name]: values, ...rest } = urlState.peek().vars;
    if (values) changeUrlState({ vars: { ...rest, [variable.name]: values } }, { replace: true });
  }
}

/**
 * @param {import('../state/edit-session.js').EditSession} edit
 * @param {Variable} variable
 */
function remove(edit, variable) {
  const command = edit.apply(`Deleted the variable ${variable.name}`, (dashboard) => ({
    ...dashboard, variables: dashboard.variables.filter((one) => one.name !== variable.name),
  }));
  if (command) showToast(`Deleted the variable ${variable.name}`, { action: { label: 'Undo', run: () => edit.revert(command) }, lastsMs: 10_000 });
}

/**
 * @param {{dashboard: Dashboard, edit: import('../state/edit-session.js').EditSession, focus: string, setView: (view: View) => void, onClose: () => void}} props
 *   focus: the variable that was left last
 */
function List({ dashboard, edit, focus, setView, onClose }) {
  const { variables } = dashboard;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    const row = focus === '' ? null : [...box.current?.querySelectorAll('.variable-row') ?? []].find((one) => one.getAttribute('data-name') === focus);
    const target = row?.querySelector('.variable-open');
    if (target instanceof HTMLElement) target.focus();
  }, []);
  /**
   * @param {number} index
   * @param {-1 | 1} step
   */
  const move = (index, step) => {
    const name = variables[index]?.name ?? '';
    edit.apply(`Moved the variable ${name}`, (document) => ({ ...document, variables: swapped(document.variables, index, index + step) }));
    speak(`${name} is number ${index + step + 1} of ${variables.length}`);
    // Moved elements lose the focus; at the end of the list the other button takes it.
    requestAnimationFrame(() => {
      const buttons = [...box.current?.querySelectorAll('.variable-row')[index + step]?.querySelectorAll('.variable-move button') ?? []];
      const order = step < 0 ? buttons : buttons.reverse();
      const target = order.find((one) => one instanceof HTMLButtonElement && !one.disabled);
      if (target instanceof HTMLElement) target.focus();
    });
  };
  return h(Dialog, { title: 'Variables', onClose, isWide: true },
    h('div', { ref: box, class: 'variable-list' },
      variables.length === 0 ? h('p', { class: 'dialog-text' }, 'A variable is something that readers choose above the panels, such as a host. Panels refer to it as $host in queries, titles and links.') : null,
      h('ol', { class: 'versions variable-rows', 'aria-label': 'Variables' }, variables.map((variable, index) => h(Row, {
        key: variable.name, variable, isFirst: index === 0, isLast: index === variables.length - 1, uses: usesOf(dashboard, variable.name).length,
        onMove: (/** @type {-1 | 1} */ step) => move(index, step),
        onOpen: () => setView({ name: 'form', variable }),
        onDelete: () => setView({ name: 'delete', variable }),
      })))),
    h('div', { class: 'form-actions' },
      variables.length < VARIABLES_MAX ? h(Button, { icon: 'plus', kind: variables.length === 0 ? 'primary' : 'plain', onClick: () => setView({ name: 'form', variable: null }) }, 'Add variable')
        : h('p', { class: 'field-help' }, `A dashboard has at most ${VARIABLES_MAX} variables.`),
      h(Button, { kind: variables.length === 0 ? 'plain' : 'primary', onClick: onClose }, 'Done')));
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} left
 * @param {number} right
 * @returns {T[]}
 */
function swapped(list, left, right) {
  const next = [...list];
  const [one, other] = [list[left], list[right]];
  if (one === undefined || other === undefined) return next;
  next[left] = other;
  next[right] = one;
  return next;
}

/**
 * @param {{variable: Variable, isFirst: boolean, isLast: boolean, uses: number, onMove: (step: -1 | 1) => void, onOpen: () => void, onDelete: () => void}} props
 */
function Row({ variable, isFirst, isLast, uses, onMove, onOpen, onDelete }) {
  const { name } = variable;
  const label = variable.label ? ` · ${visibleText(variable.label)}` : '';
  return h('li', { class: 'version variable-row', 'data-name': name },
    h('span', { class: 'variable-move' },
      h(IconButton, { label: `Move ${name} up`, icon: 'up', isDisabled: isFirst, onClick: () => onMove(-1) }),
      h(IconButton, { label: `Move ${name} down`, icon: 'down', isDisabled: isLast, onClick: () => onMove(1) })),
    h('button', { type: 'button', class: 'variable-open', onClick: onOpen },
      h('span', { class: 'only-spoken' }, `Edit ${name}`),
      h('span', { class: 'variable-name' }, h('code', null, `$${name}`), label),
      h('span', { class: 'field-help' }, visibleText(describeVariable(variable)))),
    h('span', { class: 'variable-uses' }, uses === 0 ? 'not used' : uses === 1 ? '1 use' : `${uses} uses`),
    h(IconButton, { label: `Delete ${name}`, icon: 'trash', onClick: onDelete }));
}

/**
 * @param {{dashboard: Dashboard, variable: Variable, onBack: () => void, onClose: () => void, onDelete: () => void}} props
 */
function DeleteView({ dashboard, variable, onBack, onClose, onDelete }) {
  const { name } = variable;
  const uses = usesOf(dashboard, name);
  const needing = dashboard.variables.filter((one) => one.name !== name && needsOf(one).includes(name));
  return h(Dialog, { title: `Delete the variable ${name}?`, onClose, isWide: true },
    needing.length > 0 ? h('p', { class: 'form-error', role: 'alert' },
      `${needing.map((one) => one.name).join(', ')} ${needing.length === 1 ? 'hangs' : 'hang'} on it. Change ${needing.length === 1 ? 'that variable' : 'those variables'} first.`)
      : h('p', { class: 'dialog-text' }, uses.length === 0 ? 'Nothing refers to it.' : 'These refer to it, and will say that there is no such variable until they are changed:'),
    uses.length > 0 && needing.length === 0 ? h('ul', { class: 'variable-places' }, uses.map((use, index) => h('li', { key: index }, h(Icon, { name: 'warning', size: 15 }), visibleText(describeUse(use))))) : null,
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onBack }, needing.length > 0 ? 'Back' : 'Cancel'),
      needing.length > 0 ? null : h(Button, { kind: 'danger', onClick: onDelete }, 'Delete variable')));
}
