// Scraped targets as people read them: states, sentences, and which of them are shown.

/** @typedef {import('../../types/app').ScrapeTarget} ScrapeTarget */
/** @typedef {ScrapeTarget['health']} Health */
/** @typedef {Health | 'all'} HealthFilter */

/** @type {Record<Health, {label: string, icon: string}>} */
export const TARGET_STATES = {
  up: { label: 'Up', icon: 'check' },
  down: { label: 'Down', icon: 'critical' },
  unknown: { label: 'Not asked yet', icon: 'clock' },
};

export const EXAMPLE = `[[scrape]]
job = "node"
targets = ["web1:9100", "web2:9100"]
interval = "15s"
`;

/**
 * Why it is down, or what of its answer was not taken; "" when all is well.
 * @param {ScrapeTarget} target
 */
export function describeError({ error }) {
  return error ? `It ${error.startsWith('its ') ? `cannot be read: ${error}` : error}.` : '';
}

/**
 * Labels beyond those that have columns of their own.
 * @param {ScrapeTarget} target
 * @returns {[string, string][]}
 */
export function moreLabels({ labels }) {
  return Object.entries(labels).filter(([name]) => name !== 'job' && name !== 'instance').sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {readonly ScrapeTarget[]} list */
export function countHealth(list) {
  const counts = { all: list.length, up: 0, down: 0, unknown: 0 };
  for (const { health } of list) counts[health] += 1;
  return counts;
}

/**
 * @param {readonly ScrapeTarget[]} list
 * @param {{filter: HealthFilter, search: string}} wish the search looks at job, address, error and labels
 */
export function chooseTargets(list, { filter, search }) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return list.filter((target) => {
    if (filter !== 'all' && target.health !== filter) return false;
    const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
    const text = [target.job, target.url, target.error ?? '', ...labels].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** @param {number | null | undefined} ms */
export function describeDuration(ms) {
  if (ms === null || ms === undefined) return '–';
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
