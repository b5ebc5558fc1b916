// "Open dashboard" of a host: the one of the library for its kind of agent, in the copy that is there, or in a new one.
import { h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { isAbort, messageOf } from '../api/client.js';
import { listDashboards } from '../api/dashboards.js';
import { copyFromLibrary, listLibrary } from '../api/library.js';
import { HOST_DASHBOARDS } from '../lib/host-panels.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';
import { canEdit, user } from '../state/session.js';

/** @typedef {import('../../types/app').Host} Host */
/** @typedef {import('../../types/app').Dashboard} Dashboard */

/**
 * Copies have the name of their original, and its variable. One's own goes first.
 * @param {Dashboard[]} dashboards
 * @param {string} name
 */
function findCopy(dashboards, name) {
  const copies = dashboards.filter((one) => one.name === name && one.variables.some((variable) => variable.name === 'host'));
  return copies.find((one) => one.ownerId === user.peek()?.id) ?? copies[0] ?? null;
}

/** @param {{host: Host}} props */
export function HostDashboardButton({ host }) {
  const key = HOST_DASHBOARDS[host.source] ?? '';
  const [found, setFound] = useState(/** @type {{id: string | null} | null} */ (null));
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all([listLibrary(abort.signal), listDashboards(abort.signal)]).then(([library, dashboards]) => {
      const name = library.find((entry) => entry.key === key)?.name ?? '';
      setFound({ id: findCopy(dashboards, name)?.id ?? null });
    }).catch((error) => {
      if (!isAbort(error)) setFound({ id: null });
    });
    return () => abort.abort();
  }, [key]);
  const addressOf = (/** @type {string} */ id) => `/dashboard/${encodeURIComponent(id)}?var-host=${encodeURIComponent(host.name)}`;
  if (found === null) return null;
  if (found.id !== null) return h('a', { class: 'button is-primary', href: addressOf(found.id) }, 'Open dashboard');
  // A viewer cannot make one.
  if (!canEdit()) return null;
  const open = async () => {
    setBusy(true);
    try {
      const made = await copyFromLibrary(key);
      navigate(addressOf(made.id));
    } catch (error) {
      setBusy(false);
      showToast(`No dashboard was made: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  return h(Button, { kind: 'primary', isBusy, onClick: open }, 'Open dashboard');
}
