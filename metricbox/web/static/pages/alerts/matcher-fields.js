// What a silence mutes: conditions on labels, with what they would mute now.
import { h, useEffect, useId, useMemo, useState } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';
import { Combobox } from '../../ui/combobox.js';
import { SelectField } from '../../ui/select.js';
import { listEvents, listManyEvents } from '../../api/events.js';
import { listRules } from '../../api/alerts.js';
import { previewSilence } from '../../api/silences.js';
import { shortName } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { compileMatchers, namesSomething, OPERATORS } from '../../lib/silences.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../../types/app').SilenceMatcher} Matcher */
/** @typedef {import('../../../types/app').SilenceReach} Reach */

/**
 * @typedef {object} MatcherFieldsProps
 * @property {Matcher[]} matchers
 * @property {(matchers: Matcher[]) => void} onChange
 * @property {string | null} error
 */

const MATCHERS_MAX = 32;
const COUNTED_MAX = 2000;
const NAMED_MAX = 3;
// The rules are asked for it: not at each letter.
const SETTLE_MS = 400;

/** @param {MatcherFieldsProps} props */
export function MatcherFields({ matchers, onChange, error }) {
  const id = useId();
  const { firing, known } = useKnown();
  const put = (/** @type {number} */ index, /** @type {Partial<Matcher>} */ part) => onChange(matchers.map((one, place) => (place === index ? { ...one, ...part } : one)));
  return h('fieldset', { class: 'matchers', tabIndex: -1, 'aria-invalid': error ? true : undefined, 'aria-describedby': error ? `${id}-error` : undefined },
    h('legend', { class: 'field-label' }, 'Mute alerts whose'),
    matchers.map((matcher, index) => h('div', { key: index, class: 'matcher', role: 'group', 'aria-label': `Condition ${index + 1}` },
      h(Combobox, { label: 'Label', name: `name${index}`, value: matcher.name, shown: matcher.name, maxLength: 255, placeholder: 'host', onChange: (name) => put(index, { name }), find: (search) => suggest([...known.keys()], search) }),
      h(SelectField, { label: 'Comparison', name: `op${index}`, value: matcher.op, options: [...OPERATORS], onChange: (op) => put(index, { op: /** @type {Matcher['op']} */ (op) }) }),
      h(Combobox, {
        label: matcher.op === '=~' || matcher.op === '!~' ? 'Pattern' : 'Value', name: `value${index}`, value: matcher.value, shown: matcher.value, maxLength: 1024, placeholder: matcher.op.endsWith('~') ? 'db.*' : 'db1',
        onChange: (value) => put(index, { value }), find: (search) => suggest([...(known.get(matcher.name.trim()) ?? [])], search),
      }),
      matchers.length > 1 ? h(IconButton, { label: `Remove condition ${index + 1}`, icon: 'close', onClick: () => onChange(matchers.filter((_, place) => place !== index)) }) : h('span', null))),
    h('div', { class: 'matchers-foot' },
      matchers.length < MATCHERS_MAX ? h(Button, { kind: 'quiet', icon: 'plus', onClick: () => onChange([...matchers, { name: '', op: '=', value: '' }]) }, 'And another') : null,
      h(Muted, { matchers, firing })),
    error ? h('p', { id: `${id}-error`, class: 'field-error' }, error) : null);
}

/** @param {{matchers: Matcher[], firing: AlertEvent[] | null}} props */
function Muted({ matchers, firing }) {
  const text = useMemo(() => mutedText(matchers, firing), [matchers, firing]);
  const { reach, isAsking } = useReach(matchers);
  return h('p', { class: 'matchers-muted', role: 'status' }, text === '' ? null : h('span', null, text),
    reach ? h('span', { class: isAsking ? 'matchers-reach is-old' : 'matchers-reach' }, reachText(reach)) : isAsking && text !== '' ? h('span', { class: 'matchers-reach is-old' }, 'counting series…') : null);
}

/** @param {Reach} reach */
function reachText({ series, rules, complete }) {
  if (series === 0) return complete ? 'no rule watches such series now' : 'no such series found; not all rules could be asked';
  return `${complete ? '' : 'at least '}${series.toLocaleString()} series of ${rules.toLocaleString()} ${rules === 1 ? 'rule' : 'rules'} now`;
}

/** What the conditions fit as they stand, a moment after the last letter. @param {Matcher[]} matchers */
function useReach(matchers) {
  const [state, setState] = useState(/** @type {{reach: Reach | null, isAsking: boolean}} */ ({ reach: null, isAsking: false }));
  const filled = filledOf(matchers);
  const key = filled.length === matchers.length && namesSomething(filled) && compileMatchers(filled) !== null ? JSON.stringify(filled) : '';
  useEffect(() => {
    if (key === '') {
      setState({ reach: null, isAsking: false });
      return undefined;
    }
    const abort = new AbortController();
    setState((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(() => {
      previewSilence(JSON.parse(key), abort.signal).then((reach) => setState({ reach, isAsking: false })).catch(() => {
        // Without it the form still works.
        if (!abort.signal.aborted) setState({ reach: null, isAsking: false });
      });
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return state;
}

/** @param {Matcher[]} matchers */
function filledOf(matchers) {
  return matchers.filter((matcher) => matcher.name.trim() !== '').map((matcher) => ({ ...matcher, name: matcher.name.trim() }));
}

/** @param {Matcher[]} matchers @param {AlertEvent[] | null} firing */
function mutedText(matchers, firing) {
  const filled = filledOf(matchers);
  if (firing === null || filled.length < matchers.length || !namesSomething(filled)) return '';
  const matches = compileMatchers(filled);
  if (matches === null) return 'The pattern is not complete yet';
  const muted = firing.filter((event) => matches(event.labels));
  if (muted.length === 0) return `mutes none of the ${firing.length} active now`;
  const names = muted.slice(0, NAMED_MAX).map((event) => [visibleText(event.ruleName), shortName(event.labels)].filter((part) => part !== '').join(' '));
  const rest = muted.length > NAMED_MAX ? ` and ${muted.length - NAMED_MAX} more` : '';
  return `mutes ${muted.length} active now: ${names.join(', ')}${rest}`;
}

/** @param {string[]} values @param {string} search */
function suggest(values, search) {
  const wanted = search.toLowerCase();
  return values.filter((value) => value.toLowerCase().includes(wanted)).slice(0, 50).map((value) => ({ value, label: visibleText(value) }));
}

/** What fires, and the labels that alerts have: of those of the last weeks and of the rules. */
function useKnown() {
  const [state, setState] = useState(/** @type {{firing: AlertEvent[] | null, known: Map<string, Set<string>>}} */ ({ firing: null, known: new Map() }));
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    Promise.all([listManyEvents({ status: 'firing' }, COUNTED_MAX, signal), listEvents({ from: 'now-30d' }, { signal }), listRules(signal)]).then(([firing, recent, rules]) => {
      const labels = [...firing.list, ...recent.list].map((event) => event.labels);
      setState({ firing: firing.list, known: labelsOf([...labels, ...rules.list.map((rule) => ({ ...rule.labels, alertname: rule.name, severity: rule.severity }))]) });
      // Without them the form still works.
    }).catch(() => undefined);
    return () => abort.abort();
  }, []);
  return state;
}

/** @param {Record<string, string>[]} all */
function labelsOf(all) {
  /** @type {Map<string, Set<string>>} */
  const known = new Map([['alertname', new Set()], ['host', new Set()], ['severity', new Set()]]);
  for (const labels of all) {
    for (const [name, value] of Object.entries(labels)) {
      const values = known.get(name) ?? new Set();
      values.add(value);
      known.set(name, values);
    }
  }
  return known;
}
