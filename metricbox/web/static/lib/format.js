// Numbers as text, by the rules of lib/units.js. Null is "–", never 0; the minus sign is the real one.
import { describeAge, formatAge } from './durations.js';
import { formatDateTime } from './time.js';
import { unitOf } from './units.js';

/** @typedef {import('./units.js').Unit} Unit */

/**
 * @typedef {object} FormatOptions
 * @property {number | null} [decimals] fixed places; null chooses
 * @property {boolean} [isExact] every digit, as for a tooltip
 * @property {number} [significant] digits when places are chosen, 3 unless set
 * @property {string} [locale] the browser's unless set
 * @property {string} [zone] for dateTime
 * @property {number} [nowMs] for age
 */

/** @typedef {{number: string, suffix: string}} Parts */

export const NO_VALUE = '–';
const MINUS = '−';
const SI = ['', 'k', 'M', 'G', 'T', 'P'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** @type {Map<string, Intl.NumberFormat>} Building one costs about as much as a thousand uses. */
const numberFormats = new Map();

/**
 * @param {number} value
 * @param {number} minPlaces
 * @param {number} maxPlaces
 * @param {string | undefined} locale
 */
function group(value, minPlaces, maxPlaces, locale) {
  const key = `${locale ?? ''} ${minPlaces} ${maxPlaces}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: minPlaces, maximumFractionDigits: maxPlaces });
    numberFormats.set(key, format);
  }
  return format.format(Math.abs(value));
}

/**
 * Places that give the wanted digits, at most three unless more digits are asked for.
 * @param {number} magnitude
 * @param {number} significant
 */
function placesFor(magnitude, significant) {
  const most = Math.max(3, significant - 1);
  if (magnitude === 0) return 0;
  const whole = Math.max(1, Math.floor(Math.log10(magnitude)) + 1);
  const places = Math.min(most, Math.max(0, significant - whole));
  // 9.996 has three digits as "10.0", not as "10.00".
  return places > 0 && Number(magnitude.toFixed(places)) >= 10 ** whole ? places - 1 : places;
}

/**
 * @param {number} value
 * @param {FormatOptions} options
 * @param {boolean} isWholeShort an integer needs no places
 */
function plainNumber(value, options, isWholeShort) {
  const magnitude = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  const isFixed = typeof options.decimals === 'number';
  if ((magnitude !== 0 && magnitude < 0.001 && !isFixed) || magnitude >= 1e15) {
    const text = magnitude.toExponential(options.decimals ?? 1).replace('e+', 'e').replace(/\.0e/, 'e').replace('e-', `e${MINUS}`);
    return sign + text;
  }
  if (typeof options.decimals === 'number') {
    // What rounds to nothing has no sign either.
    return (Number(magnitude.toFixed(options.decimals)) === 0 ? '' : sign) + group(value, options.decimals, options.decimals, options.locale);
  }
  if (isWholeShort && Number.isInteger(value)) return sign + group(value, 0, 0, options.locale);
  const places = placesFor(magnitude, options.significant ?? 3);
  return sign + group(value, places, places, options.locale);
}

/**
 * Tooltips and tables show every digit, since they must not round what was measured. Legends and figures show six, and three
 * places at least: the digits of a mean beyond that are noise.
 * @param {number} value
 * @param {FormatOptions} options
 */
function fullNumber(value, options) {
  const magnitude = Math.abs(value);
  const wholeDigits = magnitude < 1 ? 0 : Math.floor(Math.log10(magnitude)) + 1;
  const most = options.isExact ? 12 : Math.max(3, 6 - wholeDigits);
  if (typeof options.decimals === 'number' || (magnitude !== 0 && (magnitude < 0.001 || magnitude >= 1e15))) {
    return plainNumber(value, options, true);
  }
  return (value < 0 ? MINUS : '') + group(value, 0, most, options.locale);
}

/**
 * @param {number} magnitude
 * @param {number} base
 * @param {number} most
 * @param {number} significant
 */
function prefixStep(magnitude, base, most, significant) {
  // As it will be rounded for display: 999.96 k reads "1.00 M", never "1,000 k".
  const round = 10 ** Math.max(0, significant - 3);
  let step = 0;
  let scaled = magnitude;
  while (step < most && Math.round(scaled * round) / round >= base) {
    scaled /= base;
    step += 1;
  }
  return step;
}

/**
 * @param {number} value
 * @param {Unit} unit
 * @param {FormatOptions} options
 * @returns {Parts}
 */
function scaledParts(value, unit, options) {
  const magnitude = Math.abs(value);
  if (unit.small && magnitude > 0 && magnitude < 1) {
    let scaled = value;
    for (const prefix of unit.small) {
      scaled *= 1000;
      if (Math.abs(scaled) >= 1) return { number: plainNumber(scaled, options, false), suffix: prefix + unit.suffix };
    }
  }
  const isBinary = unit.kind === 'iec';
  const base = isBinary ? 1024 : 1000;
  const prefixes = isBinary ? IEC : SI;
  const step = prefixStep(magnitude, base, prefixes.length - 1, options.significant ?? 3);
  const number = plainNumber(value / base ** step, options, step === 0);
  return { number, suffix: (prefixes[step] ?? '') + unit.suffix };
}

/**
 * @param {number} value
 * @param {Unit} unit
 * @param {FormatOptions} options
 * @returns {Parts}
 */
function timeParts(value, unit, options) {
  const seconds = value * (unit.toSeconds ?? 1);
  const magnitude = Math.abs(seconds);
  const sign = seconds < 0 ? MINUS : '';
  if (magnitude >= 60) {
    const whole = Math.round(magnitude);
    /** @param {number} large @param {number} small @param {string} names */
    const pair = (large, small, names) => {
      const [first = '', second = ''] = names.split(' ');
      const count = Math.floor(whole / large);
      const rest = Math.floor((whole % large) / small);
      return `${sign}${count} ${first}${rest > 0 ? ` ${rest} ${second}` : ''}`;
    };
    if (whole < 3600) return { number: pair(60, 1, 'm s'), suffix: '' };
    if (whole < 86_400) return { number: pair(3600, 60, 'h m'), suffix: '' };
    return { number: pair(86_400, 3600, 'd h'), suffix: '' };
  }
  /** @type {[number, string][]} */
  const steps = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];
  const [size, name] = steps.find(([limit]) => magnitude >= limit) ?? (magnitude === 0 ? [1, 's'] : [1e-9, 'ns']);
  return { number: plainNumber(seconds / size, options, magnitude === 0), suffix: name };
}

/**
 * @param {number | null | undefined} value
 * @param {string | null | undefined} unitKey
 * @param {FormatOptions} [options]
 * @returns {Parts}
 */
export function formatParts(value, unitKey, options = {}) {
  if (value === null || value === undefined || !Number.isFinite(value)) return { number: NO_VALUE, suffix: '' };
  const unit = unitOf(unitKey);
  switch (unit.kind) {
    case 'full': return { number: fullNumber(value, options), suffix: unit.suffix };
    case 'si':
    case 'iec': return scaledParts(value, unit, options);
    case 'percent': return { number: plainNumber(value, options, false), suffix: unit.suffix };
    case 'ratio': return { number: plainNumber(value * 100, options, false), suffix: unit.suffix };
    case 'time': return timeParts(value, unit, options);
    case 'dateTime': return { number: formatDateTime(value, options.zone), suffix: '' };
    case 'age': return { number: options.nowMs === undefined ? formatAge(value) : describeAge(value, options.nowMs), suffix: '' };
    case 'bool': return { number: value === 0 ? 'No' : 'Yes', suffix: '' };
    default: return { number: plainNumber(value, options, true), suffix: unit.suffix };
  }
}

/**
 * @param {number | null | undefined} value
 * @param {string | null | undefined} unitKey
 * @param {FormatOptions} [options]
 */
export function formatValue(value, unitKey, options = {}) {
  const { number, suffix } = formatParts(value, unitKey, options);
  // A no-break space: a unit on a line of its own reads as another value.
  return suffix === '' ? number : `${number}\u00a0${suffix}`;
}

/**
 * The value as a tooltip shows it: more digits, and a word where the number itself is not exact any more.
 * @param {number | null | undefined} value
 * @param {string | null | undefined} unitKey
 * @param {FormatOptions} [options]
 */
export function formatExact(value, unitKey, options = {}) {
  const text = formatValue(value, unitKey, { significant: 4, isExact: true, ...options });
  const isRounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isRounded ? `${text} (rounded)` : text;
}

/**
 * Ticks of one axis share prefix and places, otherwise 900 k beside 1.2 M hides their distance.
 * @param {number[]} ticks
 * @param {string | null | undefined} unitKey
 * @param {FormatOptions} [options]
 * @returns {string[]}
 */
export function formatAxis(ticks, unitKey, options = {}) {
  const unit = unitOf(unitKey);
  if (unit.kind === 'time' || unit.kind === 'dateTime' || unit.kind === 'age' || unit.kind === 'bool') {
    const texts = ticks.map((tick) => formatValue(tick, unitKey, { locale: options.locale, zone: options.zone, nowMs: options.nowMs }));
    // "20.0 ms" has no more to say on an axis than "20 ms".
    return texts.map((text) => text.replace(/([.,]\d*?)0+(?=\D|$)/, '$1').replace(/[.,](?=\D|$)/, ''));
  }
  const factor = unit.kind === 'ratio' ? 100 : 1;
  const largest = ticks.reduce((most, tick) => Math.max(most, Math.abs(tick)), 0) * factor;
  const isScaled = unit.kind === 'si' || unit.kind === 'iec' || unit.kind === 'full';
  const isBinary = unit.kind === 'iec';
  const base = isBinary ? 1024 : 1000;
  const prefixes = isBinary ? IEC : SI;
  // Without a unit a thousand is still shorter as "1,000" than as "1 k" with places.
  const step = !isScaled || (unit.kind === 'full' && largest < 10_000) ? 0 : prefixStep(largest, base, prefixes.length - 1, 3);
  const scale = factor / base ** step;
  const suffix = (isScaled ? prefixes[step] ?? '' : '') + unit.suffix;
  const isTiny = largest > 0 && largest / base ** step < 0.001;
  const decimals = isTiny ? null : axisPlaces(ticks, scale);
  return ticks.map((tick) => {
    const number = plainNumber(tick * scale, { decimals, locale: options.locale }, true);
    return suffix === '' ? number : `${number}\u00a0${suffix}`;
  });
}

/**
 * The fewest places at which neighbouring ticks still differ by what they are apart.
 * @param {number[]} ticks
 * @param {number} scale
 */
function axisPlaces(ticks, scale) {
  const gap = ticks.length > 1 ? Math.abs(((ticks[1] ?? 0) - (ticks[0] ?? 0)) * scale) : Math.abs((ticks[0] ?? 0) * scale);
  if (gap === 0 || !Number.isFinite(gap)) return 0;
  for (let places = 0; places < 6; places += 1) {
    const rounded = Number(gap.toFixed(places));
    if (rounded > 0 && Math.abs(rounded - gap) <= gap * 0.02) return places;
  }
  return 6;
}
