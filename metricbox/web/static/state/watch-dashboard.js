// Looks whether somebody else has saved the dashboard that is open, and shows what they did. Who is in the middle of a change keeps
// it: the next save puts both together.
import { getDashboard } from '../api/dashboards.js';

const LOOK_MS = 20_000;

/**
 * @param {import('./dashboard.js').DashboardStore} store
 * @returns {() => void} stops looking
 */
export function watchDashboard(store) {
  const abort = new AbortController();
  const look = async () => {
    if (document.hidden || store.isOffline.peek() || store.documentState.peek().phase !== 'ready' || store.session?.isHeld) return;
    try {
      await store.adopt(await getDashboard(store.id, abort.signal));
    } catch {
      // The panels' polling tells when nobody answers; the next look may find somebody.
    }
  };
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener('visibilitychange', look, { signal: abort.signal });
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}
