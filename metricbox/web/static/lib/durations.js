// Durations as people and the API write them: "30s", "5m", "1h30m", "7d". Milliseconds inside.

/** @type {[string, number][]} Longest first, so that formatting takes the largest unit that fits. */
const UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** @type {Map<string, number>} */
const MS_BY_UNIT = new Map(UNITS);

/**
 * @param {string} text
 * @returns {number | null} milliseconds, null when the text is not a duration
 */
export function parseDuration(text) {
  const trimmed = text.trim();
  if (!/^(\d+(ms|[ywdhms]))+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    total += Number(amount) * (MS_BY_UNIT.get(unit ?? '') ?? 0);
  }
  return Number.isSafeInteger(total) ? total : null;
}

/**
 * Weeks and years are read but not written: "7d" is the form used everywhere else in the product.
 * @param {number} ms
 */
export function formatDuration(ms) {
  let rest = Math.max(0, Math.round(ms));
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    if (unit === 'y' || unit === 'w') continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** @type {[number, string][]} */
const AGE_STEPS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/**
 * An age in one unit: "4 min", "3 h". Under a second it is "0 s", since nobody acts on less.
 * @param {number} ms
 */
export function formatAge(ms) {
  for (const [size, unit] of AGE_STEPS) {
    if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  }
  return '0 s';
}

/** @type {[number, string][]} */
const WORDS = [
  [365 * 86_400_000, 'year'],
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
];

/**
 * "1 hour", "90 minutes": one unit, the largest that divides the duration.
 * @param {number} ms
 */
export function durationInWords(ms) {
  for (const [size, word] of WORDS) {
    if (ms >= size && ms % size === 0) {
      const amount = ms / size;
      return `${amount} ${word}${amount === 1 ? '' : 's'}`;
    }
  }
  return formatDuration(ms);
}

/**
 * "4 min ago" beside lists; exact times are in the title.
 * @param {number} tsMs
 * @param {number} nowMs
 */
export function describeAge(tsMs, nowMs) {
  const ageMs = nowMs - tsMs;
  if (ageMs < 45_000) return 'just now';
  if (ageMs < 3_600_000) return `${Math.round(ageMs / 60_000)} min ago`;
  if (ageMs < 86_400_000) return `${Math.round(ageMs / 3_600_000)} h ago`;
  const days = Math.round(ageMs / 86_400_000);
  return days === 1 ? 'yesterday' : days < 30 ? `${days} days ago` : new Date(tsMs).toISOString().slice(0, 10);
}

/**
 * "in 29 days", of a moment to come; "expired" of one that is over.
 * @param {number} tsMs
 * @param {number} nowMs
 */
export function describeExpiry(tsMs, nowMs) {
  const restMs = tsMs - nowMs;
  if (restMs <= 0) return 'expired';
  if (restMs < 3_600_000) return `in ${Math.max(1, Math.round(restMs / 60_000))} min`;
  if (restMs < 2 * 86_400_000) return `in ${Math.round(restMs / 3_600_000)} h`;
  return `in ${Math.round(restMs / 86_400_000)} days`;
}
