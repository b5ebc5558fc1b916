// Wall clock of a time zone. Offsets are cached because asking Intl costs about 0.1 ms and axes ask often.

/** @type {Map<string, Intl.DateTimeFormat | null>} null marks a name that the browser does not know. */
const formatters = new Map();
/** @type {Map<string, number>} */
const offsets = new Map();
// Every zone in use changes its offset at a multiple of 15 minutes.
const OFFSET_SLOT_MS = 900_000;
const OFFSET_CACHE_MAX = 20_000;

/** @param {string} zone */
function findFormatter(zone) {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    try {
      formatter = new Intl.DateTimeFormat('en-US', {
        timeZone: zone, hourCycle: 'h23',
        year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
      });
    } catch {
      formatter = null;
    }
    formatters.set(zone, formatter);
  }
  return formatter;
}

/**
 * The empty name is the browser's own zone.
 * @param {string} zone
 */
export function isKnownZone(zone) {
  return zone === '' || zone === 'UTC' || findFormatter(zone) !== null;
}

/** @type {{offset: number, name: string} | null} the browser's own, which can move while a page is open */
let own = null;

/**
 * The name to show for a zone.
 * @param {string} zone
 */
export function zoneName(zone) {
  if (zone !== '') return zone;
  // A tooltip asks at each move of the pointer, and Intl takes a millisecond when the machine is slow.
  const offset = new Date().getTimezoneOffset();
  if (own?.offset !== offset) own = { offset, name: Intl.DateTimeFormat().resolvedOptions().timeZone };
  return own.name;
}

/**
 * Milliseconds to add to UTC to get the wall clock. An unknown zone counts as UTC.
 * @param {number} tsMs
 * @param {string} zone
 */
export function zoneOffsetMs(tsMs, zone) {
  if (zone === 'UTC') return 0;
  if (zone === '') return -new Date(tsMs).getTimezoneOffset() * 60_000;
  const slot = Math.floor(tsMs / OFFSET_SLOT_MS);
  const key = `${zone} ${slot}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    if (offsets.size > OFFSET_CACHE_MAX) offsets.clear();
    offset = askOffset(slot * OFFSET_SLOT_MS, zone);
    offsets.set(key, offset);
  }
  return offset;
}

/**
 * @param {number} tsMs
 * @param {string} zone
 */
function askOffset(tsMs, zone) {
  const formatter = findFormatter(zone);
  if (formatter === null) return 0;
  /** @type {Record<string, number>} */
  const part = {};
  for (const { type, value } of formatter.formatToParts(tsMs)) part[type] = Number(value);
  const wall = Date.UTC(part.year ?? 1970, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(tsMs / 1000) * 1000;
}

/**
 * A Date whose UTC fields read as the zone's wall clock. Only its getUTC… methods mean anything.
 * @param {number} tsMs
 * @param {string} zone
 */
export function wallDate(tsMs, zone) {
  return new Date(tsMs + zoneOffsetMs(tsMs, zone));
}

/**
 * The instant of a wall clock reading given as if it were UTC. A reading that a clock change skips moves forward with it;
 * one that occurs twice is the first.
 * @param {number} wallMs
 * @param {string} zone
 */
export function wallToInstant(wallMs, zone) {
  const before = wallMs - zoneOffsetMs(wallMs - 86_400_000, zone);
  const after = wallMs - zoneOffsetMs(wallMs + 86_400_000, zone);
  const isBefore = before + zoneOffsetMs(before, zone) === wallMs;
  const isAfter = after + zoneOffsetMs(after, zone) === wallMs;
  if (isBefore) return before;
  return isAfter ? after : before;
}
