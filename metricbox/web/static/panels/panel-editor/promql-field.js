// PromQL as text: a textarea over a layer that draws the same text in colours, with suggestions under the caret.
import { h, useId, useLayoutEffect, useRef, useState } from '../../ui/html.js';
import { applySuggestion } from '../../lib/promql-complete.js';
import { tokenize } from '../../lib/promql-tokens.js';
import { SuggestionList } from './suggestion-list.js';
import { useSuggestions } from './use-suggestions.js';

/** @typedef {import('../../lib/promql-faults.js').Fault} Fault */

/**
 * @typedef {object} PromqlFieldProps
 * @property {string} label
 * @property {string} value
 * @property {Fault | null} fault of the text as it was run
 * @property {string[]} variableNames
 * @property {(value: string) => void} onInput
 * @property {() => void} onRun
 */

/** Letters after which a list of suggestions helps more than it is in the way. */
const OPENS = /[\w:.$"'=~{,[(]/;

/** @param {PromqlFieldProps} props */
export function PromqlField({ label, value, fault, variableNames, onInput, onRun }) {
  const id = useId();
  const text = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const colours = useRef(/** @type {HTMLElement | null} */ (null));
  const { offer, list, at, isOpen, setActive, suggest, take, close, onKeyDown } = useCompletion({ text, value, variableNames, onInput, onRun });
  return h('div', { class: fault ? 'promql is-invalid' : 'promql' },
    h('div', { class: 'promql-box' },
      h(Colours, { text: value, fault, layerRef: (element) => { colours.current = element; } }),
      h('textarea', {
        class: 'promql-text', ref: text, value, rows: 1, spellcheck: false, autocomplete: 'off', autocapitalize: 'none', placeholder: 'A metric name or PromQL',
        'aria-label': label, 'aria-autocomplete': 'list', 'aria-controls': isOpen ? `${id}-list` : undefined, 'aria-activedescendant': isOpen ? `${id}-list-${at}` : undefined,
        'aria-describedby': fault ? `${id}-fault ${id}-keys` : `${id}-keys`, 'aria-invalid': fault ? true : undefined, onKeyDown,
        onInput: (/** @type {InputEvent} */ event) => {
          const element = /** @type {HTMLTextAreaElement} */ (event.currentTarget);
          onInput(element.value);
          const typed = element.value[element.selectionStart - 1] ?? '';
          if (OPENS.test(typed) && event.inputType !== 'insertFromPaste') suggest(element);
          else close();
        },
        onBlur: close, onClick: close,
      }),
      isOpen && offer ? h(SuggestionList, { id: `${id}-list`, label: 'Suggestions', list, active: at, at: caretPlace(colours.current, offer.place.start), onHover: setActive, onTake: take }) : null),
    h('p', { class: 'only-spoken', id: `${id}-keys` }, 'Control and Space offers suggestions, Control and Enter runs the query.'),
    h('p', { class: 'only-spoken', role: 'status' }, isOpen ? `${list.length} suggestions` : ''),
    fault ? h('div', { class: 'promql-fault', id: `${id}-fault`, role: 'alert' },
      h('p', { class: 'field-error' }, fault.place === '' ? fault.message : `${fault.place}: ${fault.message}`),
      fault.help === '' ? null : h('p', { class: 'field-help' }, fault.help)) : null);
}

/**
 * The list of suggestions, and what keys do while it is open.
 * @param {Pick<PromqlFieldProps, 'value' | 'variableNames' | 'onInput' | 'onRun'> & {text: {current: HTMLTextAreaElement | null}}} wish
 */
function useCompletion({ text, value, variableNames, onInput, onRun }) {
  const caret = useRef(/** @type {number | null} */ (null));
  const [active, setActive] = useState(0);
  const { offer, open, close } = useSuggestions(variableNames);
  const list = offer?.list ?? [];
  const isOpen = list.length > 0;
  const at = Math.min(active, list.length - 1);
  // After a suggestion was taken the caret stands where it goes on.
  useLayoutEffect(() => {
    if (caret.current === null || !text.current) return;
    text.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [value]);
  /** @param {HTMLTextAreaElement} element */
  const suggest = (element) => {
    setActive(0);
    open(element.value, element.selectionStart);
  };
  /** @param {import('../../lib/promql-complete.js').Suggestion | undefined} suggestion */
  const take = (suggestion) => {
    if (!suggestion || !offer) return;
    const next = applySuggestion(value, offer.place, suggestion);
    caret.current = next.caret;
    close();
    onInput(next.text);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.isComposing) return;
    if (event.key === 'Enter' && isCommand) {
      close();
      onRun();
    } else if (event.key === ' ' && event.ctrlKey) suggest(/** @type {HTMLTextAreaElement} */ (event.currentTarget));
    else if (!isOpen || isCommand || event.altKey) return;
    else if (event.key === 'ArrowDown') setActive((at + 1) % list.length);
    else if (event.key === 'ArrowUp') setActive((at - 1 + list.length) % list.length);
    else if (event.key === 'PageDown') setActive(Math.min(list.length - 1, at + 8));
    else if (event.key === 'PageUp') setActive(Math.max(0, at - 8));
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) take(list[at]);
    else if (event.key === 'Escape') {
      close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  return { offer, list, at, isOpen, setActive, suggest, take, close, onKeyDown };
}

/**
 * Under a character of the text, which the layer has at the same place.
 * @param {HTMLElement | null} layer
 * @param {number} index
 */
function caretPlace(layer, index) {
  if (!layer) return { left: 0, top: 0 };
  const range = document.createRange();
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  let rest = index;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (rest <= length) {
      range.setStart(node, rest);
      range.setEnd(node, Math.min(length, rest + 1));
      break;
    }
    rest -= length;
  }
  const box = layer.getBoundingClientRect();
  const spot = range.getBoundingClientRect();
  // An empty text has no place of its own.
  if (spot.height === 0) return { left: 10, top: 30 };
  // The list has to stay within the field's width.
  return { left: Math.max(0, Math.min(spot.left - box.left - 8, box.width - Math.min(420, box.width))), top: spot.bottom - box.top + 4 };
}

/**
 * The text in colours, with what is at fault underlined. Also what gives the field its height.
 * @param {{text: string, fault: Fault | null, layerRef?: (element: HTMLElement | null) => void}} props
 */
export function Colours({ text, fault, layerRef }) {
  const at = fault?.index ?? -1;
  return h('pre', { class: 'promql-colours', 'aria-hidden': 'true', ref: layerRef },
    tokenize(text).map((token) => {
      const isFault = token.start <= at && at < token.end;
      return token.kind === 'space' && !isFault ? token.text : h('span', { class: isFault ? `is-${token.kind} is-fault` : `is-${token.kind}` }, token.text);
    }),
    at >= text.length ? h('span', { class: 'is-fault' }, ' ') : null,
    // A line break at the end makes no line of its own in the layer.
    '\n');
}
