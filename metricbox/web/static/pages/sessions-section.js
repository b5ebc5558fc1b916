// Where the own account is signed in, and signing out there.
import { h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { useFocusAfterDelete } from '../ui/page-header.js';
import { isAbort, messageOf } from '../api/client.js';
import { endAllSessions, endSession, listSessions } from '../api/sessions.js';
import { visibleText } from '../lib/labels.js';
import { describeBrowser } from '../lib/user-agent.js';
import { showToast } from '../state/notices.js';
import { forget, leave } from '../state/session.js';
import { Age } from './age.js';

/** @typedef {import('../../types/app').Session} Session */

/** @param {Session} session */
function nameOf(session) {
  return visibleText(describeBrowser(session.userAgent));
}

export function SessionsSection() {
  const [list, setList] = useState(/** @type {Session[] | null} */ (null));
  const [message, setMessage] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const expectDelete = useFocusAfterDelete(list);
  const reload = () => setAttempt((count) => count + 1);
  useEffect(() => {
    const abort = new AbortController();
    listSessions(abort.signal).then((found) => {
      setList(found);
      setMessage('');
    }).catch((error) => {
      if (!isAbort(error)) setMessage(messageOf(error));
    });
    return () => abort.abort();
  }, [attempt]);

  const end = async (/** @type {Session} */ session) => {
    try {
      if (session.current) {
        await leave();
        return;
      }
      await endSession(session.id);
      expectDelete();
      showToast(`Signed out ${nameOf(session)}`);
    } catch (error) {
      showToast(`Not signed out: ${messageOf(error)}`, { kind: 'error' });
    }
    reload();
  };
  return h('section', { class: 'card' },
    h('div', { class: 'card-side' },
      h('h2', { class: 'card-title' }, 'Signed-in browsers'),
      h('p', { class: 'field-help' }, 'Sign out what you do not know, then change your password.')),
    h('div', { class: 'sessions' },
      message !== '' ? h('p', { class: 'field-error', role: 'alert' }, message, ' ', h(Button, { kind: 'quiet', icon: 'refresh', onClick: reload }, 'Retry')) : null,
      list ? h('ul', { class: 'session-list' }, list.map((session) => h(Row, { key: session.id, session, onEnd: () => end(session) }))) : null,
      list ? h('div', { class: 'form-actions' }, h(Button, { onClick: () => setAsking(true) }, 'Sign out everywhere')) : null),
    isAsking ? h(EverywhereDialog, { onClose: () => setAsking(false) }) : null);
}

/** @param {{session: Session, onEnd: () => void}} props */
function Row({ session, onEnd }) {
  const source = session.source === '' || session.source === 'unix' ? 'this machine' : visibleText(session.source);
  return h('li', { class: 'session' },
    h('div', { class: 'session-text' },
      h('span', { class: 'session-name', title: visibleText(session.userAgent) }, nameOf(session),
        session.current ? h('span', { class: 'chip is-ok' }, 'this browser') : null),
      h('span', { class: 'field-help' }, `${source} · last seen `, h(Age, { at: session.lastSeenAt }), ' · signed in ', h(Age, { at: session.createdAt }))),
    h(Button, { kind: 'quiet', onClick: onEnd, aria: { 'aria-label': `Sign out ${nameOf(session)} at ${source}` } }, 'Sign out'));
}

/** @param {{onClose: () => void}} props */
function EverywhereDialog({ onClose }) {
  const [isBusy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await endAllSessions();
      forget();
    } catch (error) {
      showToast(`Not signed out: ${messageOf(error)}`, { kind: 'error' });
      onClose();
    }
  };
  return h(Dialog, { title: 'Sign out everywhere?', onClose },
    h('p', { class: 'dialog-text' }, 'Every browser of this account is signed out at once, this one too. Tokens go on working; revoke them under Tokens.'),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Cancel'),
      h(Button, { kind: 'danger', isBusy, onClick: end }, 'Sign out everywhere')));
}
