// Which options each panel type uses, as one table: the form shows no other, and nothing is thrown away for the way back. Pure.
import { CALCULATIONS } from './reading.js';

/** @typedef {keyof import('../../types/app').PanelOptions} OptionName */
/** @typedef {import('../../types/app').Panel['type']} PanelType */

/** @type {OptionName[]} */
const ALL = ['description', 'links', 'repeat', 'repeatPerRow'];
/** @type {OptionName[]} */
const VALUE = ['unit', 'decimals', 'thresholds'];
/** @type {OptionName[]} */
const CHART = [...VALUE, 'min', 'max', 'axis', 'scale', 'stack', 'showLegend', 'legendMode', 'legendValues', 'color'];

/** @type {Readonly<Record<string, ReadonlySet<OptionName>>>} */
const USED = {
  line: new Set([...ALL, ...CHART, 'nullHandling']),
  area: new Set([...ALL, ...CHART, 'nullHandling']),
  bar: new Set([...ALL, ...CHART]),
  stat: new Set([...ALL, ...VALUE, 'calculation', 'sparkline', 'color', 'valueTexts']),
  gauge: new Set([...ALL, ...VALUE, 'calculation', 'min', 'max', 'valueTexts']),
  table: new Set([...ALL, ...VALUE, 'legendValues', 'tableRows', 'valueTexts']),
  text: new Set([...ALL, 'content']),
};

/**
 * @param {string} type
 * @param {OptionName} name
 */
export function usesOption(type, name) {
  return USED[type]?.has(name) ?? false;
}

/** The types that a panel can be changed to, in the order of the form. @type {readonly PanelType[]} */
export const EDITABLE_TYPES = ['line', 'area', 'bar', 'stat', 'gauge', 'table', 'text'];

/** @type {Readonly<Record<string, string>>} */
export const TYPE_LABELS = { line: 'Line', area: 'Area', bar: 'Bar', stat: 'Stat', gauge: 'Gauge', table: 'Table', text: 'Text' };

/** Columns and rows that a new panel begins with. @type {Readonly<Record<string, {w: number, h: number}>>} */
const SIZES = { stat: { w: 3, h: 2 }, gauge: { w: 3, h: 3 }, text: { w: 6, h: 3 } };

/** @param {string} type */
export function sizeOf(type) {
  return SIZES[type] ?? { w: 6, h: 4 };
}

/** @type {Readonly<Record<string, string>>} */
const CALCULATION_LABELS = { last: 'Last', mean: 'Mean', min: 'Min', max: 'Max', sum: 'Sum', count: 'Count', delta: 'Change' };

/** Of a select. */
export const CALCULATION_CHOICES = CALCULATIONS.map((value) => ({ value, label: CALCULATION_LABELS[value] ?? value }));

/** More lines than this hide the data that they are to judge. */
export const THRESHOLDS_SHOWN = 4;
export const VALUE_TEXTS_MAX = 100;
export const LINKS_MAX = 20;
export const QUERIES_MAX = 26;
