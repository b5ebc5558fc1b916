// What the link of the history asks for, and the controls that change it.
import { Fragment, h, useEffect, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Select } from '../../ui/select.js';
import { serverNowMs } from '../../api/client.js';
import { visibleText } from '../../lib/labels.js';
import { requestRange } from '../../lib/time.js';
import { changeUrlState, urlState } from '../../state/location.js';
import { range, zone } from '../../state/time-range.js';

/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {'rule' | 'status' | 'severity' | 'state' | 'search'} FilterName */

const STATUSES = [{ value: '', label: 'Any status' }, { value: 'firing', label: 'Firing now' }, { value: 'resolved', label: 'Resolved' }];
const SEVERITIES = [{ value: '', label: 'Any severity' }, { value: 'critical', label: 'Critical' }, { value: 'warning', label: 'Warning' }, { value: 'info', label: 'Info' }];
const STATES = [
  { value: '', label: 'Any result' }, { value: 'queued', label: 'Under way' }, { value: 'delivered', label: 'Delivered' }, { value: 'given_up', label: 'Given up' }, { value: 'dropped', label: 'Dropped' },
];

/** @param {FilterName} name @returns {string} "" is any */
export function filterOf(name) {
  return urlState.value.own[name]?.[0] ?? '';
}

/** @param {Partial<Record<FilterName, string>>} change @param {boolean} [isTyped] replaces the entry of the browser's history */
export function setFilter(change, isTyped = false) {
  const own = { ...urlState.peek().own };
  for (const [name, value] of Object.entries(change)) {
    if (value === '') delete own[name];
    else own[name] = [value];
  }
  changeUrlState({ own }, { replace: isTyped });
}

/** @returns {{from?: string | number, to?: string | number}} the page's range as the API takes it */
export function askedRange() {
  const asked = requestRange(range.value, serverNowMs(), zone.value);
  return asked ? { from: asked.start, to: asked.end } : {};
}

/**
 * @typedef {object} HistoryFiltersProps
 * @property {AlertRule[]} rules
 * @property {boolean} isLedger deliveries have a result in place of status and severity
 * @property {string} count what is shown, in words
 */

/** @param {HistoryFiltersProps} props */
export function HistoryFilters({ rules, isLedger, count }) {
  const rule = filterOf('rule');
  const names = rules.map((one) => ({ value: one.id, label: visibleText(one.name) }));
  // A rule that is gone has a history still.
  const options = [{ value: '', label: 'Any rule' }, ...names, ...(rule === '' || rules.some((one) => one.id === rule) ? [] : [{ value: rule, label: 'A rule that was deleted' }])];
  const shown = isLedger ? /** @type {const} */ (['rule', 'state']) : /** @type {const} */ (['rule', 'status', 'severity', 'search']);
  const isFiltered = shown.some((name) => filterOf(name) !== '');
  const put = (/** @type {FilterName} */ name) => (/** @type {string} */ value) => setFilter({ [name]: value });
  return h('div', { class: 'filters history-filters', role: 'group', 'aria-label': 'Filter' },
    h(Select, { label: 'Rule', value: rule, options, onChange: put('rule'), isSmall: true }),
    isLedger ? h(Select, { label: 'Result', value: filterOf('state'), options: STATES, onChange: put('state'), isSmall: true }) : h(Fragment, null,
      h(Select, { label: 'Status', value: filterOf('status'), options: STATUSES, onChange: put('status'), isSmall: true }),
      h(Select, { label: 'Severity', value: filterOf('severity'), options: SEVERITIES, onChange: put('severity'), isSmall: true }),
      h(Search, {})),
    isFiltered ? h(Button, { kind: 'quiet', onClick: () => setFilter({ rule: '', status: '', severity: '', state: '', search: '' }) }, 'Show all') : null,
    h('span', { class: 'filter-count', role: 'status' }, count));
}

/** The text goes into the link once nobody has typed for a moment. */
function Search() {
  const kept = filterOf('search');
  const [text, setText] = useState(kept);
  useEffect(() => setText(kept), [kept]);
  useEffect(() => {
    const timer = setTimeout(() => setFilter({ search: text.trim() }, true), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return h('label', { class: 'search' }, h(Icon, { name: 'search' }), h('input', {
    class: 'input', type: 'search', value: text, placeholder: 'Host, label, rule', maxLength: 200, 'aria-label': 'Search the history', 'aria-keyshortcuts': '/',
    onInput: (/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.currentTarget).value),
  }));
}
