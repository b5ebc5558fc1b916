// Several lines to take along: a command, a piece of a configuration.
import { h, useRef, useState } from './html.js';
import { Button } from './button.js';

/** @param {{text: string, label: string}} props */
export function CopyBlock({ text, label }) {
  const block = useRef(/** @type {HTMLPreElement | null} */ (null));
  const [hint, setHint] = useState('');
  const copy = async () => {
    const selection = document.getSelection();
    if (block.current && selection) selection.selectAllChildren(block.current);
    try {
      await navigator.clipboard.writeText(text);
      selection?.removeAllRanges();
      setHint('Copied');
    } catch {
      // No clipboard on plain HTTP, so the text is selected for the keyboard.
      setHint('Selected: press Ctrl+C');
    }
  };
  return h('div', { class: 'copy-block' },
    h('pre', { ref: block, class: 'copy-text', tabIndex: 0, role: 'region', 'aria-label': label }, text),
    h('div', { class: 'copy-foot' },
      h('span', { class: 'copy-hint', role: 'status' }, hint),
      h(Button, { icon: 'copy', onClick: copy }, 'Copy')));
}
