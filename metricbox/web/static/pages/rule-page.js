// One alert rule: its editor for who may change it, what it watches for who may not.
import { Fragment, h, useEffect, useLate, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Message, PageHeader } from '../ui/page-header.js';
import { getRule } from '../api/alerts.js';
import { ApiError, isAbort, messageOf } from '../api/client.js';
import { visibleText } from '../lib/labels.js';
import { speak } from '../state/notices.js';
import { canEdit } from '../state/session.js';
import { RuleFacts } from './alerts/rule-facts.js';

/** @typedef {import('../../types/app').AlertRule} AlertRule */

const NEW = 'new';
export const RULES_LINK = { label: 'Alert rules', href: '/alerts?tab=rules' };

const loadEditor = async () => (await import('./alerts/rule-editor.js')).RuleEditor;

/** @param {{params: string[]}} props the rule's id */
export function RulePage({ params: [id = ''] }) {
  const { rule, error, retry } = useRule(id === NEW ? '' : id);
  if (id === NEW && !canEdit()) return h(Nothing, { title: 'Your role does not allow this', text: 'Editors and administrators make alert rules.' });
  if (error !== null) return h(Failed, { error, onRetry: retry });
  if (id !== NEW && rule === null) return h(Fragment, null, h(PageHeader, { title: '', parent: RULES_LINK, onAnnounce: speak }), h('div', { class: 'page-body', 'aria-busy': 'true' }));
  if (rule === null || canEdit()) return h(LateEditor, { rule });
  return h(Fragment, null,
    h(PageHeader, { title: visibleText(rule.name), parent: RULES_LINK, onAnnounce: speak }),
    h('div', { class: 'page-body is-narrow' }, h(RuleFacts, { rule })));
}

/** @param {string} id "" for none */
function useRule(id) {
  const [state, setState] = useState(/** @type {{rule: AlertRule | null, error: unknown}} */ ({ rule: null, error: null }));
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (id === '') return undefined;
    const abort = new AbortController();
    getRule(id, abort.signal).then((rule) => setState({ rule, error: null })).catch((error) => {
      if (!isAbort(error)) setState({ rule: null, error });
    });
    return () => abort.abort();
  }, [id, attempt]);
  return { ...state, retry: () => { setState({ rule: null, error: null }); setAttempt((count) => count + 1); } };
}

/** @param {{rule: AlertRule | null}} props */
function LateEditor(props) {
  const { loaded, hasFailed } = useLate(loadEditor);
  if (hasFailed) return h(Nothing, { title: 'The editor could not be loaded', text: 'Reload the page to try again.' });
  return loaded ? h(loaded, props) : h(Fragment, null, h(PageHeader, { title: '', parent: RULES_LINK, onAnnounce: speak }), h('div', { class: 'page-body', 'aria-busy': 'true' }));
}

/** @param {{title: string, text: string}} props */
function Nothing({ title, text }) {
  return h(Fragment, null,
    h(PageHeader, { title: 'No rule', parent: RULES_LINK, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, { icon: 'search', title, text, children: h('a', { class: 'button is-plain', href: RULES_LINK.href }, 'All rules') })));
}

/** @param {{error: unknown, onRetry: () => void}} props */
function Failed({ error, onRetry }) {
  if (error instanceof ApiError && error.status === 404) return h(Nothing, { title: 'This rule does not exist', text: 'It may have been deleted, or the link may be cut.' });
  return h(Fragment, null,
    h(PageHeader, { title: 'Not loaded', parent: RULES_LINK, onAnnounce: speak }),
    h('div', { class: 'page-body' }, h(Message, { icon: 'critical', title: messageOf(error), children: h(Button, { kind: 'primary', icon: 'refresh', onClick: onRetry }, 'Retry') })));
}
