// How many alerts fire, on every page: beside "Alerts" in the side bar, in the browser's tab, and said aloud when one that is
// critical begins. One request every half a minute, none from a hidden tab. Fetched after the first drawing, see router.js.
import { signal } from '../ui/html.js';
import { listEvents } from '../api/events.js';
import { Poller } from '../api/poll.js';
import { visibleText } from '../lib/labels.js';
import { assertive } from './notices.js';

const INTERVAL_MS = 30_000;
// Enough to see what is new; the count is of all.
const LOOKED_AT = 20;

export const firingCount = signal(0);

/** @type {Poller | null} */
let poller = null;
/** @type {MutationObserver | null} */
let observer = null;
/** What was firing at the last look; null before the first. @type {ReadonlySet<string> | null} */
let known = null;

const PREFIX = /^\(\d+\) /;

/** The title is the page's own; the count stands in front of it, whenever either changes. */
function markTitle() {
  const plain = document.title.replace(PREFIX, '');
  const title = firingCount.peek() > 0 ? `(${firingCount.peek()}) ${plain}` : plain;
  if (title !== document.title) document.title = title;
}

/** @param {AbortSignal} abortSignal */
async function look(abortSignal) {
  const { list, total } = await listEvents({ status: 'firing' }, { pageSize: LOOKED_AT, signal: abortSignal });
  const before = known;
  known = new Set(list.map((event) => event.id));
  firingCount.value = total;
  markTitle();
  const begun = before === null ? [] : list.filter((event) => event.severity === 'critical' && !event.silenced && !before.has(event.id));
  const [first] = begun;
  if (first) assertive.value = `Critical alert: ${visibleText(first.ruleName)}${begun.length > 1 ? ` and ${begun.length - 1} more` : ''}`;
}

/** @returns {() => void} stops, for who signs out */
export function watchAlerts() {
  stop();
  const own = new Poller({ run: look, intervalMs: INTERVAL_MS, onState: () => undefined });
  poller = own;
  observer = new MutationObserver(markTitle);
  const title = document.querySelector('title');
  if (title) observer.observe(title, { childList: true });
  own.runNow();
  return () => { if (poller === own) stop(); };
}

/** Looks now, because something was changed here. */
export function lookAtAlerts() {
  poller?.runNow();
}

function stop() {
  poller?.stop();
  observer?.disconnect();
  poller = null;
  observer = null;
  known = null;
  firingCount.value = 0;
  markTitle();
}
