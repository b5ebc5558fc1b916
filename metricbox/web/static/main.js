// Starts the page: theme first (it colours the first paint), then the address, the session, and the app itself.
import { h, render } from './ui/html.js';
import { App, preloadPage } from './router.js';
import { navigate, startLocation } from './state/location.js';
import { startClock } from './state/notices.js';
import { phase, startSession } from './state/session.js';
import { startTheme } from './state/theme.js';

/**
 * The link under an event, if it leads to a page of this app.
 * @param {Event} event
 * @returns {URL | null}
 */
function ownLink(event) {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return null;
  const url = new URL(link.href);
  return url.origin === window.location.origin ? url : null;
}

/** @param {MouseEvent} event */
function onClick(event) {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = ownLink(event);
  if (!url) return;
  event.preventDefault();
  if (url.hash !== '') {
    // The skip link. An entry in the history for it would make Back do nothing.
    document.getElementById(url.hash.slice(1))?.focus();
    return;
  }
  navigate(url.pathname + url.search);
}

/** @param {Event} event */
function onHover(event) {
  const url = ownLink(event);
  if (url) preloadPage(url.pathname);
}

/** @type {typeof import('./pages/keyboard.js') | null} */
let keyboard = null;
// One for all keys until then: a promise for each would let the second of "g d" overtake the first.
/** @type {Promise<void> | null} */
let loading = null;

async function loadKeyboard() {
  try {
    keyboard = await import('./pages/keyboard.js');
  } catch {
    // The next key tries again.
    loading = null;
  }
}

/**
 * Keys come late and seldom, so the code that knows them comes with the first that may mean something.
 * @param {KeyboardEvent} event
 */
function onKey(event) {
  const key = event.ctrlKey || event.metaKey ? event.key.toLowerCase() : '';
  // The browser would take these for its own before the code is here.
  if (phase.peek() === 'in' && (key === 'k' || (key === 'p' && document.querySelector('.dashboard')))) event.preventDefault();
  else if (event.defaultPrevented || event.isComposing) return;
  if (phase.peek() !== 'in' || event.key === 'Tab' || event.key.startsWith('Arrow')) return;
  if (keyboard) keyboard.onKey(event);
  else (loading ??= loadKeyboard()).then(() => keyboard?.onKey(event));
}

function start() {
  const root = document.getElementById('app');
  if (!root) throw new Error('index.html has no #app');
  // Most visits come with a session, so the page's code is fetched while the server is asked whether this one does.
  startSession();
  preloadPage(window.location.pathname);
  startTheme();
  startLocation();
  startClock();
  document.addEventListener('click', onClick);
  document.addEventListener('pointerover', onHover, { passive: true });
  document.addEventListener('keydown', onKey);
  root.replaceChildren();
  render(h(App, {}), root);
}

start();
