// How each series of a rule stands now.
import { h, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { describeLabels, describeSince, holds } from '../../lib/alerts.js';
import { formatValue } from '../../lib/format.js';
import { nowMs } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';

/** @typedef {import('../../../types/app').SeriesState} SeriesState */
/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {'firing' | 'pending' | 'over' | 'ok'} Standing over: the condition holds, and nothing watches it yet */
/** @typedef {{labels: Record<string, string>, value: number | null, standing: Standing, sinceMs: number | null, firesMs: number | null}} SeriesRow */

const SHOWN = 8;
const RANK = { firing: 0, pending: 1, over: 2, ok: 3 };

/** @type {Record<Standing, {icon: string, label: string}>} */
const STANDINGS = { firing: { icon: 'critical', label: 'Firing' }, pending: { icon: 'clock', label: 'Pending' }, over: { icon: 'warning', label: 'Condition holds' }, ok: { icon: 'check', label: 'OK' } };

/**
 * Of a saved rule as the server evaluates it; of a changed or new one from the newest values of its chart.
 * @param {object} wish
 * @param {RuleDraft} wish.draft
 * @param {import('../../state/rule-data.js').Round | null} wish.round
 * @param {import('../../../types/app').Evaluation | null} wish.evaluation of the saved query
 * @param {boolean} wish.isSaved
 * @returns {SeriesRow[] | null} null while it is not known
 */
export function seriesNow({ draft, round, evaluation, isSaved }) {
  if (!round || round.query !== draft.query.trim() || !('frame' in round.answer)) return null;
  const isBad = (/** @type {number | null} */ value) => value !== null && draft.threshold !== null && holds(draft.condition, value, draft.threshold);
  /** @param {SeriesState} one @returns {SeriesRow} */
  const ofSaved = ({ labels, value = null, state, since, firesAt }) => {
    /** @type {Standing} */
    const standing = isSaved && state !== 'ok' ? state : isBad(value) ? 'over' : 'ok';
    return { labels, value, standing, sinceMs: isSaved && since ? Date.parse(since) : null, firesMs: isSaved && firesAt ? Date.parse(firesAt) : null };
  };
  const rows = evaluation ? evaluation.series.map(ofSaved) : newestOf(round.answer.frame).map(({ labels, value }) => {
    return /** @type {SeriesRow} */ ({ labels, value, standing: isBad(value) ? 'over' : 'ok', sinceMs: null, firesMs: null });
  });
  return rows.sort((left, right) => RANK[left.standing] - RANK[right.standing] || (right.value ?? 0) - (left.value ?? 0));
}

// A value that is older is none of now; the newest step may not have begun to fill.
const NEWEST_ROWS = 2;

/** @param {import('../../lib/frames.js').Frame} frame */
function newestOf(frame) {
  return frame.series.flatMap((series) => {
    const value = series.values.slice(-NEWEST_ROWS).findLast((one) => typeof one === 'number');
    return typeof value === 'number' ? [{ labels: series.tags, value }] : [];
  });
}

/** @param {{rows: SeriesRow[], total: number, unit: string | null}} props */
export function RuleSeries({ rows, total, unit }) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, SHOWN);
  return h('div', { class: 'rule-series' },
    h('div', { class: 'table-scroll', role: 'region', 'aria-label': 'Series now', tabIndex: 0 }, h('table', { class: 'table' },
      h('caption', { class: 'only-spoken' }, 'Series now'),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Series'), h('th', { scope: 'col', class: 'is-end' }, 'Now'), h('th', { scope: 'col' }, 'State'))),
      h('tbody', null, shown.map((row) => h(Row, { key: JSON.stringify(row.labels), row, unit }))))),
    rows.length > SHOWN ? h(Button, { kind: 'quiet', onClick: () => setAll(!isAll) }, isAll ? 'Show fewer' : `Show all ${rows.length.toLocaleString()}`) : null,
    total > rows.length ? h('p', { class: 'rule-note' }, `${(total - rows.length).toLocaleString()} more series are fine.`) : null);
}

/** @param {{row: SeriesRow, unit: string | null}} props */
function Row({ row, unit }) {
  const name = describeLabels(row.labels) || 'without tags';
  const { icon, label } = STANDINGS[row.standing];
  const isWaiting = row.standing === 'firing' || row.standing === 'pending';
  const since = isWaiting && row.sinceMs !== null ? `, ${describeSince({ state: row.standing === 'firing' ? 'firing' : 'pending', sinceMs: row.sinceMs, firesMs: row.firesMs }, nowMs.value, preferredZone.value)}` : '';
  return h('tr', null,
    h('td', { class: 'is-name' }, h('span', { class: 'cell-text', title: name }, name)),
    h('td', { class: 'is-end' }, formatValue(row.value, unit)),
    h('td', null, h('span', { class: `rule-state is-${row.standing}` }, h(Icon, { name: icon }), `${label}${since}`)));
}
