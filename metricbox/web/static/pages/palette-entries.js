// What the command palette offers: dashboards, metrics, hosts, pages, actions, time ranges.
import { isAbort, serverNowMs } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { visibleText } from '../lib/labels.js';
import { spellOut, understandRange } from '../lib/range-text.js';
import { SHORTCUTS, spellKeys } from '../lib/shortcuts.js';
import { QUICK_RANGES } from '../lib/time.js';
import { navigate } from '../state/location.js';
import { user } from '../state/session.js';
import { pickRange, zone } from '../state/time-range.js';
import { isAvailable, runShortcut } from './keyboard.js';
import { shownTabs } from './settings-tabs.js';

/**
 * @typedef {object} PaletteEntry
 * @property {string} id
 * @property {string} label
 * @property {string} group
 * @property {string} icon
 * @property {string} [hint] small, at the end of the row
 * @property {string} [words] further text that finds it
 * @property {() => void} run
 */

/** @param {string} href */
const to = (href) => () => navigate(href);

/**
 * @param {AbortSignal} signal
 * @returns {Promise<PaletteEntry[]>} none when they cannot be had: the rest of the palette works without
 */
export async function dashboardEntries(signal) {
  try {
    return (await listDashboards(signal)).map((item) => ({
      id: `dashboard ${item.id}`, group: 'Dashboards', icon: 'dashboards', label: visibleText(item.name), words: visibleText(`${item.name} ${item.description ?? ''}`),
      hint: item.ownerId === user.value?.id ? 'yours' : '', run: to(`/dashboard/${encodeURIComponent(item.id)}`),
    }));
  } catch (error) {
    if (!isAbort(error)) return [];
    throw error;
  }
}

/** @returns {PaletteEntry[]} */
export function actionEntries() {
  const isMac = /mac|iphone|ipad/i.test(navigator.platform);
  return SHORTCUTS.filter((item) => item.id !== 'palette' && !item.isElsewhere && isAvailable(item)).map((item) => ({
    id: `action ${item.id}`, group: item.link ? 'Pages' : 'Actions', icon: item.link ? 'open' : 'right', label: item.text,
    hint: spellKeys(item, isMac).map((press) => press.join(' ')).join(' '), run: () => runShortcut(item),
  }));
}

/** @returns {PaletteEntry[]} */
export function pageEntries() {
  return shownTabs().map((tab) => ({
    id: `page ${tab.href}`, group: 'Pages', icon: 'settings', label: `Settings: ${tab.label}`, run: to(tab.href),
  }));
}

/** Ranges can be set where there is a time picker. */
const hasTime = () => document.querySelector('.time-button') !== null;

/** @returns {PaletteEntry[]} */
export function quickRangeEntries() {
  if (!hasTime()) return [];
  return QUICK_RANGES.map(({ label, from, to: end }) => ({
    id: `range ${from} ${end}`, group: 'Time ranges', icon: 'clock', label, run: () => pickRange({ from, to: end }),
  }));
}

/**
 * "last 3h", as it was written.
 * @param {string} text
 * @returns {PaletteEntry[]} one, or none
 */
export function writtenRangeEntries(text) {
  if (text.trim().length < 2 || !hasTime()) return [];
  const { range } = understandRange(text, serverNowMs(), zone.value);
  if (!range || QUICK_RANGES.some((item) => item.from === range.from && item.to === range.to)) return [];
  return [{
    id: `range ${range.from} ${range.to}`, group: 'Time ranges', icon: 'clock', label: text.trim(), hint: spellOut(range, serverNowMs(), zone.value),
    run: () => pickRange(range),
  }];
}
