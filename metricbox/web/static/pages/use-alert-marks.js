// Alert marks for a page with one chart.
import { signal, useEffect, useMemo } from '../ui/html.js';
import { isChart, startAlertMarks } from './alert-marks.js';

/**
 * @param {{value: boolean}} isRefreshing
 * @param {string} type of the panel
 */
export function useAlertMarks(isRefreshing, type) {
  const shown = useMemo(() => signal(type), []);
  useEffect(() => { shown.value = type; }, [type]);
  useEffect(() => startAlertMarks({ isRefreshing, hasCharts: () => isChart({ type: shown.value }) }), [isRefreshing]);
}
