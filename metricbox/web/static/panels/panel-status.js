// Which of its states a panel is in, and what it says about it. Pure: the frame draws what this answers.
import { formatAge } from '../lib/durations.js';
import { hasValues } from '../lib/frames.js';

/** @typedef {import('../state/panel-data.js').PanelState} PanelState */

/**
 * @typedef {object} PanelStatus
 * @property {'loading' | 'empty' | 'no-data' | 'data' | 'error'} body
 * @property {string} stale sentence, "" when the data are fresh
 * @property {string} error sentence of a failed refresh beside older data, "" when none
 */

// Fewer missed rounds than this are a slow answer.
const STALE_INTERVALS = 3;

/**
 * @param {PanelState} state
 * @param {object} around
 * @param {boolean} around.hasQuery
 * @param {number} around.refreshMs 0 when refresh is off
 * @param {boolean} around.isOffline
 * @param {number} around.nowMs
 * @returns {PanelStatus}
 */
export function panelStatus(state, { hasQuery, refreshMs, isOffline, nowMs }) {
  if (!hasQuery) return { body: 'empty', stale: '', error: '' };
  if (state.frame === null) return { body: state.error ? 'error' : 'loading', stale: '', error: '' };
  const ageMs = Math.max(0, nowMs - state.loadedAtMs);
  const isOld = refreshMs > 0 && ageMs > refreshMs * STALE_INTERVALS;
  const isStale = isOld || (isOffline && state.isUnreached);
  return {
    body: hasValues(state.frame) ? 'data' : 'no-data',
    stale: isStale ? `Data are ${formatAge(ageMs)} old` : '',
    error: state.error ? state.error.message : '',
  };
}
