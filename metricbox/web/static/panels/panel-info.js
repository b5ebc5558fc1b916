// What a panel says about itself: its description and its links, behind a mark in its header.
import { h } from '../ui/html.js';
import { Icon } from '../ui/icon.js';
import { Popover } from '../ui/popover.js';
import { useStyle } from '../ui/use-style.js';
import { fillLink, fillText } from '../lib/variables.js';
import { parseMarkdown } from '../lib/markdown.js';
import { visibleText } from '../lib/labels.js';
import { Markdown } from './markdown.js';

/**
 * @typedef {object} PanelInfoProps
 * @property {import('../../types/app').Panel} panel
 * @property {import('../lib/variables.js').Selection} selection
 */

/** @param {PanelInfoProps} props */
export function PanelInfo({ panel, selection }) {
  useStyle('/static/styles/text.css');
  const { description, links } = panel.options;
  const label = `About ${visibleText(panel.title) || 'this panel'}`;
  const shown = (links ?? []).map((link) => ({ title: visibleText(fillText(link.title, selection)), href: fillLink(link.url, selection) }));
  return h(Popover, {
    className: 'panel-about', role: 'dialog', label,
    onOpen: (layer) => layer.querySelector('a')?.focus(),
    button: ({ isOpen, toggle, ref }) => h('button', {
      key: 'button', type: 'button', class: 'icon-button panel-info', ref, onClick: toggle, title: description ?? label, 'aria-label': label, 'aria-expanded': isOpen,
    }, h(Icon, { name: description ? 'info' : 'link', size: 15 })),
    content: () => [
      description ? h(Markdown, { key: 'text', blocks: parseMarkdown(description), selection }) : null,
      shown.length > 0 ? h('ul', { key: 'links', class: 'panel-links' }, shown.map((link, index) => h('li', { key: index },
        link.href === null ? h('span', null, link.title)
          : h('a', { href: link.href, ...(link.href.startsWith('/') ? {} : { rel: 'noopener noreferrer', target: '_blank' }) }, h(Icon, { name: 'open', size: 14 }), link.title)))) : null,
    ],
  });
}
