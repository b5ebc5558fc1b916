// The legend template of a query, with the tags that its series have.
import { h, useId, useRef } from '../../ui/html.js';
import { visibleText } from '../../lib/labels.js';

/**
 * @typedef {object} LegendFieldProps
 * @property {string} letter
 * @property {string} value
 * @property {string[]} tags
 * @property {(value: string) => void} onChange
 */

const SHOWN_MAX = 8;

/** @param {LegendFieldProps} props */
export function LegendField({ letter, value, tags, onChange }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {string} tag */
  const insert = (tag) => {
    const element = input.current;
    const place = element?.selectionStart ?? value.length;
    // Behind the text, unless the caret was put somewhere.
    const at = element && document.activeElement === element ? place : value.length;
    const before = value.slice(0, at);
    onChange(`${before}${before === '' || before.endsWith(' ') ? '' : ' '}{{${tag}}}${value.slice(at)}`);
    element?.focus();
  };
  return h('div', { class: 'builder-line' },
    h('label', { class: 'builder-label', for: id }, 'Legend'),
    h('div', { class: 'builder-parts' },
      h('input', {
        id, ref: input, class: 'input is-small legend-input', 'aria-label': `Legend of query ${letter}`, value, maxLength: 500, placeholder: 'by its tags', autocomplete: 'off', spellcheck: false,
        onInput: (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.currentTarget).value),
      }),
      tags.slice(0, SHOWN_MAX).map((tag) => h('button', {
        key: tag, type: 'button', class: 'query-chip is-offer', 'aria-label': `Add ${visibleText(tag)} to the legend`, title: `Add {{${visibleText(tag)}}}`,
        onMouseDown: (/** @type {Event} */ event) => event.preventDefault(), onClick: () => insert(tag),
      }, `{{${visibleText(tag)}}}`))));
}
