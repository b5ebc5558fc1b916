// A dialogue that a menu or a key opens: it has no place in the page that it was opened from, and goes with the page.
import { effect, h, render } from '../ui/html.js';
import { path } from '../state/location.js';

/**
 * @param {(close: () => void) => import('../ui/html.js').VNode} build
 * @returns {() => void} closes it
 */
export function openDialog(build) {
  const host = document.createElement('div');
  document.body.append(host);
  const from = path.peek();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    stop();
    render(null, host);
    host.remove();
  };
  const stop = effect(() => {
    // Not within the effect itself, which cannot stop before it has begun.
    if (path.value !== from) queueMicrotask(close);
  });
  render(h(Content, { build, close }), host);
  return close;
}

/** @param {{build: (close: () => void) => import('../ui/html.js').VNode, close: () => void}} props */
function Content({ build, close }) {
  return build(close);
}
