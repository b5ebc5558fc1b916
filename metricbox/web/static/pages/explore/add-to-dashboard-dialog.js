// The chart as a panel of a dashboard: of one that may be changed, or of a new one.
import { h, useEffect, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { SelectField } from '../../ui/select.js';
import { isAbort, messageOf } from '../../api/client.js';
import { createDashboard, listDashboards } from '../../api/dashboards.js';
import { createPanel } from '../../api/panels.js';
import { visibleText } from '../../lib/labels.js';
import { writtenQueries } from '../../lib/panel-draft.js';
import { speak } from '../../state/notices.js';
import { isAdmin, user } from '../../state/session.js';
import { range } from '../../state/time-range.js';
import { useForm } from '../use-form.js';

/** @typedef {import('../../../types/app').Panel} Panel */
/** @typedef {import('../../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../../types/app').PanelCreate} PanelCreate */

/**
 * @typedef {object} AddToDashboardProps
 * @property {Panel} panel as it is drawn
 * @property {import('../../../types/app').PanelQuery[]} queries
 * @property {() => void} onClose
 */

const NEW = 'new';
const LABELS = { title: 'Title of the panel', name: 'Name of the dashboard', query: 'Query' };
const TITLE_MAX = 200;

/** @param {AddToDashboardProps} props */
export function AddToDashboardDialog({ panel, queries, onClose }) {
  const { list, fault } = useOwnDashboards();
  const [target, setTarget] = useState(NEW);
  const [name, setName] = useState('');
  const [title, setTitle] = useState([...panel.title].slice(0, TITLE_MAX).join(''));
  const [made, setMade] = useState(/** @type {{id: string, name: string} | null} */ (null));
  const { errors, isBusy, form } = useForm({
    model: 'PanelCreate',
    labels: LABELS,
    read: () => /** @type {PanelCreate} */ ({ title: title.trim(), type: panel.type, query: writtenQueries({ title: '', type: panel.type, queries, options: {} }), options: panel.options }),
    check: () => /** @type {Record<string, string>} */ (target === NEW && name.trim() === '' ? { name: `${LABELS.name} is needed` } : {}),
    send: async (wish) => {
      const found = target === NEW ? await makeDashboard(name.trim(), wish) : await addPanel(target, list, wish);
      setMade(found);
      speak(`Added to ${found.name}`);
    },
  });
  if (made) return h(Added, { made, onClose });
  return h(Dialog, { title: 'Add to a dashboard', onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      errors.query ? h('div', { class: 'form-error', role: 'alert' }, errors.query) : null,
      fault === '' ? null : h('p', { class: 'form-error', role: 'alert' }, `Your dashboards could not be listed: ${fault}`),
      h(SelectField, {
        label: 'Dashboard', name: 'dashboard', value: target, onChange: setTarget,
        options: [{ value: NEW, label: 'A new dashboard' }, ...list.map((one) => ({ value: one.id, label: visibleText(one.name) }))],
      }),
      target === NEW ? h(TextField, { label: LABELS.name, name: 'name', value: name, onInput: setName, error: errors.name ?? null, hasFocus: true, isRequired: true }) : null,
      h(TextField, { label: LABELS.title, name: 'title', value: title, onInput: setTitle, error: errors.title ?? null }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Add'))));
}

/** @param {{made: {id: string, name: string}, onClose: () => void}} props */
function Added({ made, onClose }) {
  return h(Dialog, { title: 'Added', onClose },
    h('p', { class: 'dialog-text' }, `The panel is on "${visibleText(made.name)}".`),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Stay here'),
      h('a', { class: 'button is-primary', href: `/dashboard/${encodeURIComponent(made.id)}` }, 'Open the dashboard')));
}

/** Those that the user may change, by name. */
function useOwnDashboards() {
  const [state, setState] = useState(/** @type {{list: Dashboard[], fault: string}} */ ({ list: [], fault: '' }));
  useEffect(() => {
    const abort = new AbortController();
    listDashboards(abort.signal).then((all) => {
      const list = all.filter((one) => isAdmin() || one.ownerId === user.peek()?.id);
      setState({ list: list.sort((left, right) => left.name.localeCompare(right.name)), fault: '' });
    }).catch((error) => {
      if (!isAbort(error)) setState({ list: [], fault: messageOf(error) });
    });
    return () => abort.abort();
  }, []);
  return state;
}

/**
 * @param {string} name
 * @param {PanelCreate} panel
 */
async function makeDashboard(name, panel) {
  return createDashboard({ name, panels: [panel], timeRange: range.peek() });
}

/**
 * @param {string} id
 * @param {Dashboard[]} list
 * @param {PanelCreate} panel
 */
async function addPanel(id, list, panel) {
  await createPanel(id, panel);
  return { id, name: list.find((one) => one.id === id)?.name ?? '' };
}
