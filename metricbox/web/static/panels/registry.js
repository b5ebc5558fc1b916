// The panel types, each as a value. A type that this release does not know is shown as such, never dropped.
import { TimeseriesPanel } from './timeseries-panel.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */
/** @typedef {(props: PanelProps) => import('../ui/html.js').VNode} PanelComponent */

/**
 * @typedef {object} PanelType
 * @property {string} label
 * @property {PanelComponent} [component]
 * @property {() => Promise<PanelComponent>} [load] in place of the component: charts are what most dashboards draw first, the rest is
 *   fetched by those that have it, while the answer to its query is under way
 * @property {boolean} [isWithoutData] it has no query, and is drawn without an answer
 * @property {number} minW columns
 * @property {number} minH rows
 * @property {boolean} isCompact drawn in a low row on phones
 */

/** @type {ReadonlyMap<string, PanelType>} */
export const PANEL_TYPES = new Map([
  ['line', { label: 'Line', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['area', { label: 'Area', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['bar', { label: 'Bar', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['gauge', { label: 'Gauge', load: async () => (await import('./gauge-panel.js')).GaugePanel, minW: 2, minH: 2, isCompact: false }],
  ['stat', { label: 'Stat', load: async () => (await import('./stat-panel.js')).StatPanel, minW: 2, minH: 2, isCompact: true }],
  ['table', { label: 'Table', load: async () => (await import('./table-panel.js')).TablePanel, minW: 3, minH: 3, isCompact: false }],
  ['text', { label: 'Text', load: async () => (await import('./text-panel.js')).TextPanel, isWithoutData: true, minW: 2, minH: 1, isCompact: false }],
]);
