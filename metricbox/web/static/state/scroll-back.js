// Where a page was scrolled to when somebody went from it to a page below it, and comes back.
import { left } from './location.js';

// A page that has not grown as high by then has lost what was there.
const WAIT_MS = 10_000;

/**
 * The page grows as its content comes in; it is scrolled as soon as it is high enough, unless the person scrolls first.
 * @param {string} path
 */
export function scrollBack(path) {
  const wanted = left.scrolls.get(path) ?? 0;
  left.path = '';
  if (wanted === 0) return;
  const abort = new AbortController();
  const observer = new ResizeObserver(() => {
    window.scrollTo(0, wanted);
    if (Math.abs(window.scrollY - wanted) <= 1) abort.abort();
  });
  const timer = setTimeout(() => abort.abort(), WAIT_MS);
  abort.signal.addEventListener('abort', () => {
    observer.disconnect();
    clearTimeout(timer);
  });
  for (const name of ['wheel', 'touchstart', 'keydown', 'pointerdown']) window.addEventListener(name, () => abort.abort(), { signal: abort.signal, passive: true });
  observer.observe(document.body);
}
