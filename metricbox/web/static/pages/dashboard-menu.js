// What can be done with the dashboard that is open, by what the user may do. Fetched when its menu opens.
import { h } from '../ui/html.js';
import { hasAlertMarks, setAlertMarks } from '../state/browser-settings.js';
import { speak } from '../state/notices.js';
import { canEdit } from '../state/session.js';
import { saveDashboardFile } from './dashboard-file.js';
import { HistoryDialog } from './history-dialog.js';
import { openDialog } from './open-dialog.js';

/**
 * @param {{store: import('../state/dashboard.js').DashboardStore, dashboard: import('../../types/app').Dashboard, mayChange: boolean}} props
 * @returns {import('../ui/menu.js').MenuItem[]}
 */
export function dashboardMenu({ store, dashboard, mayChange }) {
  const isOn = hasAlertMarks.peek();
  const openHistory = () => {
    openDialog((close) => h(HistoryDialog, { dashboardId: dashboard.id, onClose: close, onRestored: () => { store.reload(); } }));
  };
  return [
    ...(mayChange ? [{ label: 'History…', icon: 'history', onSelect: openHistory }] : []),
    ...(canEdit() ? [{ label: 'Export as a file', icon: 'download', onSelect: () => { saveDashboardFile(dashboard); } }] : []),
    {
      label: 'Alert marks', isChecked: isOn, isAlone: true, startsGroup: canEdit(),
      onSelect: () => {
        setAlertMarks(!isOn);
        speak(isOn ? 'Alert marks are off' : 'Alert marks are on');
      },
    },
  ];
}
