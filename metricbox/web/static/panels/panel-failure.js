// Why a panel has no data: the server's words, and the way to try again.
import { h } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';

/**
 * @typedef {object} PanelFailureProps
 * @property {import('../state/panel-data.js').PanelError | null} error
 * @property {number} askedAtMs
 * @property {number} nowMs
 * @property {() => void} onRetry
 */

/** @param {PanelFailureProps} props */
export function PanelFailure({ error, askedAtMs, nowMs, onRetry }) {
  const waitS = error?.retryAfterS ? Math.ceil(error.retryAfterS - (nowMs - askedAtMs) / 1000) : 0;
  return h('div', { class: 'panel-note is-error', role: 'group', 'aria-label': 'Error' },
    h(Icon, { name: 'critical', size: 20 }),
    h('p', { class: 'panel-note-title' }, error?.message ?? 'The panel could not be loaded.'),
    (error?.details ?? []).filter((detail) => !error?.message.includes(detail.message)).slice(0, 3).map((detail) => h('p', { key: detail.field + detail.message, class: 'panel-note-text' }, `${detail.field}: ${detail.message}`)),
    error?.requestId && (error.status ?? 0) >= 500 ? h('p', { class: 'panel-note-text' }, `Request ${error.requestId}`) : null,
    waitS > 0 ? h('p', { class: 'panel-note-text' }, `Trying again in ${waitS} s`) : h(Button, { onClick: onRetry, icon: 'refresh' }, 'Retry'));
}

