// What is known of the chosen metric, and its tags: a click on a value asks for it alone, or no longer.
import { Fragment, h, useEffect, useState } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { isAbort, messageOf } from '../../api/client.js';
import { findMetric, listTags, listTagValues } from '../../api/metrics.js';
import { visibleText } from '../../lib/labels.js';
import { favourites, toggleFavourite } from '../../state/explore-memory.js';
import { useSettled } from '../use-paged-list.js';

/** @typedef {import('../../../types/app').MetricDefinition} MetricDefinition */
/** @typedef {import('../../api/metrics.js').Counted} Counted */

/**
 * @typedef {object} MetricCardProps
 * @property {string} name
 * @property {ReadonlyMap<string, ReadonlySet<string>>} filters of the query, by tag
 * @property {(tag: string, value: string) => void} onFilter
 * @property {() => void} onAdd as another query
 */

// From here on a value is searched for.
const SEARCH_FROM = 12;

/** @param {MetricCardProps} props */
export function MetricCard({ name, filters, onFilter, onAdd }) {
  const { value, fault } = useAsked(async () => ({ metric: await findMetric(name), tags: await listTags(name) }), name);
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const isFavourite = favourites().includes(name);
  return h('section', { class: 'metric-card', 'aria-label': 'Chosen metric' },
    h('div', { class: 'metric-head' },
      h('h2', { class: 'metric-name', title: visibleText(name) }, visibleText(name)),
      h('button', {
        type: 'button', class: isFavourite ? 'icon-button is-starred' : 'icon-button', 'aria-pressed': isFavourite, 'aria-label': 'Favourite', title: 'Favourite',
        onClick: () => toggleFavourite(name),
      }, h(Icon, { name: 'star' })),
      h(IconButton, { label: 'Add as another query', icon: 'plus', onClick: onAdd })),
    fault !== '' ? h('p', { class: 'rail-note', role: 'alert' }, fault) : null,
    value && value.metric === null ? h('p', { class: 'rail-note' }, 'There is no metric of this name.') : null,
    value?.metric ? h(Facts, { metric: value.metric }) : null,
    value && value.tags.length > 0 ? h('ul', { class: 'tag-list', 'aria-label': 'Tags' }, value.tags.map((tag) => h('li', { key: tag.value },
      h('button', {
        type: 'button', class: 'tag-button', 'aria-expanded': open === tag.value, onClick: () => setOpen(open === tag.value ? null : tag.value),
      },
      h(Icon, { name: open === tag.value ? 'down' : 'right', size: 14 }),
      h('span', { class: 'tag-name' }, visibleText(tag.value)),
      filters.has(tag.value) ? h('span', { class: 'chip' }, `${filters.get(tag.value)?.size}`) : null,
      h('span', { class: 'tree-note', title: `${tag.count.toLocaleString()} series have it` }, tag.count.toLocaleString())),
      open === tag.value ? h(Values, { key: `${name} ${tag.value}`, metric: name, tag: tag.value, asked: filters.get(tag.value) ?? NONE, onFilter }) : null))) : null);
}

/** @type {ReadonlySet<string>} */
const NONE = new Set();

/** @param {{metric: MetricDefinition}} props */
function Facts({ metric: { type, unit, description, seriesCount } }) {
  const facts = [type === 'unknown' ? '' : type, visibleText(unit ?? ''), `${(seriesCount ?? 0).toLocaleString()} series`];
  return h(Fragment, null,
    h('p', { class: 'metric-facts' }, facts.filter((fact) => fact !== '').join(' · ')),
    description ? h('p', { class: 'metric-text' }, visibleText(description)) : null);
}

/** @param {{metric: string, tag: string, asked: ReadonlySet<string>, onFilter: (tag: string, value: string) => void}} props */
function Values({ metric, tag, asked, onFilter }) {
  const [text, setText] = useState('');
  const search = useSettled(text.trim());
  const [pages, setPages] = useState(1);
  const { value, fault } = useAsked(async () => {
    /** @type {Counted[]} */
    const list = [];
    let total = 0;
    for (let page = 1; page <= pages; page += 1) {
      const part = await listTagValues(metric, tag, search, page);
      list.push(...part.list);
      total = part.total;
    }
    return { list, total };
  }, JSON.stringify([metric, tag, search, pages]));
  if (fault !== '') return h('p', { class: 'rail-note', role: 'alert' }, fault);
  if (value === null) return h('p', { class: 'rail-note is-late' }, 'Loading…');
  return h('div', { class: 'value-rows' },
    value.total >= SEARCH_FROM || text !== '' ? h('input', {
      class: 'input tag-search', type: 'search', value: text, placeholder: `Search ${value.total.toLocaleString()} values`, 'aria-label': `Search values of ${visibleText(tag)}`,
      onInput: (/** @type {Event} */ event) => {
        setText(/** @type {HTMLInputElement} */ (event.currentTarget).value);
        setPages(1);
      },
    }) : null,
    value.total === 0 ? h('p', { class: 'rail-note' }, 'Nothing fits') : null,
    h('ul', { class: 'rail-list', 'aria-label': `Values of ${visibleText(tag)}` }, value.list.map((one) => h('li', { key: one.value }, h('button', {
      type: 'button', class: 'rail-item', 'aria-pressed': asked.has(one.value), title: `${visibleText(tag)} = ${visibleText(one.value)}`, onClick: () => onFilter(tag, one.value),
    },
    h('span', { class: 'value-tick' }, asked.has(one.value) ? h(Icon, { name: 'check', size: 14 }) : null),
    h('span', { class: 'rail-name' }, visibleText(one.value)),
    h('span', { class: 'tree-note' }, one.count.toLocaleString()))))),
    value.list.length < value.total ? h(Button, { kind: 'quiet', onClick: () => setPages(pages + 1) }, `${(value.total - value.list.length).toLocaleString()} more`) : null);
}

/**
 * An answer as state. What was known stays until the next one is there.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {string} key what it is about
 * @returns {{value: T | null, fault: string}}
 */
function useAsked(ask, key) {
  const [state, setState] = useState(/** @type {{value: T | null, fault: string}} */ ({ value: null, fault: '' }));
  useEffect(() => {
    let isWanted = true;
    ask().then((value) => {
      if (isWanted) setState({ value, fault: '' });
    }).catch((error) => {
      if (isWanted && !isAbort(error)) setState({ value: null, fault: messageOf(error) });
    });
    return () => { isWanted = false; };
  }, [key]);
  return state;
}
