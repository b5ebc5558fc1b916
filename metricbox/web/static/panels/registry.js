// The panel types, each as a value. A type that this release does not know is shown as such, never dropped.
import { GaugePanel } from './gauge-panel.js';
import { StatPanel } from './stat-panel.js';
import { TimeseriesPanel } from './timeseries-panel.js';

/** @typedef {import('../../types/app').PanelProps} PanelProps */

/**
 * @typedef {object} PanelType
 * @property {string} label
 * @property {(props: PanelProps) => import('../ui/html.js').VNode} component
 * @property {number} minW columns
 * @property {number} minH rows
 * @property {boolean} isCompact drawn in a low row on phones
 */

/** @type {ReadonlyMap<string, PanelType>} */
export const PANEL_TYPES = new Map([
  ['line', { label: 'Line', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['area', { label: 'Area', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['bar', { label: 'Bar', component: TimeseriesPanel, minW: 3, minH: 3, isCompact: false }],
  ['gauge', { label: 'Gauge', component: GaugePanel, minW: 2, minH: 2, isCompact: false }],
  ['stat', { label: 'Stat', component: StatPanel, minW: 2, minH: 2, isCompact: true }],
]);
