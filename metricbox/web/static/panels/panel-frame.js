// The frame of every panel: title, marks, and the states that no panel draws itself (loading, empty, no data, partial, error,
// stale).
import { Component, h, useEffect, useMemo, useRef, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { formatDuration } from '../lib/durations.js';
import { formatValue } from '../lib/format.js';
import { visibleText } from '../lib/labels.js';
import { describeRange } from '../lib/time.js';
import { PANEL_TYPES } from './registry.js';
import { panelStatus } from './panel-status.js';

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../state/panel-data.js').PanelState} PanelState */
/** @typedef {import('./panel-status.js').PanelStatus} PanelStatus */

/**
 * @typedef {object} PanelFrameProps
 * @property {Panel} panel
 * @property {PanelState} state
 * @property {import('../../types/app').PanelContext} context its span is the panel's own once data are in
 * @property {import('../lib/time.js').TimeRange} range
 * @property {boolean} hasQuery
 * @property {number} refreshMs
 * @property {boolean} isOffline
 * @property {number} nowMs
 * @property {(isVisible: boolean) => void} onVisible
 * @property {() => void} onRetry
 */

/** @param {PanelFrameProps} props */
export function PanelFrame(props) {
  const { panel, state, context } = props;
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useVisibility(element, props.onVisible);
  const status = panelStatus(state, props);
  const title = visibleText(panel.title);
  // The clock ticks each second for the marks; the drawing hangs on the data alone.
  const tick = status.body === 'error' ? props.nowMs : 0;
  const body = useMemo(() => h(Body, { ...props, status, context: state.span ? { ...context, span: state.span } : context }),
    [panel, state, context, props.range, status.body, tick]);
  const dim = status.stale !== '' ? ' is-stale' : status.error !== '' ? ' is-failed' : '';
  return h('section', { ref: element, class: `panel is-${panel.type}${dim}`, 'aria-label': title, 'aria-busy': status.body === 'loading' },
    h('header', { class: 'panel-head' },
      h('h2', { class: 'panel-title', title }, title),
      h(Marks, { state, status }),
      h('span', { class: state.isRefreshing && state.frame ? 'panel-progress is-on' : 'panel-progress', 'aria-hidden': 'true' })),
    h('div', { class: 'panel-body' }, body),
    status.stale !== '' && panel.type === 'stat' ? h('p', { class: 'panel-age' }, status.stale) : null);
}

/**
 * Tells when the panel comes within one screen of the viewport, so that a long page asks only for what will be seen.
 * @param {{current: HTMLElement | null}} element
 * @param {(isVisible: boolean) => void} onVisible
 */
function useVisibility(element, onVisible) {
  const latest = useRef(onVisible);
  latest.current = onVisible;
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver((entries) => latest.current(entries.at(-1)?.isIntersecting ?? false), { rootMargin: '100% 0px' });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
      latest.current(false);
    };
  }, []);
}

/** @param {{state: PanelState, status: PanelStatus}} props */
function Marks({ state, status }) {
  return h('span', { class: 'panel-marks' },
    state.meta ? h('span', { class: 'panel-tier', title: sourceText(state.meta) }, `${state.meta.table.replace(/^metrics_/, '')} · ${formatDuration(state.meta.stepMs)}`) : null,
    state.notes.length > 0 ? h(Mark, { kind: 'partial', icon: 'info', text: state.notes.join('\n') }) : null,
    status.error !== '' ? h(Mark, { kind: 'error', icon: 'critical', text: status.error }) : null,
    status.stale !== '' ? h(Mark, { kind: 'stale', icon: 'clock', text: status.stale }) : null);
}

/** @param {{kind: string, icon: string, text: string}} props */
function Mark({ kind, icon, text }) {
  return h('span', { class: `panel-mark is-${kind}`, title: text, tabIndex: 0, role: 'img', 'aria-label': text }, h(Icon, { name: icon, size: 15 }));
}

/** @param {import('../../types/app').QueryMeta} meta */
function sourceText(meta) {
  const parts = [`table ${meta.table}`, `step ${formatDuration(meta.stepMs)}`, `${formatValue(meta.samplesRead, 'short')} samples read`, `${Math.round(meta.tookMs)} ms`];
  if (meta.cached) parts.push('cached');
  return parts.join(', ');
}

/** @param {PanelFrameProps & {status: PanelStatus}} props */
function Body(props) {
  const { panel, state, status, context } = props;
  const type = PANEL_TYPES.get(panel.type);
  if (!type) return h(Note, { title: `This release cannot draw "${visibleText(panel.type)}" panels yet.` });
  if (status.body === 'empty') return h(Note, { title: 'This panel has no query yet.' });
  if (status.body === 'loading') return h(Loading, { isUnreached: state.isUnreached });
  if (status.body === 'error' || !state.frame) return h(Failure, props);
  if (status.body === 'no-data') {
    return h(Note, { title: `No data ${rangePhrase(describeRange(props.range, props.nowMs, context.zone))}`, text: 'Values appear here as soon as they arrive.' });
  }
  return h(Guard, { key: 'data' }, h(type.component, { panel, frame: state.frame, meta: state.meta, slots: state.slots, context }));
}

/** @param {string} text */
function rangePhrase(text) {
  if (text.startsWith('Last ')) return `in the last ${text.slice(5).replace(/^1 /, '')}`;
  return /^\d/.test(text) ? `in ${text}` : text.toLowerCase();
}

/** @param {{title: string, text?: string}} props */
function Note({ title, text }) {
  return h('div', { class: 'panel-note' }, h('p', { class: 'panel-note-title' }, title), text ? h('p', { class: 'panel-note-text' }, text) : null);
}

// Long enough that somebody wonders whether anything still happens.
const SLOW_MS = 3000;

/** @param {{isUnreached: boolean}} props */
function Loading({ isUnreached }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const text = isUnreached ? 'Waiting for metricbox…' : isSlow ? 'Still reading…' : '';
  return h('div', { class: 'panel-skeleton' }, h('span', { class: 'skeleton-wave' }), text === '' ? null : h('span', { class: 'skeleton-text' }, text));
}

/** @param {PanelFrameProps} props */
function Failure({ state, onRetry, nowMs }) {
  const error = state.error;
  const waitS = error?.retryAfterS ? Math.ceil(error.retryAfterS - (nowMs - state.askedAtMs) / 1000) : 0;
  return h('div', { class: 'panel-note is-error', role: 'group', 'aria-label': 'Error' },
    h(Icon, { name: 'critical', size: 20 }),
    h('p', { class: 'panel-note-title' }, error?.message ?? 'The panel could not be loaded.'),
    (error?.details ?? []).filter((detail) => !error?.message.includes(detail.message)).slice(0, 3).map((detail) => h('p', { key: detail.field + detail.message, class: 'panel-note-text' }, `${detail.field}: ${detail.message}`)),
    error?.requestId && (error.status ?? 0) >= 500 ? h('p', { class: 'panel-note-text' }, `Request ${error.requestId}`) : null,
    waitS > 0 ? h('p', { class: 'panel-note-text' }, `Trying again in ${waitS} s`) : h(Button, { onClick: onRetry, icon: 'refresh' }, 'Retry'));
}

/**
 * A panel whose drawing throws must not take the page with it.
 * @augments {Component<{children?: import('../ui/html.js').Children}, {message: string}>}
 */
class Guard extends Component {
  /** @param {any} props */
  constructor(props) {
    super(props);
    this.state = { message: '' };
  }

  /**
   * @override
   * @param {unknown} error
   */
  static getDerivedStateFromError(error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  /** @override */
  render() {
    if (this.state.message === '') return /** @type {any} */ (this.props.children);
    return h('div', { class: 'panel-note is-error' },
      h('p', { class: 'panel-note-title' }, 'This panel could not be drawn.'),
      h('p', { class: 'panel-note-text' }, this.state.message),
      h(IconButton, { label: 'Draw again', icon: 'refresh', onClick: () => this.setState({ message: '' }) }));
  }
}
