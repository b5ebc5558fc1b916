// A panel that is being edited: what it would be, the way back and forth, and how it is saved. Lives in this browser's tab until
// it is saved or thrown away, so that neither a reload nor a session that ends loses it.
import { computed, signal } from '../ui/html.js';
import { getDashboard } from '../api/dashboards.js';
import { createPanel, updatePanel } from '../api/panels.js';
import { changesOf, cleanOptions, draftOf, isSameDraft, mergeDrafts, newDraft, queryOf } from '../lib/panel-draft.js';
import { pushStep, startLine, stepBack, stepForth } from '../lib/undo.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../lib/panel-draft.js').Draft} Draft */
/** @typedef {import('../lib/panel-draft.js').Collision} Collision */
/** @typedef {import('../lib/undo.js').Line<Draft>} Line */

/**
 * @typedef {{kind: 'saved', isMerged: boolean, hasOthers: boolean} | {kind: 'collision', draft: Draft, collisions: Collision[]} | {kind: 'gone'}} SaveOutcome
 * hasOthers: somebody saved the dashboard in the very moment, so that their part should be looked at
 */

/** The panelId of one that is not saved yet. */
export const NEW_PANEL = 'new';
// A tab may keep some megabytes of all pages together.
const STORED_MAX = 200_000;

/** @param {string} dashboardId @param {string} panelId */
function keyOf(dashboardId, panelId) {
  return `metricbox.panelDraft.${dashboardId}.${panelId}`;
}

export class PanelDraft {
  /**
   * @param {object} wish
   * @param {string} wish.dashboardId
   * @param {Panel | null} wish.panel as it is saved; null for a new one
   * @param {Panel['type'] | null} wish.type of a new one; null when the link does not say
   */
  constructor({ dashboardId, panel, type }) {
    this.dashboardId = dashboardId;
    this.panelId = panel?.id ?? NEW_PANEL;
    this.isNew = panel === null;
    /** What both, this page and whoever else saves, began with. */
    this.base = panel ? draftOf(panel) : newDraft(type ?? 'line');
    /** Whether an earlier edit of this tab came back. */
    this.isRestored = false;
    this.line = signal(this.restore(panel === null ? type : null) ?? startLine(this.base));
    this.draft = computed(() => this.line.value.now);
    this.canUndo = computed(() => this.line.value.past.length > 0);
    this.canRedo = computed(() => this.line.value.future.length > 0);
    this.isChanged = computed(() => !isSameDraft(this.base, this.line.value.now));
    this.isSaving = signal(false);
    /** Nothing is to be asked about any more: it was saved, or thrown away. */
    this.isSettled = false;
  }

  /**
   * @param {string | null} type that the link wants
   * @returns {Line | null}
   */
  restore(type) {
    try {
      const stored = JSON.parse(sessionStorage.getItem(keyOf(this.dashboardId, this.panelId)) ?? 'null');
      if (stored === null || !Array.isArray(stored.line?.past) || !Array.isArray(stored.line?.now?.queries)) return null;
      const isChanged = !isSameDraft(stored.base, stored.line.now);
      // One that was only opened is no edit, and the link may want another type now.
      if (!isChanged && (!this.isNew || type !== null)) return null;
      if (this.isNew || isChanged) this.base = stored.base;
      this.isRestored = isChanged;
      return stored.line;
    } catch {
      return null;
    }
  }

  store() {
    this.isSettled = false;
    const { past, now, future, label } = this.line.peek();
    const whole = JSON.stringify({ base: this.base, line: { past, now, future, label } });
    const text = whole.length <= STORED_MAX ? whole : JSON.stringify({ base: this.base, line: startLine(now) });
    try {
      sessionStorage.setItem(keyOf(this.dashboardId, this.panelId), text);
    } catch {
      // Storage can be full or forbidden; the page itself still has it.
    }
  }

  /**
   * @param {string} label the same for what belongs together, "" for a step of its own
   * @param {Partial<Draft>} change
   */
  change(label, change) {
    this.move(pushStep(this.line.peek(), { ...this.line.peek().now, ...change }, label));
  }

  /**
   * @param {string} label
   * @param {import('../../types/app').PanelOptions} options null takes one away
   */
  changeOptions(label, options) {
    const { now } = this.line.peek();
    this.change(label, { options: cleanOptions({ ...now.options, ...options }) });
  }

  /** @param {Line} line */
  move(line) {
    if (line === this.line.peek()) return;
    this.line.value = line;
    this.store();
  }

  undo() {
    this.move(stepBack(this.line.peek()));
  }

  redo() {
    this.move(stepForth(this.line.peek()));
  }

  /** Back to what is saved; this, too, can be undone. */
  reset() {
    this.move(pushStep(this.line.peek(), this.base, ''));
  }

  /** The tab needs not keep it any longer. */
  forget() {
    this.isSettled = true;
    try {
      sessionStorage.removeItem(keyOf(this.dashboardId, this.panelId));
    } catch {
      // Then there is nothing to take away either.
    }
  }

  /**
   * Sends what differs. When the panel was changed meanwhile, both changes go together unless they touch the same field; then
   * the caller asks, and saves what was chosen with `chosen`.
   * @param {(dashboard: Dashboard) => import('../../types/app').Position} placeNew
   * @param {Draft} [chosen] after a collision
   * @returns {Promise<SaveOutcome>} throws ApiError and NetworkError
   */
  async save(placeNew, chosen) {
    this.isSaving.value = true;
    try {
      const dashboard = await getDashboard(this.dashboardId);
      const found = dashboard.panels.find((panel) => panel.id === this.panelId);
      if (this.isNew) return await this.create(dashboard, placeNew);
      return found ? await this.update(dashboard, found, chosen) : { kind: 'gone' };
    } finally {
      this.isSaving.value = false;
    }
  }

  /**
   * @param {Dashboard} dashboard
   * @param {(dashboard: Dashboard) => import('../../types/app').Position} placeNew
   * @returns {Promise<SaveOutcome>}
   */
  async create(dashboard, placeNew) {
    const draft = this.line.peek().now;
    await createPanel(this.dashboardId, {
      title: draft.title, type: draft.type, query: queryOf(draft), options: cleanOptions(draft.options), position: placeNew(dashboard),
    });
    this.forget();
    return { kind: 'saved', isMerged: false, hasOthers: false };
  }

  /**
   * @param {Dashboard} dashboard
   * @param {Panel} found
   * @param {Draft} [chosen]
   * @returns {Promise<SaveOutcome>}
   */
  async update(dashboard, found, chosen) {
    const theirs = draftOf(found);
    const isOther = !isSameDraft(this.base, theirs);
    const { draft, collisions } = chosen ? { draft: chosen, collisions: [] } : mergeDrafts(this.base, this.line.peek().now, theirs);
    if (collisions.length > 0) return { kind: 'collision', draft, collisions };
    const changes = changesOf(theirs, draft);
    let version = dashboard.version + 1;
    if (Object.keys(changes).length > 0) ({ version } = await updatePanel(this.dashboardId, this.panelId, changes));
    this.forget();
    return { kind: 'saved', isMerged: isOther && !chosen, hasOthers: version !== dashboard.version + 1 };
  }

  /** After the panel was removed by somebody else: the draft becomes a panel of its own. */
  becomeNew() {
    this.forget();
    this.isNew = true;
    this.panelId = NEW_PANEL;
    this.store();
  }
}
