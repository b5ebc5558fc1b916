// Words between the panels: markdown of the panel's options, as elements, never as HTML.
import { h, useMemo } from '../ui/html.js';
import { useStyle } from '../ui/use-style.js';
import { parseMarkdown } from '../lib/markdown.js';
import { Markdown } from './markdown.js';

/** @param {import('../../types/app').PanelProps} props */
export function TextPanel({ panel, selection }) {
  const content = panel.options.content ?? '';
  const blocks = useMemo(() => parseMarkdown(content), [content]);
  const isReady = useStyle('/static/styles/text.css');
  if (content.trim() === '') return h('div', { class: 'panel-note' }, h('p', { class: 'panel-note-title' }, 'This panel has no text yet.'));
  return isReady ? h('div', { class: 'text-panel', tabIndex: 0 }, h(Markdown, { blocks, selection })) : h('div', { 'aria-busy': 'true' });
}
