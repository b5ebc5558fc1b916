// Editing a dashboard on its page, fetched when somebody edits: what the grid, the bar and the tools of the panels share.
import { effect, signal } from '../ui/html.js';
import { makeDrag } from '../layout/grid-edit.js';
import { cellsOf } from '../layout/grid-model.js';
import { moveCell, resizeCell } from '../layout/grid-moves.js';
import { describePlace, takeStep } from '../layout/keyboard-move.js';
import { duplicatePanel, placeAtEnd } from '../lib/panel-edits.js';
import { collapseRow, deleteRow, duplicateRow, moveRow, placeShown, rowIds } from '../lib/row-edits.js';
import { sectionsOf } from '../lib/rows.js';
import { makeUuid } from '../lib/uuid.js';
import { visibleText } from '../lib/labels.js';
import { PANEL_TYPES } from '../panels/registry.js';
import { EditSession } from '../state/edit-session.js';
import { noteEditing, readKept } from '../state/edit-storage.js';
import { path, place } from '../state/location.js';
import { showToast, speak } from '../state/notices.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../layout/grid-model.js').Cell} Cell */
/** @typedef {import('../layout/grid-moves.js').Least} Least */
/** @typedef {import('../layout/keyboard-move.js').Step} Step */
/** @typedef {{id: string, before: Cell[], cells: Cell[]}} Move by keys; the panels' order in the document stays until it ends */

const UNDO_MS = 10_000;
const SIZES = { text: { w: 6, h: 3 }, row: { w: 12, h: 1 } };
const NEW_TITLES = { text: 'Text', row: 'New row' };

export class EditMode {
  /** @param {import('../state/dashboard.js').DashboardStore} store with its document */
  constructor(store) {
    this.store = store;
    this.session = new EditSession(store);
    /** @type {Cell[]} where the panels that are shown stand */
    this.cells = [];
    /** @type {import('../state/row-folds.js').RowFolds | null} which rows this visitor has opened */
    this.folds = null;
    this.moving = signal(/** @type {Move | null} */ (null));
    /** What has just come and takes the focus. */
    this.newcomer = signal('');
    this.drag = makeDrag({
      leastOf: (id) => this.leastOf(id),
      onHold: (isHeld) => this.hold(isHeld),
      onMoved: (id, cells, isResized) => this.placeAll(id, cells, isResized),
    });
    this.isFixed = (/** @type {string} */ id) => this.panel(id)?.type === 'row';
    noteEditing(store.id);
    this.listeners = new AbortController();
    window.addEventListener('keydown', (event) => this.onKey(event), { capture: true, signal: this.listeners.signal });
    this.stopEffect = effect(() => {
      // What a colleague removed cannot be moved.
      const ids = new Set(store.documentState.value.dashboard?.panels.map((panel) => panel.id));
      if (this.moving.peek() && !ids.has(this.moving.peek()?.id ?? '')) this.moving.value = null;
    });
  }

  get panels() {
    return this.store.documentState.peek().dashboard?.panels ?? [];
  }

  /** @param {string} id */
  panel(id) {
    return this.panels.find((panel) => panel.id === id);
  }

  /** @param {string} id how it is called in what is spoken and undone */
  nameOf(id) {
    const panel = this.panel(id);
    return panel ? visibleText(panel.title) || `the ${PANEL_TYPES.get(panel.type)?.label.toLowerCase() ?? panel.type} panel` : 'the panel';
  }

  /** @param {string} id @returns {Least} */
  leastOf(id) {
    const type = this.panel(id)?.type ?? '';
    const { minW, minH } = PANEL_TYPES.get(type) ?? { minW: 2, minH: 2 };
    return { minW, minH };
  }

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.session.isHeld = isHeld;
    document.documentElement.classList.toggle('is-dragging', isHeld);
  }

  /**
   * @param {string} id that was moved
   * @param {Cell[]} cells of all that are shown
   * @param {boolean} isResized
   */
  placeAll(id, cells, isResized) {
    this.session.apply(`${isResized ? 'Resized' : 'Moved'} ${this.nameOf(id)}`, (dashboard) => (
      { ...dashboard, panels: placeShown(dashboard.panels, cellsOf(dashboard.panels, dashboard.layout), cells) }));
    this.reveal(id);
    const cell = this.saidCell(id);
    if (cell) speak(describePlace(this.nameOf(id), cell));
  }

  /** @param {string} id */
  saidCell(id) {
    return this.panel(id)?.position;
  }

  // ---- by keys

  /** @param {string} id */
  beginMove(id) {
    this.moving.value = { id, before: this.cells, cells: this.cells };
    this.session.isHeld = true;
    const cell = this.cells.find((one) => one.id === id);
    if (cell) speak(`Moving ${describePlace(this.nameOf(id), cell)}. Arrows move, Shift and arrows resize, Enter keeps, Escape restores.`);
  }

  /** @param {Step} step */
  step(step) {
    const move = this.moving.peek();
    if (!move || (step.isSize && this.isFixed(move.id))) return;
    const next = takeStep(move.cells, move.id, step, this.leastOf(move.id));
    const cell = next.find((one) => one.id === move.id);
    if (!cell) return;
    if (next === move.cells) {
      speak(`No further: ${describePlace('', cell)}`);
      return;
    }
    const order = new Map(move.before.map((one, index) => [one.id, index]));
    this.moving.value = { ...move, cells: [...next].sort((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0)) };
    speak(describePlace(this.nameOf(move.id), cell));
  }

  /** @param {boolean} isKept */
  endMove(isKept) {
    const move = this.moving.peek();
    if (!move) return;
    this.moving.value = null;
    this.session.isHeld = false;
    const old = move.before.find((one) => one.id === move.id);
    const now = move.cells.find((one) => one.id === move.id);
    if (isKept && move.cells !== move.before) this.placeAll(move.id, move.cells, old?.w !== now?.w || old?.h !== now?.h);
    else speak(`${this.nameOf(move.id)} is where it was`);
  }

  /**
   * By numbers.
   * @param {string} id
   * @param {{x: number, y: number, w: number, h: number}} wanted
   */
  position(id, wanted) {
    const sized = this.isFixed(id) ? this.cells : resizeCell(moveCell(this.cells, id, { x: 0, y: wanted.y }), id, wanted, this.leastOf(id));
    const old = this.cells.find((one) => one.id === id);
    this.placeAll(id, moveCell(sized, id, wanted), old?.w !== wanted.w || old?.h !== wanted.h);
  }

  // ---- panels

  /** @param {'text' | 'row'} type */
  add(type) {
    const id = makeUuid();
    /** @type {Panel} */
    const panel = {
      id, dashboardId: this.store.id, title: NEW_TITLES[type], type, query: null, options: type === 'text' ? { content: 'Write here what readers should know.' } : {},
      position: { x: 0, y: 0, ...SIZES[type] },
    };
    this.session.apply(`Added ${NEW_TITLES[type]}`, (dashboard) => ({ ...dashboard, panels: [...dashboard.panels, { ...panel, position: placeAtEnd(dashboard.panels, SIZES[type]) }] }));
    this.welcome(id);
  }

  /** Opens the row that a panel has come into: it would vanish. @param {string} id */
  reveal(id) {
    const section = sectionsOf(this.panels, cellsOf(this.panels, [])).find(({ cells }) => cells.some((cell) => cell.id === id));
    if (section?.row && this.folds?.folded.peek().get(section.row.id)) this.folds.set(section.row.id, false);
    return section?.row ?? null;
  }

  /** @param {string} id of what has just come */
  welcome(id) {
    const row = this.reveal(id);
    if (row?.options.isCollapsed) this.folds?.set(row.id, false);
    this.newcomer.value = id;
  }

  /** @param {string} id */
  duplicate(id) {
    const newId = makeUuid();
    this.session.apply(`Duplicated ${this.nameOf(id)}`, (dashboard) => ({
      ...dashboard,
      panels: this.isFixed(id) ? duplicateRow(dashboard.panels, cellsOf(dashboard.panels, dashboard.layout), id, makeUuid) : duplicatePanel(dashboard.panels, id, newId),
    }));
    this.welcome(newId);
  }

  /**
   * @param {string} id
   * @param {{withPanels?: boolean}} [how] of a row: its panels go as well
   */
  remove(id, { withPanels = false } = {}) {
    const name = this.nameOf(id);
    const command = this.session.apply(`Removed ${name}`, (dashboard) => ({
      ...dashboard,
      panels: this.isFixed(id) ? deleteRow(dashboard.panels, cellsOf(dashboard.panels, dashboard.layout), id, { withPanels }) : dashboard.panels.filter((panel) => panel.id !== id),
    }));
    if (command) showToast(`Removed ${name}`, { action: { label: 'Undo', run: () => this.session.revert(command) }, lastsMs: UNDO_MS });
  }

  /**
   * @param {string} id of a row
   * @param {{title: string, repeat: string | null}} wish
   */
  changeRow(id, { title, repeat }) {
    this.session.apply(`Changed ${this.nameOf(id)}`, (dashboard) => ({
      ...dashboard, panels: dashboard.panels.map((panel) => (panel.id === id ? { ...panel, title, options: { ...panel.options, repeat } } : panel)),
    }));
  }

  /**
   * With its panels, past the next row or the one before.
   * @param {string} id of a row
   * @param {-1 | 1} step
   */
  moveRow(id, step) {
    const name = this.nameOf(id);
    const command = this.session.apply(`Moved ${name}`, (dashboard) => ({ ...dashboard, panels: moveRow(dashboard.panels, cellsOf(dashboard.panels, dashboard.layout), id, step) }));
    const rows = rowIds(this.panels, cellsOf(this.panels, []));
    speak(command ? `${name} is row ${rows.indexOf(id) + 1} of ${rows.length}` : `${name} is the ${step < 0 ? 'first' : 'last'} row`);
  }

  /**
   * @param {string} id of a row
   * @param {boolean} isCollapsed for everybody who opens the dashboard
   */
  collapse(id, isCollapsed) {
    this.session.apply(`${isCollapsed ? 'Closed' : 'Opened'} ${this.nameOf(id)}`, (dashboard) => ({ ...dashboard, panels: collapseRow(dashboard.panels, id, isCollapsed) }));
    this.folds?.forget(id);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const isField = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]') !== null;
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isField || document.querySelector('dialog[open]')) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    // Outside of edit mode the same keys undo a zoom.
    event.stopImmediatePropagation();
    this.endMove(false);
    if (key === 'y' || event.shiftKey) this.session.redo();
    else this.session.undo();
  }

  /** @param {boolean} isDone or the page was left, perhaps for the page of a panel */
  stop(isDone) {
    this.endMove(false);
    this.hold(false);
    this.stopEffect();
    this.listeners.abort();
    this.session.dispose();
    const isNear = path.peek().startsWith(`/dashboard/${this.store.id}`) || (readKept(this.store.id)?.unsaved.length ?? 0) > 0;
    if (isDone || !isNear) noteEditing(null);
  }

  /** Where a new panel of a type is made. @param {string} type */
  newPanelPath(type) {
    const search = new URLSearchParams(place.peek().search);
    search.set('type', type);
    return `/dashboard/${this.store.id}/panel/new?${search}`;
  }
}
