// What a pointer in one chart shows in the others: nothing, a line at the same instant, or their values as well.
import { signal } from '../ui/html.js';
import { speak } from './notices.js';

/** @typedef {import('../charts/chart-types.js').Crosshair} Crosshair */

const KEY = 'metricbox.crosshair';
/** @type {Crosshair[]} */
const MODES = ['line', 'tooltips', 'off'];
const SPOKEN = { off: 'Crosshair in this chart only', line: 'Crosshair in all charts', tooltips: 'Crosshair and values in all charts' };

/** Storage can be forbidden; then the choice lasts as long as the page. */
function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const crosshair = signal(MODES.find((mode) => mode === read()) ?? 'line');

/** What is drawn on the time axis of all charts of the page, once its code is there: see pages/alert-marks.js. */
export const chartMarks = signal(/** @type {import('../../types/app').PanelContext['marks']} */ (null));

export function cycleCrosshair() {
  const next = MODES[(MODES.indexOf(crosshair.peek()) + 1) % MODES.length] ?? 'line';
  crosshair.value = next;
  speak(SPOKEN[next]);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // See read.
  }
}
