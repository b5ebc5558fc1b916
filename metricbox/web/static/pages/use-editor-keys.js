// Keys of the panel's editor: undo and redo outside of fields, whose own undo is about their text, and Ctrl+Enter for Done.
import { useEffect, useRef } from '../ui/html.js';

const TEXT = 'input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]';

/** @param {{onUndo: () => void, onRedo: () => void, onDone: () => void}} wish */
export function useEditorKeys(wish) {
  const latest = useRef(wish);
  latest.current = wish;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKeyDown = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      const key = event.key.toLowerCase();
      const isText = event.target instanceof Element && event.target.closest(TEXT) !== null;
      if (key === 'enter') latest.current.onDone();
      else if (isText) return;
      else if (key === 'z') latest.current[event.shiftKey ? 'onRedo' : 'onUndo']();
      else if (key === 'y') latest.current.onRedo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
