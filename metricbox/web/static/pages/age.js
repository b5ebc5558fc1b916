// "4 min ago", with the exact time in the account's zone under the pointer.
import { h } from '../ui/html.js';
import { describeAge } from '../lib/durations.js';
import { formatDateTime } from '../lib/time.js';
import { nowMs } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';

/** @param {{at: string | null | undefined, otherwise?: string}} props ISO 8601 */
export function Age({ at, otherwise = '–' }) {
  if (!at) return h('span', null, otherwise);
  const tsMs = Date.parse(at);
  return h('time', { dateTime: at, title: formatDateTime(tsMs, preferredZone.value) }, describeAge(tsMs, nowMs.value));
}
