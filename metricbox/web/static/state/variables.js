// The variables of one open dashboard: what they offer, and what is chosen. The link holds the choice; the server says what of it
// is offered. Made and disposed by the dashboard's store.
import { computed, effect, signal, untracked } from '../ui/html.js';
import { isAbort, messageOf } from '../api/client.js';
import { listVariableValues } from '../api/dashboards.js';
import { shortHash } from '../lib/labels.js';
import { isAll, isNeeded, selectionFor, selectionOf, variablesOf } from '../lib/variables.js';
import { urlState } from './location.js';

/** @typedef {import('../../types/app').ShownPanel} Panel */
/** @typedef {import('../../types/app').VariableShown} Variable */
/** @typedef {ReadonlyMap<string, string[]>} Lists by the name of a variable */

export class VariableState {
  /** @param {string} dashboardId */
  constructor(dashboardId) {
    this.dashboardId = dashboardId;
    this.chosen = signal(/** @type {Lists} */ (new Map()));
    this.offered = signal(/** @type {Lists} */ (new Map()));
    /** @type {ReadonlyMap<string, string>} of what is offered: All is another choice when that is */
    this.marks = new Map();
    /** What is chosen, All as the list of what is offered: what panels repeat by. */
    this.listed = computed(() => new Map([...this.chosen.value].map(([name, values]) => [name, isAll(values) ? this.offered.value.get(name) ?? [] : values])));
    /** Why they are not known; "" while all is well. */
    this.error = signal('');
    /** @type {Variable[]} */
    this.variables = [];
    this.asked = '';
    this.abort = new AbortController();
    this.stopEffect = () => {};
  }

  /**
   * Before the panels are asked for, so that each is asked once.
   * @param {Variable[]} variables
   */
  async load(variables) {
    this.stopEffect();
    this.variables = variables;
    if (variables.length === 0) {
      this.abort.abort();
      this.offered.value = new Map();
      this.chosen.value = new Map();
      this.error.value = '';
      return;
    }
    this.asked = untracked(() => this.linkKey());
    await this.ask();
    this.stopEffect = effect(() => {
      const wanted = this.linkKey();
      if (wanted !== this.asked) untracked(() => this.follow(wanted));
    });
  }

  /** What the link says of these variables; whatever else it says is no business of theirs. */
  linkKey() {
    const { vars } = urlState.value;
    return JSON.stringify(this.variables.map(({ name }) => (Object.hasOwn(vars, name) ? vars[name] : null)));
  }

  /** @param {string} wanted key of the link as it is now */
  follow(wanted) {
    const before = /** @type {unknown[]} */ (JSON.parse(this.asked));
    const after = /** @type {unknown[]} */ (JSON.parse(wanted));
    const changed = this.variables.filter((_, index) => JSON.stringify(before[index]) !== JSON.stringify(after[index]));
    this.asked = wanted;
    const selection = selectionOf(changed, urlState.peek().vars);
    const isKnown = changed.every((variable) => this.isOffered(variable, selection.get(variable.name)) && !isNeeded(this.variables, variable.name));
    if (isKnown) {
      this.abort.abort();
      this.chosen.value = new Map([...this.chosen.peek(), ...selection]);
    } else this.ask();
  }

  /**
   * @param {Variable} variable
   * @param {string[] | undefined} values
   */
  isOffered(variable, values) {
    if (!values) return false;
    if (isAll(values)) return Boolean(variable.includeAll);
    const offered = this.offered.peek().get(variable.name) ?? [];
    return variable.type !== 'text' && values.every((value) => offered.includes(value));
  }

  /** A failure leaves what was known; the panels are asked with what the link says. */
  async ask() {
    this.abort.abort();
    this.abort = new AbortController();
    const { signal: own } = this.abort;
    const selection = selectionOf(this.variables, urlState.peek().vars);
    try {
      const answer = await listVariableValues(this.dashboardId, Object.fromEntries(selection), own);
      this.marks = new Map(Object.entries(answer).map(([name, one]) => [name, shortHash(one.values.join('\n'))]));
      this.offered.value = new Map(Object.entries(answer).map(([name, one]) => [name, one.values]));
      this.chosen.value = new Map(Object.entries(answer).map(([name, one]) => [name, one.current]));
      this.error.value = '';
    } catch (error) {
      if (isAbort(error) || own.aborted) return;
      this.error.value = messageOf(error);
      this.chosen.value = selection;
    }
  }

  /**
   * What is chosen of the variables that a panel's data hang on, as text: another text makes the data old.
   * @param {Panel} panel
   */
  keyOf(panel) {
    const names = variablesOf(panel);
    const chosen = selectionFor(panel, this.chosen.peek());
    return JSON.stringify((names ?? [...chosen.keys()]).map((name) => {
      const values = chosen.get(name) ?? null;
      return [name, values, values && isAll(values) ? this.marks.get(name) : null];
    }));
  }

  /**
   * For a request.
   * @param {Panel} panel
   */
  valuesFor(panel) {
    return Object.fromEntries(selectionFor(panel, this.chosen.peek()));
  }

  dispose() {
    this.stopEffect();
    this.abort.abort();
  }
}
