// For a panel without data in its range: when the newest sample before it is, and the way there.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { formatAge } from '../lib/durations.js';
import { formatDateTime } from '../lib/time.js';

/**
 * @typedef {object} NewestSampleProps
 * @property {() => Promise<number | null>} onFind
 * @property {import('../../types/app').PanelContext} context
 */

/** @param {NewestSampleProps} props */
export function NewestSample({ onFind, context }) {
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState(/** @type {{tsMs: number | null} | null} */ (null));
  const [error, setError] = useState('');
  const find = async () => {
    setBusy(true);
    setError('');
    try {
      setFound({ tsMs: await onFind() });
    } catch {
      setError('That could not be asked.');
    } finally {
      setBusy(false);
    }
  };
  if (found === null) {
    return h('p', { class: 'panel-note-text', role: 'status' }, h(Button, { icon: 'search', isBusy, onClick: find }, 'Look further back'), error === '' ? null : ` ${error}`);
  }
  const { tsMs } = found;
  if (tsMs === null) return h('p', { class: 'panel-note-text', role: 'status' }, 'There is nothing in the year before, either.');
  const { startMs, endMs } = context.span;
  const lengthMs = endMs - startMs;
  // With some room after it, so that its place at the end of the data is seen.
  const go = () => context.onZoom({ startMs: Math.round(tsMs - lengthMs * 0.9), endMs: Math.round(tsMs + lengthMs * 0.1) });
  return h('p', { class: 'panel-note-text', role: 'status' },
    h('span', { title: formatDateTime(tsMs, context.zone) }, `Newest sample ${formatAge(Math.max(0, endMs - tsMs))} before the end of this range`), ' ',
    h(Button, { onClick: go }, 'Go there'));
}
