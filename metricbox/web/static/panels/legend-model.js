// Which series a legend hides, and how the link says so. Pure.
//
// A mark in the link is PANEL.SERIES, both short hashes; "PANEL.!SERIES" means "all but this one are hidden", since isolating
// one of fifty would otherwise write forty-nine marks.
import { shortHash } from '../lib/labels.js';

/**
 * @param {string} panelId
 * @param {string} key
 */
function mark(panelId, key) {
  return `${shortHash(panelId)}.${shortHash(key)}`;
}

/**
 * @param {string} panelId
 * @param {string[]} keys of the panel's series
 * @param {string[]} marks of the link
 * @returns {Set<string>} hidden keys
 */
export function hiddenKeys(panelId, keys, marks) {
  const prefix = `${shortHash(panelId)}.`;
  const own = marks.filter((item) => item.startsWith(prefix)).map((item) => item.slice(prefix.length));
  const only = own.find((item) => item.startsWith('!'))?.slice(1);
  if (only !== undefined && keys.some((key) => shortHash(key) === only)) {
    return new Set(keys.filter((key) => shortHash(key) !== only));
  }
  const hidden = new Set(own);
  return new Set(keys.filter((key) => hidden.has(shortHash(key))));
}

/**
 * A click isolates, the same click again shows all.
 * @param {string[]} keys
 * @param {ReadonlySet<string>} hidden
 * @param {string} key
 * @returns {Set<string>} hidden keys
 */
export function isolate(keys, hidden, key) {
  const isAlone = !hidden.has(key) && hidden.size === keys.length - 1;
  return isAlone ? new Set() : new Set(keys.filter((item) => item !== key));
}

/**
 * Ctrl+click turns one on or off; hiding the last one shows all, because an empty chart helps nobody.
 * @param {string[]} keys
 * @param {ReadonlySet<string>} hidden
 * @param {string} key
 * @returns {Set<string>}
 */
export function toggle(keys, hidden, key) {
  const next = new Set(hidden);
  if (next.has(key)) next.delete(key);
  else next.add(key);
  return next.size >= keys.length ? new Set() : next;
}

/**
 * Shift+click shows a run: from the last clicked series to this one.
 * @param {string[]} keys
 * @param {string} from
 * @param {string} to
 * @returns {Set<string>}
 */
export function showRun(keys, from, to) {
  const [first = 0, last = 0] = [keys.indexOf(from), keys.indexOf(to)].sort((left, right) => left - right);
  return new Set(keys.filter((_, index) => index < Math.max(0, first) || index > last));
}

/**
 * What a click on an entry hides: alone it isolates, with Ctrl or Cmd it turns one on or off, with Shift it shows a run.
 * @param {{ctrlKey: boolean, metaKey: boolean, shiftKey: boolean}} event
 * @param {{keys: string[], hidden: ReadonlySet<string>, key: string, previous: string}} click keys: in the order that they stand in
 * @returns {Set<string>}
 */
export function hiddenAfterClick(event, { keys, hidden, key, previous }) {
  if (event.ctrlKey || event.metaKey) return toggle(keys, hidden, key);
  if (event.shiftKey && keys.includes(previous)) return showRun(keys, previous, key);
  return isolate(keys, hidden, key);
}

/**
 * The link's marks after a panel's hidden keys changed.
 * @param {string} panelId
 * @param {string[]} keys
 * @param {ReadonlySet<string>} hidden
 * @param {string[]} marks
 * @returns {string[]}
 */
export function withHidden(panelId, keys, hidden, marks) {
  const prefix = `${shortHash(panelId)}.`;
  const others = marks.filter((item) => !item.startsWith(prefix));
  const shown = keys.filter((key) => !hidden.has(key));
  const [only] = shown;
  if (hidden.size > 1 && shown.length === 1 && only !== undefined) return [...others, `${prefix}!${shortHash(only)}`];
  return [...others, ...keys.filter((key) => hidden.has(key)).map((key) => mark(panelId, key))];
}
