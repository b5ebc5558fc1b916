// The list of suggestions under the caret of a query.
import { h, useEffect, useRef } from '../../ui/html.js';
import { visibleText } from '../../lib/labels.js';

/** @typedef {import('../../lib/promql-complete.js').Suggestion} Suggestion */

/**
 * @typedef {object} SuggestionListProps
 * @property {string} id
 * @property {string} label
 * @property {Suggestion[]} list
 * @property {number} active
 * @property {{left: number, top: number}} at in the field
 * @property {(index: number) => void} onHover
 * @property {(suggestion: Suggestion) => void} onTake
 */

/** @type {Record<Suggestion['kind'], string>} */
const SIGNS = { metric: 'm', function: 'f', aggregation: 'Σ', keyword: 'k', tag: 't', value: 'v', variable: '$', window: 'w' };

/** @param {SuggestionListProps} props */
export function SuggestionList({ id, label, list, active, at, onHover, onTake }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    box.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active, list]);
  const help = list[active]?.help ?? '';
  return h('div', { class: 'suggestions', style: { left: `${at.left}px`, top: `${at.top}px` } },
    h('div', { class: 'suggestion-list', id, role: 'listbox', 'aria-label': label, ref: box }, list.map((one, index) => h('div', {
      key: `${one.kind} ${one.label}`, id: `${id}-${index}`, role: 'option', 'aria-selected': index === active, class: index === active ? 'suggestion is-active' : 'suggestion',
      onMouseMove: index === active ? undefined : () => onHover(index),
      // The focus stays in the text.
      onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick: () => onTake(one),
    },
    h('span', { class: `suggestion-kind is-${one.kind}`, title: one.kind, 'aria-hidden': 'true' }, SIGNS[one.kind]),
    h('span', { class: 'suggestion-name' }, visibleText(one.label)),
    h('span', { class: 'suggestion-detail' }, one.kind === 'function' || one.kind === 'aggregation' ? one.detail : visibleText(one.detail))))),
    help === '' ? null : h('p', { class: 'suggestion-help' }, visibleText(help)));
}
