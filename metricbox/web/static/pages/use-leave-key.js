// Esc leaves a page that stands over another one, unless something on it takes the key for itself.
import { useEffect, useRef } from '../ui/html.js';

const TAKEN = 'dialog[open], :popover-open, .chart-tooltip.is-pinned';

/** @param {() => void} onLeave */
export function useLeaveKey(onLeave) {
  const latest = useRef(onLeave);
  latest.current = onLeave;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKeyDown = (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || document.querySelector(TAKEN) !== null) return;
      if (event.target instanceof Element && event.target.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]') !== null) return;
      latest.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
