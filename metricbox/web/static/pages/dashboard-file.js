// A dashboard to a file and back.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field, focusFirstError } from '../ui/field.js';
import { messageOf } from '../api/client.js';
import { exportDashboard, importDashboard } from '../api/history.js';
import { fileName } from '../lib/file-name.js';
import { visibleText } from '../lib/labels.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../../types/app').ImportFault} ImportFault */

// The server takes as much; a dashboard of 200 panels has about 200 KB.
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** @param {{id: string, name: string}} dashboard */
export async function saveDashboardFile({ id, name }) {
  try {
    const text = JSON.stringify(await exportDashboard(id), null, 2);
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = fileName(name, 'json');
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    showToast(`Not exported: ${messageOf(error)}`, { kind: 'error' });
  }
}

/**
 * @param {File} file
 * @returns {Promise<unknown>} throws a sentence for a person
 */
async function readFile(file) {
  if (file.size > FILE_BYTES_MAX) throw new Error('This file is larger than 4 MB, which no dashboard is.');
  let value;
  try {
    value = JSON.parse(await file.text());
  } catch {
    throw new Error('This file is not JSON. Choose the .json file of a dashboard.');
  }
  return value;
}

/** @param {{onClose: () => void}} props */
export function ImportDialog({ onClose }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [made, setMade] = useState(/** @type {{dashboard: Dashboard, report: ImportFault[]} | null} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    setError('');
    setBusy(true);
    try {
      if (!file) throw new Error('Choose a file.');
      const result = await importDashboard(await readFile(file));
      if (result.report.length > 0) setMade(result);
      else {
        onClose();
        navigate(`/dashboard/${result.dashboard.id}`);
        showToast(`Imported "${visibleText(result.dashboard.name)}"`);
      }
    } catch (failure) {
      setError(messageOf(failure));
      focusFirstError(form);
    } finally {
      setBusy(false);
    }
  };
  if (made) return h(ReportDialog, { key: 'report', ...made, onClose });
  return h(Dialog, { key: 'file', title: 'Import a dashboard', onClose },
    h('form', { class: 'form', onSubmit: submit, noValidate: true },
      h('p', { class: 'dialog-text' }, 'It becomes a new, private dashboard of yours, beside those that are here.'),
      h(Field, {
        label: 'File',
        help: 'The .json file of one dashboard, of a metricbox or of Grafana.',
        error: error === '' ? null : error,
        children: ({ id, describedBy, isInvalid }) => h('input', {
          id, class: 'input is-file', type: 'file', accept: '.json,application/json', autofocus: true, 'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined,
          onChange: (/** @type {Event} */ event) => {
            setFile(/** @type {HTMLInputElement} */ (event.currentTarget).files?.[0] ?? null);
            setError('');
          },
        }),
      }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Import'))));
}

/** @param {{dashboard: Dashboard, report: ImportFault[], onClose: () => void}} props */
function ReportDialog({ dashboard, report, onClose }) {
  const open = () => {
    onClose();
    navigate(`/dashboard/${dashboard.id}`);
  };
  return h(Dialog, { title: `Imported "${visibleText(dashboard.name)}"`, onClose, isWide: true },
    h('p', { class: 'dialog-text' }, report.length === 1 ? 'One thing could not be taken over:' : `${report.length} things could not be taken over:`),
    h('ul', { class: 'versions' }, report.map((fault, index) => h('li', { key: index, class: 'version' },
      h('div', { class: 'version-text' },
        h('span', { class: 'version-change' }, fault.panel === null || fault.panel === undefined ? 'The dashboard' : `Panel ${visibleText(fault.panel) || 'without a title'}`),
        h('span', { class: 'field-help' }, h('code', null, visibleText(fault.field)), ` ${visibleText(fault.message)}`))))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Close'),
      h(Button, { kind: 'primary', onClick: open }, 'Open dashboard')));
}
