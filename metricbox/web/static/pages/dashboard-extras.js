// What a dashboard's page does besides drawing: notes that it was opened, makes itself fit for paper, marks on its charts when
// alerts fired, and looks whether somebody else has saved it. Fetched after the first draw, which needs none of it.
import { noteOpened } from '../state/preferences.js';
import { urlState } from '../state/location.js';
import { user } from '../state/session.js';
import { watchDashboard } from '../state/watch-dashboard.js';
import { isChart, startAlertMarks } from './alert-marks.js';
import { preparePrinting } from './print-view.js';

/**
 * @param {import('../state/dashboard.js').DashboardStore} store
 * @returns {() => void} stops them
 */
export function startExtras(store) {
  // A screen that goes through its list opens nothing.
  if (user.peek() !== null && urlState.peek().kiosk === null) noteOpened(store.id);
  const hasCharts = () => store.documentState.value.dashboard?.panels.some(isChart) ?? false;
  const stops = [preparePrinting(store), watchDashboard(store), startAlertMarks({ isRefreshing: store.isRefreshing, hasCharts })];
  return () => stops.forEach((stop) => stop());
}
