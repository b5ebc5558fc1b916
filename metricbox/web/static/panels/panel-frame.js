// The frame of every panel: title, marks, and the states that no panel draws itself (loading, empty, no data, partial, error,
// stale).
import { Component, h, useEffect, useLate, useMemo, useRef, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
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
 * @property {() => void} [onCancel] gives up the round under way
 * @property {() => Promise<number | null>} [onFindNewest] when the newest sample before the range is, for a panel without data
 * @property {() => Promise<import('../ui/menu.js').MenuItem[]>} [menu] what can be done with the panel
 * @property {import('../lib/variables.js').Selection} [selection] values of the dashboard's variables, for texts
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
  const late = useLate(PANEL_TYPES.get(panel.type)?.load ?? null);
  const body = useMemo(() => h(Body, { ...props, status, late, context: state.span ? { ...context, span: state.span } : context }),
    [panel, ...dataOf(state), context, props.range, props.selection, status.body, tick, late]);
  const dim = status.stale !== '' ? ' is-stale' : status.error !== '' ? ' is-failed' : '';
  const { menu } = props;
  return h('section', {
    ref: element, class: `panel is-${panel.type}${dim}`, 'aria-label': title || 'Panel without a title', 'aria-busy': status.body === 'loading',
    ...(menu ? keyHandlers(menu) : {}),
  },
    h('header', { class: 'panel-head' },
      h(title === '' ? 'span' : 'h2', { class: 'panel-title', title }, title),
      panel.options?.description || panel.options?.links?.length ? h(LateInfo, { panel, selection: props.selection ?? NOTHING }) : null,
      h(Marks, { state, status }),
      menu ? h(Menu, { label: `Menu of ${title || 'the panel'}`, items: menu, buttonClass: 'icon-button panel-menu', children: h(Icon, { name: 'more' }) }) : null,
      h('span', { class: state.isRefreshing && state.frame ? 'panel-progress is-on' : 'panel-progress', 'aria-hidden': 'true' })),
    h('div', { class: 'panel-body' }, body),
    status.stale !== '' && panel.type === 'stat' ? h('p', { class: 'panel-age' }, status.stale) : null);
}

/**
 * What of the state the body shows; a round that begins or ends changes the rest.
 * @param {PanelState} state
 */
function dataOf(state) {
  return [state.frame, state.meta, state.slots, state.span, state.error, state.error === null ? 0 : state.askedAtMs, state.isUnreached];
}

/**
 * The keys of the menu's items, for the panel with the focus, or else under the pointer.
 * @param {() => Promise<import('../ui/menu.js').MenuItem[]>} menu
 */
function keyHandlers(menu) {
  /** @param {KeyboardEvent} event */
  const run = async (event) => {
    if (/^[evxT]$/.test(event.key)) (await import('./panel-keys.js')).runPanelKey(event, menu);
  };
  return {
    onKeyDown: run,
    onMouseEnter: (/** @type {MouseEvent} */ event) => {
      const panel = /** @type {HTMLElement} */ (event.currentTarget);
      const abort = new AbortController();
      const options = { signal: abort.signal };
      panel.addEventListener('mouseleave', () => abort.abort(), options);
      document.addEventListener('keydown', (press) => {
        if (!panel.isConnected) abort.abort();
        else if (!document.activeElement?.closest('.panel')) run(press);
      }, options);
    },
  };
}

/** @type {import('../lib/variables.js').Selection} */
const NOTHING = new Map();

const loadInfo = async () => (await import('./panel-info.js')).PanelInfo;

/** Few panels have a text about them, so its code is fetched by those. @param {import('./panel-info.js').PanelInfoProps} props */
function LateInfo(props) {
  const { loaded } = useLate(loadInfo);
  return loaded ? h(loaded, props) : null;
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

/** @param {PanelFrameProps & {status: PanelStatus, late: {loaded: import('./registry.js').PanelComponent | null, hasFailed: boolean}}} props */
function Body(props) {
  const { panel, state, status, context, late, selection = NOTHING } = props;
  const type = PANEL_TYPES.get(panel.type);
  if (!type) return h(Note, { title: `This release cannot draw "${visibleText(panel.type)}" panels yet.` });
  if (!type.isWithoutData) {
    if (status.body === 'empty') return h(Note, { title: 'This panel has no query yet.' });
    if (status.body === 'loading') return h(Loading, { isUnreached: state.isUnreached, onCancel: props.onCancel });
    if (status.body === 'error' || !state.frame) return h(LateFailure, { error: state.error, askedAtMs: state.askedAtMs, nowMs: props.nowMs, onRetry: props.onRetry });
    if (status.body === 'no-data') {
      const title = `No data ${rangePhrase(describeRange(props.range, props.nowMs, context.zone))}`;
      return h(Note, { title, text: 'Values appear here as soon as they arrive.' },
        props.onFindNewest ? h(LateNewest, { onFind: props.onFindNewest, context }) : null);
    }
  }
  const component = type.component ?? late.loaded;
  if (late.hasFailed) return h(Note, { title: 'The code of this panel could not be loaded.' });
  if (!component) return h('div', { class: 'panel-skeleton' });
  return h(Guard, { key: 'data' }, h(component, { panel, frame: state.frame ?? NO_FRAME, meta: state.meta, slots: state.slots, context, selection }));
}

/** @type {import('../lib/frames.js').Frame} */
const NO_FRAME = { times: [], series: [], stepMs: 0, tail: 0 };

const loadNewest = async () => (await import('./newest-sample.js')).NewestSample;

/** @param {import('./newest-sample.js').NewestSampleProps} props */
function LateNewest(props) {
  const { loaded } = useLate(loadNewest);
  return loaded ? h(loaded, props) : null;
}

/** @param {string} text */
function rangePhrase(text) {
  if (text.startsWith('Last ')) return `in the last ${text.slice(5).replace(/^1 /, '')}`;
  return /^\d/.test(text) ? `in ${text}` : text.toLowerCase();
}

/** @param {{title: string, text?: string, children?: import('../ui/html.js').Children}} props */
function Note({ title, text, children }) {
  return h('div', { class: 'panel-note' }, h('p', { class: 'panel-note-title' }, title), text ? h('p', { class: 'panel-note-text' }, text) : null, children);
}

const NOT_LOADED = 'The panel could not be loaded.';
// Long enough that somebody wonders whether anything still happens.
const SLOW_MS = 3000;
// And that somebody would rather ask for less.
const CANCEL_MS = 5000;

/** @param {{isUnreached: boolean, onCancel: (() => void) | undefined}} props */
function Loading({ isUnreached, onCancel }) {
  const [waitedMs, setWaited] = useState(0);
  useEffect(() => {
    const timers = [SLOW_MS, CANCEL_MS].map((delay) => setTimeout(() => setWaited(delay), delay));
    return () => timers.forEach(clearTimeout);
  }, []);
  const text = isUnreached ? 'Waiting for metricbox…' : waitedMs >= SLOW_MS ? 'Still reading…' : '';
  const canCancel = onCancel && !isUnreached && waitedMs >= CANCEL_MS;
  return h('div', { class: 'panel-skeleton' }, h('span', { class: 'skeleton-wave' }), text === '' ? null : h('span', { class: 'skeleton-text' },
    text, canCancel ? h(Button, { onClick: onCancel }, 'Cancel') : null));
}

const loadFailure = async () => (await import('./panel-failure.js')).PanelFailure;

/** @param {import('./panel-failure.js').PanelFailureProps} props */
function LateFailure(props) {
  const { loaded, hasFailed } = useLate(loadFailure);
  if (hasFailed) return h(Note, { title: props.error?.message ?? NOT_LOADED }, h(Button, { onClick: props.onRetry, icon: 'refresh' }, 'Retry'));
  return loaded ? h(loaded, props) : h('div', { class: 'panel-note' });
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
