// The time range, zone and refresh interval of the page that is open: the link's, or the page's own defaults.
import { computed, signal } from '../ui/html.js';
import { serverNowMs } from '../api/client.js';
import { parseDuration } from '../lib/durations.js';
import { isRelative, moveSpan, resolveRange } from '../lib/time.js';
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

const defaults = signal({ range: FALLBACK, refresh: FALLBACK_REFRESH });

/**
 * @param {TimeRange | null | undefined} range
 * @param {string | null | undefined} refresh
 */
export function setTimeDefaults(range, refresh) {
  const isGood = range && resolveRange(range, serverNowMs()) !== null;
  defaults.value = { range: isGood ? range : FALLBACK, refresh: refresh ?? FALLBACK_REFRESH };
}

export const zone = computed(() => {
  const wanted = urlState.value.tz ?? '';
  if (wanted !== '') return isKnownZone(wanted) ? wanted : 'UTC';
  // Another browser of the account may know more zones than this one.
  return isKnownZone(preferredZone.value) ? preferredZone.value : '';
});

/** The link names a zone that this browser does not know; the page says so and uses UTC. */
export const isZoneUnknown = computed(() => !isKnownZone(urlState.value.tz ?? ''));

export const range = computed(() => {
  const { from, to } = urlState.value;
  const wanted = { from: from ?? defaults.value.range.from, to: to ?? defaults.value.range.to };
  return resolveRange(wanted, serverNowMs(), zone.value) === null ? defaults.value.range : wanted;
});

export const refresh = computed(() => urlState.value.refresh ?? defaults.value.refresh);

/** 0 is off. A fixed range does not change, so it is not asked again. */
export const refreshMs = computed(() => {
  if (!isRelative(range.value)) return 0;
  const ms = parseDuration(refresh.value) ?? 0;
  return ms === 0 ? 0 : Math.max(REFRESH_MIN_MS, ms);
});

/** @param {TimeRange} wanted */
export function setRange(wanted) {
  const own = defaults.value.range;
  const isDefault = wanted.from === own.from && wanted.to === own.to;
  changeUrlState(isDefault ? { from: null, to: null } : wanted);
}

/** @param {string} wanted "" is off */
export function setRefresh(wanted) {
  changeUrlState({ refresh: wanted === defaults.value.refresh ? null : wanted }, { replace: true });
}

/** @param {Span} span */
function asRange(span) {
  return { from: new Date(span.startMs).toISOString(), to: new Date(span.endMs).toISOString() };
}

/** @param {Span} span */
export function zoomTo(span) {
  changeUrlState(asRange(span), { zoomDepth: zoomDepth() + 1 });
}

/** Takes the last zoom back, as the browser's Back does; without one it does nothing. */
export function zoomBack() {
  if (zoomDepth() > 0) history.back();
}

/** @param {'back' | 'forward' | 'out'} how */
export function moveRange(how) {
  const span = resolveRange(range.value, serverNowMs(), zone.value);
  if (span) changeUrlState(asRange(moveSpan(span, how, serverNowMs())), { zoomDepth: zoomDepth() + 1 });
}
