// Gives up what a dashboard is being asked: panels that had no data yet say so, and offer to ask again.
import { failedState } from './panel-data.js';

/** @param {import('./dashboard.js').DashboardStore} store */
export function cancelRound(store) {
  store.poller.cancel();
  for (const state of store.panels.values()) {
    const now = state.peek();
    if (!now.isRefreshing) continue;
    const failed = failedState(now, null);
    state.value = now.frame !== null || !failed.error ? { ...now, isRefreshing: false }
      : { ...failed, error: { ...failed.error, message: 'You stopped this before the answer came.', code: 'CANCELLED' } };
  }
}
