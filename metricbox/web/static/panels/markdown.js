// A tree of lib/markdown.js as elements. Variables are filled here, into texts and addresses: what a value holds is never read
// as markdown.
import { h } from '../ui/html.js';
import { fillLink, fillText } from '../lib/variables.js';
import { visibleText } from '../lib/labels.js';

/** @typedef {import('../lib/markdown.js').Block} Block */
/** @typedef {import('../lib/markdown.js').Inline} Inline */
/** @typedef {import('../lib/variables.js').Selection} Selection */

/** @param {{blocks: Block[], selection: Selection}} props */
export function Markdown({ blocks, selection }) {
  return h('div', { class: 'markdown' }, blocks.map((block, index) => drawBlock(block, index, selection)));
}

/**
 * @param {Block} block
 * @param {number} key
 * @param {Selection} selection
 * @returns {import('../ui/html.js').VNode}
 */
function drawBlock(block, key, selection) {
  /** @param {Inline[]} children */
  const inline = (children) => drawInline(children, selection);
  /** @param {Block[]} blocks */
  const nested = (blocks) => blocks.map((one, index) => drawBlock(one, index, selection));
  switch (block.type) {
    // Below the panel's own title.
    case 'heading': return h(`h${Math.min(6, block.level + 2)}`, { key, class: `is-level-${block.level}` }, inline(block.children));
    case 'paragraph': return h('p', { key }, inline(block.children));
    case 'code': return h('pre', { key, tabIndex: 0 }, h('code', null, fill(block.text, selection)));
    case 'rule': return h('hr', { key });
    case 'quote': return h('blockquote', { key }, nested(block.blocks));
    case 'list': return h(block.isOrdered ? 'ol' : 'ul', { key, ...(block.isOrdered ? { start: block.start } : {}) },
      block.items.map((item, index) => h('li', { key: index }, isTight(item) ? inline(item[0].children) : nested(item))));
    default: return h('div', { key, class: 'markdown-table' }, h('table', null,
      h('thead', null, h('tr', null, block.head.map((cell, index) => h('th', { key: index, class: `is-${block.align[index]}` }, inline(cell))))),
      h('tbody', null, block.rows.map((row, at) => h('tr', { key: at },
        row.map((cell, index) => h('td', { key: index, class: `is-${block.align[index]}` }, inline(cell))))))));
  }
}

/**
 * @param {Block[]} item
 * @returns {item is [Extract<Block, {type: 'paragraph'}>]}
 */
function isTight(item) {
  return item.length === 1 && item[0]?.type === 'paragraph';
}

/**
 * @param {Inline[]} list
 * @param {Selection} selection
 * @returns {import('../ui/html.js').Children[]}
 */
function drawInline(list, selection) {
  return list.map((one, key) => {
    switch (one.type) {
      case 'text': return fill(one.text, selection);
      case 'code': return h('code', { key }, fill(one.text, selection));
      case 'break': return h('br', { key });
      case 'link': return drawLink(one, key, selection);
      default: return h(one.type, { key }, drawInline(one.children, selection));
    }
  });
}

/**
 * @param {Extract<Inline, {type: 'link'}>} link
 * @param {number} key
 * @param {Selection} selection
 */
function drawLink(link, key, selection) {
  const href = fillLink(link.href, selection);
  const content = drawInline(link.children, selection);
  if (href === null) return h('span', { key }, content);
  return h('a', { key, href, ...(href.startsWith('/') ? {} : { rel: 'noopener noreferrer', target: '_blank' }) }, content);
}

/** @param {string} text @param {Selection} selection */
function fill(text, selection) {
  return text.split('\n').map((line) => visibleText(fillText(line, selection))).join('\n');
}
