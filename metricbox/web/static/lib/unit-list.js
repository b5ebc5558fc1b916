// The units to choose from, by what they measure, each with an example as format.js writes it. Pure. Any other text is a unit
// as well: it stands behind the number.
import { formatValue } from './format.js';

/** @typedef {{key: string, label: string, group: string, example: string}} UnitChoice */

/** @type {[string, [string, string, number][]][]} group -> key, name, a typical value */
const TABLE = [
  ['Numbers', [
    ['none', 'Number', 1_234_567], ['short', 'Short number (k, M, G)', 1_234_567], ['bool', 'Yes or no', 1], ['state', 'State, by value texts', 1],
  ]],
  ['Shares', [['percent', 'Percent (0–100)', 41.337], ['ratio', 'Ratio (0–1)', 0.41337]]],
  ['Data', [
    ['bytes', 'Bytes (KiB, MiB)', 1_610_612_736], ['bytesSI', 'Bytes (kB, MB)', 1_610_612_736], ['bytesPerSec', 'Bytes per second', 1_250_000], ['bitsPerSec', 'Bits per second', 10_000_000],
  ]],
  ['Time', [
    ['seconds', 'Seconds', 200], ['ms', 'Milliseconds', 12.3], ['us', 'Microseconds', 850], ['ns', 'Nanoseconds', 420], ['dateTime', 'Date and time (ms)', 1_764_067_267_000], ['age', 'Age (ms)', 240_000],
  ]],
  ['Rates', [['perSec', 'Per second', 1530], ['perMin', 'Per minute', 90], ['hertz', 'Hertz', 1530], ['rpm', 'Revolutions per minute', 2400]]],
  ['Physics', [
    ['celsius', 'Degrees Celsius', 21.5], ['fahrenheit', 'Degrees Fahrenheit', 70.7], ['volt', 'Volt', 3.3], ['ampere', 'Ampere', 0.45], ['watt', 'Watt', 2300],
    ['wattHour', 'Watt-hour', 12_400], ['bar', 'Bar', 2.4], ['pascal', 'Pascal', 101_325], ['metre', 'Metre', 1.75], ['litre', 'Litre', 38.5],
  ]],
];

/** @type {readonly UnitChoice[]} */
export const UNIT_CHOICES = TABLE.flatMap(([group, units]) => units.map(([key, label, value]) => ({ key, label, group, example: formatValue(value, key, { zone: 'UTC' }) })));

/**
 * What a unit's key means, for the closed field.
 * @param {string | null | undefined} key
 */
export function unitLabel(key) {
  return UNIT_CHOICES.find((choice) => choice.key === key)?.label ?? key ?? '';
}

/**
 * Units that hold every word of the search, in key, name, group or example.
 * @param {string} search
 * @returns {readonly UnitChoice[]}
 */
export function findUnits(search) {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return UNIT_CHOICES;
  return UNIT_CHOICES.filter(({ key, label, group, example }) => {
    const text = `${key} ${label} ${group} ${example}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
