// The time range, zone and refresh interval of the page that is open: the link's, or the page's own defaults.
import { computed, signal, untracked } from '../ui/html.js';
import { serverNowMs } from '../api/client.js';
import { parseDuration } from '../lib/durations.js';
import { isRelative, limitSpan, moveSpan, resolveRange } from '../lib/time.js';
import { isKnownZone } from '../lib/zone.js';
import { changeUrlState, urlState, zoomDepth } from './location.js';
import { preferredZone } from './preferences.js';

/** @typedef {import('../lib/time.js').TimeRange} TimeRange */
/** @typedef {import('../lib/time.js').Span} Span */

/** @type {TimeRange} */
const FALLBACK = { from: 'now-1h', to: 'now' };
const FALLBACK_REFRESH = '10s';
// A hand-written link must not make the page ask a hundred times a second.
const REFRESH_MIN_MS = 1000;
/** How often a page asks when it may choose: about as often as a chart has a new point. */
const AUTO = { points: 300, minMs: 5000, maxMs: 300_000 };
const RECENT_KEY = 'metricbox.recentRanges';
const RECENT_MAX = 5;

/** @type {TimeRange | null} what "now" goes back to */
let lastMoving = null;

/** Refresh stands still by hand, until somebody goes on or leaves the page. */
export const isPaused = signal(false);

/** The next page begins anew. */
export function leaveTime() {
  lastMoving = null;
  isPaused.value = false;
}

const defaults = signal({ range: FALLBACK, refresh: FALLBACK_REFRESH });

/**
 * @param {TimeRange | null | undefined} range
 * @param {string | null | undefined} refresh
 */
export function setTimeDefaults(range, refresh) {
  const isGood = range && resolveRange(range, serverNowMs()) !== null;
  const next = { range: isGood ? range : FALLBACK, refresh: refresh ?? FALLBACK_REFRESH };
  // The same object while it is the same range: all panels hang on it.
  if (JSON.stringify(next) !== JSON.stringify(defaults.peek())) defaults.value = next;
}

// Written out in a link, since an absent zone is the account's.
const BROWSER_ZONE = 'browser';

/** The zone that was asked for, by the link or else by the account; "" is the browser's. */
const wantedZone = computed(() => {
  const { tz } = urlState.value;
  return tz === null ? preferredZone.value : tz === BROWSER_ZONE ? '' : tz;
});

export const zone = computed(() => (isKnownZone(wantedZone.value) ? wantedZone.value : 'UTC'));

/** The zone that was asked for is not known to this browser; the page says so and uses UTC. "" when it is known. */
export const unknownZone = computed(() => (isKnownZone(wantedZone.value) ? '' : wantedZone.value));

/** @param {string} wanted "" is the browser's */
export function setPageZone(wanted) {
  changeUrlState({ tz: wanted === preferredZone.value ? null : wanted === '' ? BROWSER_ZONE : wanted }, { replace: true });
}

export const range = computed(() => {
  const { from, to } = urlState.value;
  const wanted = { from: from ?? defaults.value.range.from, to: to ?? defaults.value.range.to };
  return resolveRange(wanted, serverNowMs(), zone.value) === null ? defaults.value.range : wanted;
});

export const refresh = computed(() => urlState.value.refresh ?? defaults.value.refresh);

/** 0 is off. A fixed range does not change, so it is not asked again. */
export const refreshMs = computed(() => {
  if (isPaused.value || !isRelative(range.value)) return 0;
  if (refresh.value === 'auto') return autoMs();
  const ms = parseDuration(refresh.value) ?? 0;
  return ms === 0 ? 0 : Math.max(REFRESH_MIN_MS, ms);
});

function autoMs() {
  const span = resolveRange(range.value, serverNowMs(), zone.value);
  const stepMs = span ? (span.endMs - span.startMs) / AUTO.points : AUTO.minMs;
  // Whole seconds: the range moves with the clock, and the interval must not change with it.
  return Math.round(Math.min(AUTO.maxMs, Math.max(AUTO.minMs, stepMs)) / 1000) * 1000;
}

/** @returns {TimeRange[]} that were picked in this browser, the newest first */
export function recentRanges() {
  try {
    const list = /** @type {unknown} */ (JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]'));
    if (!Array.isArray(list)) return [];
    return list.filter((item) => typeof item?.from === 'string' && typeof item?.to === 'string').slice(0, RECENT_MAX);
  } catch {
    return [];
  }
}

/** @param {TimeRange} wanted */
function rememberRange({ from, to }) {
  const list = [{ from, to }, ...recentRanges().filter((item) => item.from !== from || item.to !== to)];
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(list.slice(0, RECENT_MAX)));
  } catch {
    // Storage can be forbidden; then nothing is remembered.
  }
}

/** @param {TimeRange} wanted as somebody picked it */
export function pickRange(wanted) {
  rememberRange(wanted);
  setRange(wanted);
}

/** @param {TimeRange} wanted */
export function setRange(wanted) {
  keepMoving();
  const own = defaults.value.range;
  const isDefault = wanted.from === own.from && wanted.to === own.to;
  changeUrlState(isDefault ? { from: null, to: null } : wanted);
}

function keepMoving() {
  const shown = untracked(() => range.value);
  if (isRelative(shown)) lastMoving = shown;
}

/** Back to the range that moved with the clock before it was zoomed or shifted. */
export function backToNow() {
  const own = defaults.value.range;
  setRange(lastMoving ?? (isRelative(own) ? own : FALLBACK));
}

/** @param {string} wanted "" is off */
export function setRefresh(wanted) {
  isPaused.value = false;
  changeUrlState({ refresh: wanted === defaults.value.refresh ? null : wanted }, { replace: true });
}

/** @param {Span} span */
function asRange(span) {
  return { from: new Date(span.startMs).toISOString(), to: new Date(span.endMs).toISOString() };
}

/** @param {Span} span */
export function zoomTo(span) {
  keepMoving();
  changeUrlState(asRange(limitSpan(span, serverNowMs())), { zoomDepth: zoomDepth() + 1 });
}

/** Takes the last zoom back, as the browser's Back does; without one it does nothing. */
export function zoomBack() {
  if (zoomDepth() > 0) history.back();
}

/** @param {import('../lib/time.js').Move} how */
export function moveRange(how) {
  const span = resolveRange(range.value, serverNowMs(), zone.value);
  if (!span) return;
  keepMoving();
  changeUrlState(asRange(moveSpan(span, how, serverNowMs())), { zoomDepth: zoomDepth() + 1 });
}
