// Tabs over one place: arrows walk, the chosen one is in the order of the keyboard.
import { h, useId, useRef } from './html.js';

/**
 * @typedef {object} TabsProps
 * @property {string} label
 * @property {readonly {value: string, label: string}[]} tabs
 * @property {string} value
 * @property {(value: string) => void} onChange
 * @property {import('./html.js').Children} children what the chosen one shows
 */

/** @param {TabsProps} props */
export function Tabs({ label, tabs, value, onChange, children }) {
  const id = useId();
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at - 1 + tabs.length) % tabs.length, Home: 0, End: tabs.length - 1 });
    const next = steps[event.key];
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || !tab) return;
    event.preventDefault();
    onChange(tab.value);
    const element = list.current?.children[next];
    if (element instanceof HTMLElement) element.focus();
  };
  return h('div', { class: 'tab-set' },
    h('div', { class: 'tab-list', role: 'tablist', 'aria-label': label, ref: list, onKeyDown }, tabs.map((tab) => h('button', {
      key: tab.value, type: 'button', class: 'tab-button', role: 'tab', id: `${id}-${tab.value}`, 'aria-selected': tab.value === value, 'aria-controls': `${id}-panel`,
      tabIndex: tab.value === value ? 0 : -1, onClick: () => onChange(tab.value),
    }, tab.label))),
    h('div', { class: 'tab-panel', role: 'tabpanel', id: `${id}-panel`, 'aria-labelledby': `${id}-${value}` }, children));
}
