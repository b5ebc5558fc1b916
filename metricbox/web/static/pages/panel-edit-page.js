// The editor of one panel: the preview with its queries on the left, the form on the right, what was answered below.
import { Fragment, h, useEffect, useMedia, useMemo, useRef, useState } from '../ui/html.js';
import { Button, IconButton } from '../ui/button.js';
import { focusFirstError } from '../ui/field.js';
import { Icon } from '../ui/icon.js';
import { PageHeader } from '../ui/page-header.js';
import { visibleText } from '../lib/labels.js';
import { QUERIES_MAX } from '../lib/panel-options.js';
import { TYPES_WITHOUT_QUERY } from '../lib/panel-draft.js';
import { PanelForm } from '../panels/panel-editor/panel-form.js';
import { QueryEditor } from '../panels/panel-editor/query-editor.js';
import { DraftData } from '../state/draft-data.js';
import { navigate, place } from '../state/location.js';
import { showToast, speak } from '../state/notices.js';
import { PanelDraft } from '../state/panel-draft.js';
import { askBeforeLeaving } from './ask-before-leaving.js';
import { PageTime } from './page-time.js';
import { DraftPreview, scopeOf } from './panel-draft-preview.js';
import { usePanelContext } from './panel-context.js';
import { PanelTabs } from './panel-tabs.js';
import { LateVariableBar } from './panel-view.js';
import { useSave } from './panel-save.js';
import { useEditorKeys } from './use-editor-keys.js';
import { useLeaveKey } from './use-leave-key.js';

/** @typedef {import('../../types/app').Panel} Panel */

/**
 * @typedef {object} PanelEditPageProps
 * @property {import('../state/dashboard.js').DashboardStore} store
 * @property {import('../../types/app').Dashboard} dashboard
 * @property {Panel | null} panel null for a new one
 * @property {{label: string, href: string}} back
 */

const PHONE = '(max-width: 767px)';

/**
 * What the link wants of a new panel, read once: it goes from the link with the first change of the range.
 * @returns {Panel['type'] | null}
 */
function wantedType() {
  const type = new URLSearchParams(place.peek().search).get('type');
  return type !== null && ['line', 'area', 'bar', 'stat', 'gauge', 'table', 'text'].includes(type) ? /** @type {Panel['type']} */ (type) : null;
}

/** @param {PanelEditPageProps} props */
export function PanelEditPage({ store, dashboard, panel, back }) {
  const draft = useMemo(() => new PanelDraft({ dashboardId: dashboard.id, panel, type: panel ? null : wantedType() }), []);
  const data = useMemo(() => new DraftData({ dashboardId: dashboard.id, draft: draft.draft, chosen: () => scopeOf(store, draft.draft.value).selection }), []);
  useEffect(() => () => data.dispose(), []);
  const { save, errors, isBusy, forgetErrors } = useSave({ draft, dashboard, leave: () => navigate(back.href) });
  const form = useRef(/** @type {HTMLDivElement | null} */ (null));
  const done = async () => {
    const unread = form.current?.querySelector('[data-unread]');
    if (unread instanceof HTMLElement) unread.focus();
    else if (!(await save())) focusFirstError(form.current);
  };
  // The tab's own memory outlives a reload, but not the tab.
  useEffect(() => askBeforeLeaving({ what: 'panel', isHeld: () => draft.isChanged.peek() && !draft.isSettled, save: done, discard: () => draft.forget() }), []);
  /** @param {'undo' | 'redo'} which */
  const step = (which) => {
    draft[which]();
    data.refreshIfChanged();
    forgetErrors();
  };
  useEditorKeys({ onUndo: () => step('undo'), onRedo: () => step('redo'), onDone: done });
  useLeaveKey(() => navigate(back.href));
  const discard = () => {
    const wasChanged = draft.isChanged.peek();
    const here = place.peek().path + place.peek().search;
    draft.forget();
    navigate(back.href);
    if (!wasChanged) return;
    const bringBack = () => {
      draft.store();
      navigate(here);
    };
    showToast('Changes thrown away', { lastsMs: 10_000, action: { label: 'Undo', run: bringBack } });
  };
  const isPhone = useMedia(PHONE);
  const { title } = draft.draft.value;
  const actions = h(Fragment, null,
    h(IconButton, { label: 'Undo', icon: 'undo', onClick: () => step('undo'), isDisabled: !draft.canUndo.value, aria: { 'aria-keyshortcuts': 'Control+Z' } }),
    h(IconButton, { label: 'Redo', icon: 'redo', onClick: () => step('redo'), isDisabled: !draft.canRedo.value, aria: { 'aria-keyshortcuts': 'Control+Shift+Z' } }),
    h(Button, { onClick: discard }, 'Discard'),
    h(Button, { kind: 'primary', onClick: done, isBusy }, 'Done'));
  return h('div', { class: 'panel-edit-page', ref: form, style: { '--header-height': `${useHeaderHeight(form)}px` } },
    h(PageHeader, {
      title: visibleText(title) || (panel ? 'Panel without a title' : 'New panel'), parent: back, onAnnounce: speak, mark: isPhone ? h('div', { class: 'editor-actions' }, actions) : null,
    }, h(PageTime, { isBusy: data.running.value, onRefresh: () => data.refresh() }), isPhone ? null : actions),
    h(LateVariableBar, { store, dashboard }),
    h(Restored, { draft }),
    h(Body, { store, dashboard, draft, data, errors, forgetErrors }));
}

/**
 * On phones the header has two lines, on touch screens higher ones; what sticks below it must know.
 * @param {{current: HTMLElement | null}} page
 */
function useHeaderHeight(page) {
  const [height, setHeight] = useState(48);
  useEffect(() => {
    const header = page.current?.querySelector('.page-header');
    if (!(header instanceof HTMLElement)) return undefined;
    const observer = new ResizeObserver(() => setHeight(header.offsetHeight));
    observer.observe(header);
    return () => observer.disconnect();
  }, []);
  return height;
}

/** @param {{draft: PanelDraft}} props */
function Restored({ draft }) {
  const [isShown, setShown] = useState(draft.isRestored);
  if (!isShown || !draft.isChanged.value) return null;
  return h('div', { class: 'editor-notice', role: 'status' },
    h(Icon, { name: 'info' }), h('span', null, 'Changes that were not saved are back.'),
    h(Button, { kind: 'quiet', onClick: () => { draft.reset(); setShown(false); } }, 'Throw them away'),
    h(IconButton, { label: 'Hide this notice', icon: 'close', onClick: () => setShown(false) }));
}

/**
 * @typedef {object} BodyProps
 * @property {PanelEditPageProps['store']} store
 * @property {PanelEditPageProps['dashboard']} dashboard
 * @property {PanelDraft} draft
 * @property {DraftData} data
 * @property {Record<string, string>} errors
 * @property {() => void} forgetErrors
 */

/** @param {BodyProps} props */
function Body({ store, dashboard, draft, data, errors, forgetErrors }) {
  const context = usePanelContext(dashboard.id);
  const shown = draft.draft.value;
  const { selection } = scopeOf(store, shown);
  const hasQuery = !TYPES_WITHOUT_QUERY.has(shown.type);
  return h('div', { class: 'editor-body' },
    context ? h(DraftPreview, { store, dashboard, draft, data, context }) : h('div', { class: 'preview' }),
    hasQuery ? h('section', { class: 'editor-queries', 'aria-label': 'Queries' },
      errors.query ? h('p', { class: 'form-error', role: 'alert' }, errors.query) : null,
      h(QueryEditor, {
        queries: shown.queries, answers: data.answers.value, variableNames: dashboard.variables.map((variable) => variable.name), maxQueries: QUERIES_MAX,
        onChange: (queries) => {
          draft.change('queries', { queries });
          forgetErrors();
        },
        onRun: () => data.refresh(),
      })) : null,
    h('aside', { class: 'editor-side', 'aria-label': 'Options' },
      errors.form ? h('p', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(PanelForm, {
        draft: shown, errors, variables: dashboard.variables, selection,
        onChange: (label, change) => {
          draft.change(label, change);
          forgetErrors();
        },
        onOptions: (label, options) => {
          draft.changeOptions(label, options);
          forgetErrors();
        },
      })),
    hasQuery && context ? h(PanelTabs, { draft, data, zone: context.zone }) : null);
}
