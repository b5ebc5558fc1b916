// SQL over what is stored: a statement, its views to click together, its rows. A statement in a link is shown and not run: whoever
// sent the link does not decide what this server works on.
import { Fragment, h, useEffect, useRef, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/select.js';
import { ApiError, isAbort, messageOf } from '../../api/client.js';
import { runSql } from '../../api/sql.js';
import { insertName, SQL_EXAMPLE, SQL_VIEWS } from '../../lib/sql-views.js';
import { visibleText } from '../../lib/labels.js';
import { copyLink } from '../copy-link.js';
import { SqlRows } from './sql-rows.js';

/** @typedef {import('../../../types/app').SqlResult} SqlResult */
/** @typedef {import('../../../types/app').SqlMeta} SqlMeta */

/**
 * @typedef {object} Run
 * @property {'idle' | 'running' | 'done' | 'failed' | 'cancelled'} phase
 * @property {SqlResult | null} result of the last statement that was answered; stays while the next one runs
 * @property {SqlMeta | null} meta
 * @property {string} fault
 * @property {string} requestId
 */

const LIMITS = [100, 1000, 10_000];

/** @param {{store: import('../../state/explore.js').ExploreStore}} props */
export function SqlTab({ store }) {
  const { sql } = store.explore.value;
  const [limit, setLimit] = useState(1000);
  const { run, start, cancel } = useStatement();
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const execute = () => {
    if (sql.trim() === '' || run.phase === 'running') return;
    store.link({ isStep: false });
    start(sql, limit);
  };
  /** @param {string} name */
  const insert = (name) => {
    const element = field.current;
    if (!element) return;
    const next = insertName(sql, element.selectionStart, element.selectionEnd, name);
    store.edit({ sql: next.text });
    element.focus();
    // Once the new text is drawn.
    requestAnimationFrame(() => element.setSelectionRange(next.at, next.at));
  };
  return h('div', { class: 'explore is-sql' },
    h('aside', { class: 'explore-rail', 'aria-label': 'Views' }, h(Views, { onInsert: insert })),
    h('div', { class: 'explore-main' },
      h('div', { class: 'sql-box' },
        h('textarea', {
          ref: field, class: 'sql-text', value: sql, rows: 8, spellcheck: false, autocomplete: 'off', autocapitalize: 'none', placeholder: SQL_EXAMPLE, 'aria-label': 'SQL statement', maxLength: 20_000,
          'aria-invalid': run.phase === 'failed' ? true : undefined, 'aria-describedby': run.phase === 'failed' ? 'sql-fault' : undefined,
          onInput: (/** @type {Event} */ event) => store.edit({ sql: /** @type {HTMLTextAreaElement} */ (event.currentTarget).value }),
          onKeyDown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            execute();
          },
        })),
      h('div', { class: 'explore-bar' },
        run.phase === 'running' ? h(Button, { icon: 'close', onClick: cancel }, 'Cancel')
          : h(Button, { kind: 'primary', isDisabled: sql.trim() === '', onClick: execute, title: 'Ctrl+Enter' }, 'Run'),
        h('label', { class: 'explore-compare' }, h('span', null, 'At most'), h(Select, {
          isSmall: true, value: String(limit), options: LIMITS.map((value) => ({ value: String(value), label: `${value.toLocaleString()} rows` })), onChange: (value) => setLimit(Number(value)),
        })),
        sql === '' ? h(Button, { kind: 'quiet', onClick: () => store.edit({ sql: SQL_EXAMPLE }) }, 'Try an example') : null,
        h('div', { class: 'explore-actions' },
          h(Button, { icon: 'copy', isDisabled: sql.trim() === '' || !store.fitsLink.value, onClick: () => {
            store.link({ isStep: false });
            copyLink(window.location.href, 'Link to this statement');
          } }, 'Copy link'))),
      store.fitsLink.value ? null : h('p', { class: 'explore-note' }, 'The statement is too long for a link.'),
      h(Outcome, { run })));
}

function useStatement() {
  const [run, setRun] = useState(/** @type {Run} */ ({ phase: 'idle', result: null, meta: null, fault: '', requestId: '' }));
  const abort = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => abort.current?.abort(), []);
  /** @param {string} sql @param {number} limit */
  const start = async (sql, limit) => {
    const own = new AbortController();
    abort.current = own;
    setRun((before) => ({ ...before, phase: 'running', fault: '' }));
    try {
      const { result, meta } = await runSql(sql, limit, own.signal);
      setRun({ phase: 'done', result, meta, fault: '', requestId: '' });
    } catch (error) {
      if (isAbort(error)) setRun((before) => ({ ...before, phase: 'cancelled' }));
      else setRun((before) => ({ ...before, phase: 'failed', fault: error instanceof ApiError ? error.details[0]?.message ?? error.message : messageOf(error), requestId: error instanceof ApiError && error.status >= 500 ? error.requestId ?? '' : '' }));
    }
  };
  return { run, start, cancel: () => abort.current?.abort() };
}

/** @param {{run: Run}} props */
function Outcome({ run }) {
  const isOld = run.phase !== 'done';
  return h(Fragment, null,
    run.phase === 'idle' ? h('p', { class: 'explore-note' }, 'One SELECT, with Ctrl+Enter. It may take as long as the server’s limit, 30 seconds unless its setting query_timeout says otherwise.') : null,
    run.phase === 'running' ? h(Running, {}) : null,
    run.phase === 'cancelled' ? h('p', { class: 'explore-note', role: 'status' }, 'Cancelled. The server has stopped it.') : null,
    run.phase === 'failed' ? h('div', { class: 'sql-fault', id: 'sql-fault', role: 'alert' },
      h('pre', null, run.fault.split('\n').map(visibleText).join('\n')),
      run.requestId ? h('p', null, `Request ${run.requestId}`) : null) : null,
    run.result && run.meta ? h(SqlRows, { result: run.result, meta: run.meta, isOld }) : null);
}

/** How long it runs already, from the second second on. */
function Running() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return h('p', { class: 'explore-note' }, h('span', { role: 'status' }, 'Running…'), seconds > 0 ? ` ${seconds} s` : '');
}

/** @param {{onInsert: (name: string) => void}} props */
function Views({ onInsert }) {
  return h(Fragment, null, h('p', { class: 'rail-note' }, 'A click puts a name into the statement.'), SQL_VIEWS.map(({ name, about, columns }) => h('section', { key: name, class: 'sql-view', 'aria-label': name },
    h('button', { type: 'button', class: 'rail-item is-code', onClick: () => onInsert(name) }, h('span', { class: 'rail-name' }, name)),
    h('p', { class: 'sql-about' }, about),
    h('div', { class: 'sql-columns' }, columns.map((column) => h('button', { key: column, type: 'button', class: 'sql-column', onClick: () => onInsert(column) }, column))))));
}
