// What the empty list of dashboards offers: two that come with metricbox, and an empty one.
import { h, useState } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { messageOf } from '../api/client.js';
import { copyFromLibrary } from '../api/library.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';

const TEMPLATES = [
  { key: 'host', name: 'This box', text: 'CPU, memory, disks and network of this machine.' },
  { key: 'hosts', name: 'Hosts overview', text: 'All hosts that report, side by side.' },
  { key: '', name: 'Blank', text: 'Panels of your own.' },
];

/** @param {{onBlank: () => void}} props */
export function FirstDashboard({ onBlank }) {
  const [busy, setBusy] = useState(/** @type {string | null} */ (null));
  const choose = async (/** @type {string} */ key) => {
    if (busy !== null) return;
    if (key === '') {
      onBlank();
      return;
    }
    setBusy(key);
    try {
      const made = await copyFromLibrary(key);
      navigate(`/dashboard/${encodeURIComponent(made.id)}`);
    } catch (error) {
      setBusy(null);
      showToast(`No dashboard was made: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  return h('ul', { class: 'templates' }, TEMPLATES.map(({ key, name, text }) => h('li', { key },
    h('button', { type: 'button', class: 'template', 'aria-busy': busy === key || undefined, onClick: () => { choose(key); } },
      h(Icon, { name: key === '' ? 'plus' : key === 'hosts' ? 'hosts' : 'dashboards', size: 22 }),
      h('span', { class: 'template-name' }, name),
      h('span', { class: 'template-text' }, text)))));
}
