// Which series: tags with their counts, and the values they must have.
import { h, useState } from '../../ui/html.js';
import { IconButton } from '../../ui/button.js';
import { Select } from '../../ui/select.js';
import { listTags, listTagValues } from '../../api/metrics.js';
import { joinPattern, splitPattern } from '../../lib/promql-text.js';
import { SearchPicker } from './search-picker.js';

/** @typedef {import('../../lib/promql-builder.js').Matcher} Matcher */
/** @typedef {import('../../lib/promql-builder.js').MatchOp} MatchOp */

/**
 * @typedef {object} TagFilterProps
 * @property {string} metric
 * @property {Matcher[]} matchers
 * @property {string[]} variableNames
 * @property {(matchers: Matcher[]) => void} onChange
 */

const OPS = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=~', label: 'fits pattern' },
  { value: '!~', label: 'does not fit' },
];

/** @param {TagFilterProps} props */
export function TagFilter({ metric, matchers, variableNames, onChange }) {
  return h('div', { class: 'tag-filter' },
    matchers.map((matcher, index) => h(Condition, {
      key: index, metric, matcher, variableNames,
      onChange: (next) => onChange(matchers.map((one, place) => (place === index ? next : one))),
      onRemove: () => onChange(matchers.filter((_, place) => place !== index)),
    })),
    h(SearchPicker, {
      label: 'Add a filter', adds: 'filter', summary: '', chosen: [], load: (search) => findTags(metric, search), ownChoice: ownTag,
      onChoose: (name) => onChange([...matchers, { name, op: '=', values: [] }]),
    }));
}

/**
 * @param {string} metric
 * @param {string} search
 */
export async function findTags(metric, search) {
  const wanted = search.toLowerCase();
  const list = (await listTags(metric)).filter((tag) => tag.value.toLowerCase().includes(wanted));
  return { list: list.map((tag) => ({ value: tag.value, detail: `${tag.count.toLocaleString()} series` })), total: list.length };
}

/** @param {string} search */
export function ownTag(search) {
  return /^(?:[A-Za-z_][A-Za-z0-9_.-]*|\$[A-Za-z_]\w*)$/.test(search) ? search : '';
}

/**
 * @param {{metric: string, matcher: Matcher, variableNames: string[], onChange: (matcher: Matcher) => void, onRemove: () => void}} props
 */
function Condition({ metric, matcher, variableNames, onChange, onRemove }) {
  const { name, op, values } = matcher;
  const isPattern = op === '=~' || op === '!~';
  return h('div', { class: 'tag-condition', role: 'group', 'aria-label': `Filter by ${name}` },
    h(SearchPicker, { label: 'Tag', summary: name, chosen: [name], load: (search) => findTags(metric, search), ownChoice: ownTag, onChoose: (next) => onChange({ name: next, op, values: [] }) }),
    h(Select, { label: `How ${name} is compared`, isSmall: true, value: op, options: OPS, onChange: (next) => onChange(withOp(matcher, /** @type {MatchOp} */ (next))) }),
    isPattern ? h(PatternInput, { name, value: values[0] ?? '', onChange: (value) => onChange({ ...matcher, values: [value] }) })
      : h(SearchPicker, {
        label: `Values of ${name}`, summary: values.length === 0 ? 'Choose values' : values.map((value) => (value === '' ? '(empty)' : value)).join(', '), isEmpty: values.length === 0, chosen: values, isMulti: true, ownChoice: (search) => search,
        load: (search, page) => findValues(metric, name, search, page, variableNames),
        onChoose: (value) => onChange({ ...matcher, values: values.includes(value) ? values.filter((one) => one !== value) : withValue(values, value) }),
      }),
    h(IconButton, { label: `Remove the filter by ${name}`, icon: 'close', onClick: onRemove }));
}

/**
 * A variable stands for as many values as were chosen for it, and goes with no others.
 * @param {string[]} values
 * @param {string} value
 */
function withValue(values, value) {
  return value.startsWith('$') ? [value] : [...values.filter((one) => !one.startsWith('$')), value];
}

/**
 * @param {string} metric
 * @param {string} tag
 * @param {string} search
 * @param {number} page
 * @param {string[]} variableNames
 */
async function findValues(metric, tag, search, page, variableNames) {
  const variables = page === 1 ? variableNames.map((name) => ({ value: `$${name}`, detail: 'variable' })).filter((item) => item.value.includes(search)) : [];
  const { list, total } = await listTagValues(metric, tag, search, page);
  return { list: [...variables, ...list.map(({ value, count }) => ({ value, detail: `${count.toLocaleString()} series` }))], total: total + variables.length };
}

/** @param {Matcher} matcher @param {MatchOp} op @returns {Matcher} meaning the same as far as the other way of comparing can */
function withOp(matcher, op) {
  const { values } = matcher;
  const wasPattern = matcher.op === '=~' || matcher.op === '!~';
  const isPattern = op === '=~' || op === '!~';
  if (wasPattern === isPattern || values.length === 0) return { ...matcher, op };
  if (isPattern) return { ...matcher, op, values: [values[0]?.startsWith('$') ? values[0] : joinPattern(values)] };
  const [pattern = ''] = values;
  // A single value is a list of one, which a second one makes readable.
  return { ...matcher, op, values: splitPattern(pattern) ?? splitPattern(`${pattern}|`)?.slice(0, 1) ?? [pattern] };
}

/** @param {{name: string, value: string, onChange: (value: string) => void}} props */
function PatternInput({ name, value, onChange }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  const commit = () => {
    if (draft !== null && draft !== value) onChange(draft);
    setDraft(null);
  };
  return h('input', {
    class: 'input is-code is-small', 'aria-label': `Pattern of ${name}`, value: draft ?? value, placeholder: 'web.*', autocomplete: 'off', spellcheck: false,
    onInput: (/** @type {Event} */ event) => setDraft(/** @type {HTMLInputElement} */ (event.currentTarget).value),
    onBlur: commit,
    onKeyDown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter') commit(); },
  });
}
