// What the palette asks the server for while somebody types: metrics and hosts by part of their name.
import { useEffect, useState } from '../ui/html.js';
import { request } from '../api/client.js';
import { searchMetrics } from '../api/metrics.js';
import { exploreHref } from '../lib/explore-url.js';
import { visibleText } from '../lib/labels.js';
import { emptyUrlState } from '../lib/url-state.js';
import { navigate } from '../state/location.js';
import { canExplore } from '../state/session.js';

/** @typedef {import('./palette-entries.js').PaletteEntry} PaletteEntry */
/** @typedef {import('../../types/app').Host} Host */

// Long enough that a word is asked for and not its letters.
const PAUSE_MS = 150;
const SHORTEST = 2;
const FOUND_MAX = 12;

/**
 * @param {string} search
 * @returns {Promise<PaletteEntry[]>}
 */
async function findMetrics(search) {
  const { list } = await searchMetrics(search);
  return list.slice(0, FOUND_MAX).map(({ name, type, description }) => ({
    id: `metric ${name}`, group: 'Metrics', icon: 'explore', label: visibleText(name), words: visibleText(`${name} ${description ?? ''}`),
    hint: type ?? '', run: () => navigate(exploreHref([{ query: name }], emptyUrlState())),
  }));
}

/**
 * @param {string} search
 * @returns {Promise<PaletteEntry[]>}
 */
async function findHosts(search) {
  const { data } = await request('GET', `/api/v1/hosts?search=${encodeURIComponent(search)}&pageSize=${FOUND_MAX}`);
  return /** @type {Host[]} */ (data).map(({ name, state }) => ({
    id: `host ${name}`, group: 'Hosts', icon: 'hosts', label: visibleText(name), hint: state, run: () => navigate(`/hosts?host=${encodeURIComponent(name)}`),
  }));
}

/** The page of hosts is where the side bar leads to. */
export const hasHosts = () => document.querySelector('.nav a[href="/hosts"]') !== null;

/**
 * @param {string} text without its prefix
 * @param {string} prefix
 * @returns {PaletteEntry[]}
 */
export function useFound(text, prefix) {
  const [found, setFound] = useState(/** @type {PaletteEntry[]} */ ([]));
  const search = text.trim();
  useEffect(() => {
    const isLong = search.length >= SHORTEST;
    /** @type {(() => Promise<PaletteEntry[]>)[]} */
    const asks = [
      ...(prefix === '' && isLong && canExplore() ? [() => findMetrics(search)] : []),
      ...(hasHosts() && (prefix === '@' || (prefix === '' && isLong)) ? [() => findHosts(search)] : []),
    ];
    let isWanted = true;
    const timer = setTimeout(async () => {
      // What does not answer is left out: the rest of the palette works without.
      const lists = await Promise.all(asks.map((ask) => ask().catch(() => [])));
      if (isWanted) setFound(lists.flat());
    }, asks.length > 0 ? PAUSE_MS : 0);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [search, prefix]);
  return found;
}
