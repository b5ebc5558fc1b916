// Where the data came from, and what of it is missing, in words.
import { h } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { formatDuration } from '../../lib/durations.js';
import { formatValue } from '../../lib/format.js';
import { visibleText } from '../../lib/labels.js';
import { formatDateTime } from '../../lib/time.js';

/**
 * @typedef {object} ExploreFootProps
 * @property {import('../../state/panel-data.js').PanelState} state with a frame
 * @property {boolean} isInstant
 * @property {string} zone
 * @property {(() => void) | null} onMore asks for more series; null when that is all there can be
 */

/** @param {ExploreFootProps} props */
export function ExploreFoot({ state, isInstant, zone, onMore }) {
  const { meta, frame, notes, span } = state;
  if (meta === null || frame === null) return null;
  const shown = frame.series.length;
  const facts = [
    isInstant ? (span ? `at ${formatDateTime(span.endMs, zone)}` : '') : `step ${formatDuration(meta.stepMs)}`,
    `table ${meta.table}`,
    meta.seriesTotal > shown ? `${shown.toLocaleString()} of ${meta.seriesTotal.toLocaleString()} series` : `${shown.toLocaleString()} series`,
    `${meta.samplesRead.toLocaleString()} ${meta.samplesRead === 1 ? 'sample' : 'samples'} read`,
    `${formatValue(meta.tookMs, 'ms')}${meta.cached ? ', cached' : ''}`,
  ];
  return h('div', { class: 'explore-foot' },
    h('p', { class: 'explore-facts' }, facts.filter((fact) => fact !== '').join(' · ')),
    notes.map((note) => h('p', { key: note, class: 'explore-warning' }, h(Icon, { name: 'info' }), h('span', null, visibleText(note)))),
    meta.truncated && onMore ? h(Button, { onClick: onMore }, 'Show up to 500 series of each query') : null);
}
