// A change of a dashboard as the fields that differ, so that it can be taken back or put on top of what a colleague did since.
// Pure.
//
//   name                          "Web"    -> "Web servers"
//   panel/3f…/options/unit        "bytes"  -> "percent"
//   panel/77…/type                absent   -> "line"          with all its other fields: the panel was added
import { sectionsOf, stack } from './rows.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').Position} Position */
/** @typedef {{key: string, before?: unknown, after?: unknown}} Entry absent stands for "not there" */
/** @typedef {Entry[]} Patch */
/** @typedef {Map<string, unknown>} Fields */

/** What a dashboard has beside its panels and may be changed. */
export const OWN_FIELDS = /** @type {const} */ (['name', 'description', 'isPublic', 'variables', 'refreshInterval', 'timeRange']);
const PANEL_FIELDS = /** @type {const} */ (['title', 'type', 'query', 'position']);

/**
 * The same text for the same content: the order of names in objects, and null against absent, make no difference.
 * @param {unknown} value
 * @returns {string}
 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return `{${entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`;
}

/**
 * @param {unknown} left
 * @param {unknown} right
 */
export function isSame(left, right) {
  return left === right || canonical(left ?? null) === canonical(right ?? null);
}

/**
 * @param {Panel} panel
 * @returns {Fields} by "title", "options/unit"
 */
export function fieldsOfPanel(panel) {
  /** @type {Fields} */
  const fields = new Map(PANEL_FIELDS.map((name) => [name, panel[name]]));
  for (const [name, value] of Object.entries(panel.options ?? {})) {
    if (value !== null && value !== undefined) fields.set(`options/${name}`, value);
  }
  return fields;
}

/**
 * @param {string} id
 * @param {string} dashboardId
 * @param {Fields} fields as fieldsOfPanel answers them
 * @returns {Panel}
 */
export function panelOfFields(id, dashboardId, fields) {
  /** @type {Record<string, unknown>} */
  const options = {};
  /** @type {Record<string, unknown>} */
  const panel = { id, dashboardId, options };
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    if (name.startsWith('options/')) options[name.slice('options/'.length)] = value;
    else panel[name] = value;
  }
  return /** @type {Panel} */ (/** @type {unknown} */ (panel));
}

/** @param {Dashboard} dashboard */
function fieldsOf(dashboard) {
  /** @type {Fields} */
  const fields = new Map(OWN_FIELDS.map((name) => [name, dashboard[name]]));
  for (const panel of dashboard.panels) {
    for (const [name, value] of fieldsOfPanel(panel)) fields.set(`panel/${panel.id}/${name}`, value);
  }
  return fields;
}

/**
 * @param {Dashboard} before
 * @param {Dashboard} after
 * @returns {Patch} empty when nothing that can be changed differs
 */
export function diff(before, after) {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  /** @type {Patch} */
  const patch = [];
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    // A panel that shows no numbers has the query null, which is not the same as having gone.
    const isThere = old.has(key) === next.has(key);
    if (!isThere || !isSame(old.get(key), next.get(key))) patch.push({ key, before: old.get(key), after: next.get(key) });
  }
  return patch;
}

/**
 * @param {Patch} patch
 * @returns {Patch}
 */
export function invert(patch) {
  return patch.map(({ key, before, after }) => ({ key, before: after, after: before }));
}

/** @param {string} key @returns {string | null} null for a field of the dashboard itself */
function panelOf(key) {
  return key.startsWith('panel/') ? key.split('/')[1] ?? null : null;
}

/**
 * Makes a change on a dashboard that may have moved on: only fields that still are what the change found are touched. A panel
 * that comes or goes does so as a whole or not at all.
 * @param {Dashboard} dashboard
 * @param {Patch} patch
 * @returns {{dashboard: Dashboard, skipped: number}} the same object when nothing was touched
 */
export function applyPatch(dashboard, patch) {
  const fields = fieldsOf(dashboard);
  const isStale = (/** @type {Entry} */ { key, before }) => !isSame(fields.get(key), before);
  const stalePanels = new Set(patch.filter(isStale).map(({ key }) => panelOf(key)));
  const wholePanels = new Set(patch.filter(({ key, before, after }) => key.endsWith('/type') && (before === undefined || after === undefined)).map(({ key }) => panelOf(key)));
  const usable = patch.filter((entry) => {
    const panel = panelOf(entry.key);
    return !isStale(entry) && !(panel !== null && wholePanels.has(panel) && stalePanels.has(panel));
  });
  const skipped = patch.length - usable.length;
  return usable.length === 0 ? { dashboard, skipped } : { dashboard: write(dashboard, usable), skipped };
}

/**
 * As applyPatch, but whatever the fields are now.
 * @param {Dashboard} dashboard
 * @param {Patch} patch
 * @returns {Dashboard} untouched panels are the same objects
 */
export function write(dashboard, patch) {
  /** @type {Record<string, unknown>} */
  const own = {};
  /** @type {Map<string, Fields>} */
  const touched = new Map();
  for (const { key, after } of patch) {
    const id = panelOf(key);
    if (id === null) {
      own[key] = after;
      continue;
    }
    const saved = dashboard.panels.find((panel) => panel.id === id);
    const fields = touched.get(id) ?? (saved ? fieldsOfPanel(saved) : new Map());
    fields.set(key.slice(`panel/${id}/`.length), after);
    touched.set(id, fields);
  }
  const kept = dashboard.panels.filter((panel) => !touched.has(panel.id));
  const made = [...touched].filter(([, fields]) => fields.get('type') !== undefined).map(([id, fields]) => panelOfFields(id, dashboard.id, fields));
  return withPanels({ ...dashboard, ...own }, [...kept, ...made]);
}

/**
 * The dashboard with these panels and their places, in reading order, without overlap and without gaps: the one source of what is
 * shown and saved (B131).
 * @param {Dashboard} dashboard
 * @param {Panel[]} panels
 * @returns {Dashboard}
 */
export function withPanels(dashboard, panels) {
  const bottom = panels.reduce((most, { position }) => Math.max(most, position ? position.y + position.h : 0), 0);
  const cells = panels.map(({ id, position }) => ({ id, ...(position ?? { x: 0, y: bottom, w: 6, h: 4 }) }));
  const byId = new Map(panels.map((panel) => [panel.id, panel]));
  const placed = stack(sectionsOf(panels, cells));
  return {
    ...dashboard,
    panels: placed.flatMap(({ id, x, y, w, h }) => {
      const panel = byId.get(id);
      if (!panel) return [];
      const { position } = panel;
      return [position && position.x === x && position.y === y && position.w === w && position.h === h ? panel : { ...panel, position: { x, y, w, h } }];
    }),
    layout: placed.map(({ id, x, y, w, h }) => ({ i: id, x, y, w, h })),
  };
}

/**
 * The newer one, with the objects of the older wherever their content is the same: what did not change is not drawn anew.
 * @param {Dashboard} older
 * @param {Dashboard} newer
 * @returns {Dashboard}
 */
export function keepSame(older, newer) {
  const byId = new Map(older.panels.map((panel) => [panel.id, panel]));
  const panels = newer.panels.map((panel) => {
    const known = byId.get(panel.id);
    return known && isSame(known, panel) ? known : panel;
  });
  const isAll = panels.length === older.panels.length && panels.every((panel, index) => panel === older.panels[index]);
  return {
    ...newer,
    panels: isAll ? older.panels : panels,
    layout: isSame(older.layout, newer.layout) ? older.layout : newer.layout,
    variables: isSame(older.variables, newer.variables) ? older.variables : newer.variables,
  };
}

/**
 * The request that saves a change: fields that differ, and all panels when one of them does.
 * @param {Dashboard} saved
 * @param {Dashboard} shown
 * @returns {import('../../types/app').DashboardUpdate | null} null when there is nothing to save
 */
export function updateOf(saved, shown) {
  const patch = diff(saved, shown);
  if (patch.length === 0) return null;
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const { key, after } of patch) if (panelOf(key) === null) body[key] = after;
  if (patch.some(({ key }) => panelOf(key) !== null)) {
    body.panels = shown.panels.map(({ id, title, type, query, options, position }) => ({ id, title, type, query, options, position }));
  }
  return /** @type {import('../../types/app').DashboardUpdate} */ ({ ...body, version: saved.version });
}
