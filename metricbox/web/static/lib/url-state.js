// What a link carries, as a pure pair: parseUrlState(formatUrlState(x)) equals x. Absent means the page's default.

/**
 * @typedef {object} UrlState
 * @property {string | null} from
 * @property {string | null} to
 * @property {string | null} tz
 * @property {string | null} refresh "" is off, null is the dashboard's own
 * @property {Record<string, string[]>} vars
 * @property {string | null} panel
 * @property {string[]} hide series marks, see panels/legend-model.js
 * @property {string | null} kiosk "1" hides the bars, "tv" goes on by itself from one dashboard of the list to the next
 * @property {string[]} list ids of dashboards, for kiosk=tv
 * @property {string | null} every how long each is shown, such as 30s
 * @property {string | null} theme
 * @property {Record<string, string[]>} own what the open page alone reads, by the names in OWN
 */

/** @returns {UrlState} */
export function emptyUrlState() {
  return { from: null, to: null, tz: null, refresh: null, vars: {}, panel: null, hide: [], kiosk: null, list: [], every: null, theme: null, own: {} };
}

const SINGLE = /** @type {const} */ (['from', 'to', 'tz', 'panel', 'kiosk', 'every', 'theme']);
/** Parameters of single pages: explore, hosts, alerts and the editor of their rules. */
const OWN = ['q', 'type', 'mode', 'compare', 'limit', 'tab', 'sql', 'host', 'alert', 'name', 'unit', 'threshold', 'severity', 'rule', 'status', 'state', 'search'];
const VARIABLE_PREFIX = 'var-';
const OFF = 'off';

/**
 * @param {string} search with or without "?"
 * @returns {UrlState}
 */
export function parseUrlState(search) {
  const state = emptyUrlState();
  const params = new URLSearchParams(search);
  for (const key of SINGLE) state[key] = params.get(key) || null;
  const refresh = params.get('refresh');
  // "off" is written out, so that a link can switch off a dashboard's own interval and still be readable.
  state.refresh = refresh === null ? null : refresh === OFF ? '' : refresh;
  state.list = params.getAll('list').filter((item) => item !== '');
  state.hide = params.getAll('hide').filter((item) => item !== '');
  for (const name of OWN) {
    const values = params.getAll(name).filter((item) => item !== '');
    if (values.length > 0) state.own[name] = values;
  }
  for (const [key, value] of params) {
    if (!key.startsWith(VARIABLE_PREFIX) || key.length === VARIABLE_PREFIX.length) continue;
    const name = key.slice(VARIABLE_PREFIX.length);
    const values = Object.hasOwn(state.vars, name) ? state.vars[name] ?? [] : [];
    values.push(value);
    // defineProperty, because a variable may be called "__proto__".
    Object.defineProperty(state.vars, name, { value: values, enumerable: true, configurable: true, writable: true });
  }
  return state;
}

/**
 * @param {UrlState} state
 * @returns {string} "" or "?…"
 */
export function formatUrlState(state) {
  const params = new URLSearchParams();
  for (const key of SINGLE) {
    const value = state[key];
    if (value) params.set(key, value);
  }
  if (state.refresh !== null) params.set('refresh', state.refresh === '' ? OFF : state.refresh);
  for (const name of Object.keys(state.vars)) {
    for (const value of state.vars[name] ?? []) params.append(VARIABLE_PREFIX + name, value);
  }
  for (const item of state.list) params.append('list', item);
  for (const name of OWN) {
    for (const value of state.own[name] ?? []) params.append(name, value);
  }
  for (const item of state.hide) params.append('hide', item);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
