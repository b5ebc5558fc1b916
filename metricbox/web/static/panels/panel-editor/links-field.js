// Ways from a panel to elsewhere: a title and an address, which may refer to variables.
import { h, useId } from '../../ui/html.js';
import { LINKS_MAX } from '../../lib/panel-options.js';
import { visibleText } from '../../lib/labels.js';
import { fillLink } from '../../lib/variables.js';
import { ListField } from './list-field.js';

/** @typedef {import('../../../types/app').PanelLink} PanelLink */

/**
 * @typedef {object} LinksFieldProps
 * @property {PanelLink[]} value
 * @property {import('../../lib/variables.js').Selection} selection
 * @property {(label: string, value: PanelLink[]) => void} onChange label: of the step, for undo
 * @property {string | null} [error]
 */

/** @param {LinksFieldProps} props */
export function LinksField({ value: list, selection, onChange, error = null }) {
  /** @param {number} index @param {Partial<PanelLink>} change */
  const change = (index, change) => onChange(`link ${index} ${Object.keys(change).join()}`, list.map((one, place) => (place === index ? { ...one, ...change } : one)));
  return h(ListField, {
    label: 'Links', itemName: 'Link', count: list.length, className: 'is-link', error,
    onAdd: list.length < LINKS_MAX ? () => onChange('', [...list, { title: '', url: '' }]) : null,
    onRemove: (index) => onChange('', list.filter((_, place) => place !== index)),
    renderItem: (index) => (list[index] ? h(LinkRow, { key: 'row', index, link: list[index], selection, onChange: (part) => change(index, part) }) : null),
  });
}

/** @param {{index: number, link: PanelLink, selection: import('../../lib/variables.js').Selection, onChange: (change: Partial<PanelLink>) => void}} props */
function LinkRow({ index, link, selection, onChange }) {
  const id = useId();
  const fault = linkFault(link, selection);
  /** @param {'title' | 'url'} name @param {string} label @param {string} placeholder @param {number} maxLength */
  const field = (name, label, placeholder, maxLength) => h('input', {
    key: name, class: name === 'url' ? 'input is-code' : 'input', value: link[name], placeholder, maxLength, 'aria-label': `${label} of link ${index + 1}`, autocomplete: 'off', spellcheck: false,
    'aria-describedby': fault !== null ? id : undefined, 'aria-invalid': fault?.field === name || undefined,
    onInput: (/** @type {Event} */ event) => onChange({ [name]: /** @type {HTMLInputElement} */ (event.currentTarget).value }),
  });
  return h('div', { class: 'link-fields' },
    field('title', 'Title', 'Title', 200), field('url', 'Address', '/dashboard/… or a web address', 2000),
    fault === null ? null : h('p', { id, class: 'field-error' }, visibleText(fault.text)));
}

/**
 * What the server would say, and what would make a link that leads nowhere.
 * @param {PanelLink} link
 * @param {import('../../lib/variables.js').Selection} [selection]
 * @returns {{field: 'title' | 'url', text: string} | null}
 */
export function linkFault({ title, url }, selection = new Map()) {
  if (url.trim() === '' && title.trim() === '') return null;
  if (url.trim() === '') return { field: 'url', text: 'The address is missing' };
  if (!/^(https?:|\/)/i.test(url) || fillLink(url, selection) === null) return { field: 'url', text: 'The address must begin with http, https, or one /' };
  return title.trim() === '' ? { field: 'title', text: 'The title is missing' } : null;
}
