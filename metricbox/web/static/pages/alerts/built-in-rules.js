// The rules that come with metricbox: what each watches, whether it is there already, and adding those that are chosen.
import { Fragment, h, useEffect, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Icon } from '../../ui/icon.js';
import { createLibraryRules, listLibraryRules } from '../../api/alert-library.js';
import { isAbort, messageOf } from '../../api/client.js';
import { CONDITIONS, formatLimit, SEVERITIES } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { showToast } from '../../state/notices.js';
import { ChannelChoice } from './channel-choice.js';

/** @typedef {import('../../../types/app').LibraryRule} LibraryRule */
/** @typedef {ReadonlySet<string>} Ids */

/** What a first look should take: all that has something to watch, while none of them is there. @param {LibraryRule[]} rules @returns {Ids} */
function suggested(rules) {
  return new Set(rules.some((rule) => rule.ruleId) ? [] : rules.filter((rule) => rule.hasData).map((rule) => rule.id));
}

/** @param {{onClose: () => void, onAdded: () => void}} props */
export function BuiltInRulesDialog({ onClose, onAdded }) {
  const { rules, fault, chosen, setChosen } = useLibrary();
  const [channels, setChannels] = useState(/** @type {string[]} */ ([]));
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const missing = (rules ?? []).filter((rule) => !rule.ruleId);
  const count = missing.filter((rule) => chosen.has(rule.id)).length;
  const onSubmit = async (/** @type {Event} */ submit) => {
    submit.preventDefault();
    if (isBusy || count === 0) return;
    setBusy(true);
    setError('');
    try {
      const made = await createLibraryRules({ ids: missing.filter((rule) => chosen.has(rule.id)).map((rule) => rule.id), channels });
      showToast(made.length === 1 ? `Added "${visibleText(made[0]?.name ?? '')}"` : `Added ${made.length} rules`);
      onAdded();
      onClose();
    } catch (problem) {
      setError(messageOf(problem));
      setBusy(false);
    }
  };
  const toggle = (/** @type {string} */ id) => (/** @type {boolean} */ isOn) => setChosen(new Set(isOn ? [...chosen, id] : [...chosen].filter((one) => one !== id)));
  return h(Dialog, { title: 'Built-in rules', onClose, isWide: true },
    h('form', { class: 'form built-in', onSubmit },
      h('p', { class: 'dialog-text' }, 'They watch what the built-in agent and metricbox itself store. Once added they are rules like others: change them, switch them off, delete them.'),
      fault === '' ? null : h('p', { class: 'form-error', role: 'alert' }, `The built-in rules could not be listed: ${fault}`),
      error === '' ? null : h('p', { class: 'form-error', role: 'alert' }, error),
      rules === null ? h('div', { class: 'built-in-list', 'aria-busy': fault === '' }) : h(Fragment, null,
        h('ul', { class: 'built-in-list', 'aria-label': 'Built-in rules' }, rules.map((rule) => h(Item, { key: rule.id, rule, isChosen: chosen.has(rule.id), onChange: toggle(rule.id) }))),
        missing.length === 0 ? h('p', { class: 'field-help' }, 'All of them are there.') : h(ChannelChoice, { chosen: channels, onChange: setChannels })),
      h('div', { class: 'form-actions' },
        missing.length > 1 ? h(Button, { kind: 'quiet', onClick: () => setChosen(new Set(count === missing.length ? [] : missing.map((rule) => rule.id))) }, count === missing.length ? 'Choose none' : 'Choose all') : null,
        h(Button, { onClick: onClose }, missing.length === 0 ? 'Close' : 'Cancel'),
        missing.length === 0 ? null : h(Button, { type: 'submit', kind: 'primary', isBusy, isDisabled: count === 0 }, count === 0 ? 'Add' : count === 1 ? 'Add 1 rule' : `Add ${count} rules`))));
}

/** @param {{rule: LibraryRule, isChosen: boolean, onChange: (isOn: boolean) => void}} props */
function Item({ rule, isChosen, onChange }) {
  const { icon, label } = SEVERITIES[rule.severity];
  const text = h('span', { class: 'built-in-text' },
    h('span', { class: 'built-in-name' }, h('span', { class: `rule-severity is-${rule.severity}`, title: label }, h(Icon, { name: icon, label })), visibleText(rule.name)),
    h('span', { class: 'built-in-about' }, visibleText(rule.description)),
    h('span', { class: 'built-in-when' }, limitText(rule), rule.hasData || rule.ruleId ? null : ' · nothing to watch here yet'));
  if (rule.ruleId) {
    return h('li', { class: 'built-in-item is-there' }, h('span', { class: 'built-in-mark' }, h(Icon, { name: 'check', size: 16 })), text,
      h('a', { class: 'built-in-link', href: `/alerts/rules/${encodeURIComponent(rule.ruleId)}`, 'aria-label': `${visibleText(rule.name)} is there: open it` }, 'Added'));
  }
  return h('li', { class: 'built-in-item' }, h('label', { class: 'choice-item' }, h('input', {
    type: 'checkbox', checked: isChosen, onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
  }), text));
}

/** @param {LibraryRule} rule */
function limitText({ condition, threshold, unit, duration, noData }) {
  return `${CONDITIONS[condition].sign} ${formatLimit(threshold, unit)}${duration === '0s' ? '' : ` for ${duration}`}${noData === 'alert' ? ', or no data' : ''}`;
}

function useLibrary() {
  const [rules, setRules] = useState(/** @type {LibraryRule[] | null} */ (null));
  const [fault, setFault] = useState('');
  const [chosen, setChosen] = useState(/** @type {Ids} */ (new Set()));
  useEffect(() => {
    const abort = new AbortController();
    listLibraryRules(abort.signal).then((found) => {
      setRules(found);
      setChosen(suggested(found));
    }).catch((problem) => {
      if (!isAbort(problem)) setFault(messageOf(problem));
    });
    return () => abort.abort();
  }, []);
  return { rules, fault, chosen, setChosen };
}
