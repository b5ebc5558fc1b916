// Whom a rule tells, how often, and in which words.
import { Fragment, h, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { TextArea } from '../../ui/text-area.js';
import { testChannel } from '../../api/channels.js';
import { messageOf } from '../../api/client.js';
import { messageText, templateFault } from '../../lib/alert-message.js';
import { visibleText } from '../../lib/labels.js';
import { DEFAULT_REPEAT, RULE_LABELS } from '../../lib/rule-draft.js';
import { isAdmin } from '../../state/session.js';
import { ChannelChoice } from './channel-choice.js';
import { seriesNow } from './rule-series.js';
import { DurationField } from './rule-when.js';

/** @typedef {import('../../../types/app').ChannelName} ChannelName */
/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */

/**
 * @typedef {object} RuleTellProps
 * @property {RuleDraft} draft
 * @property {Record<string, string>} errors
 * @property {import('../../state/rule-data.js').RuleData} data
 * @property {string} unit as messages will show values
 * @property {(change: Partial<RuleDraft>) => void} onChange
 */

/** @param {RuleTellProps} props */
export function RuleTell({ draft, errors, data, unit, onChange }) {
  return h('div', { class: 'rule-tell' },
    h(ChannelChoice, {
      chosen: draft.channels, error: errors['notification.channels'] ?? null, onChange: (channels) => onChange({ channels }),
      renderBelow: (channels) => (isAdmin() && channels.length > 0 ? h(Tests, { channels: channels.filter((one) => draft.channels.includes(one.id)) }) : null),
    }),
    h('div', { class: 'rule-repeat' }, h(DurationField, {
      label: RULE_LABELS['notification.repeatInterval'] ?? '', name: 'repeatInterval', value: draft.repeatInterval, placeholder: DEFAULT_REPEAT, help: 'While it fires.',
      error: errors['notification.repeatInterval'] ?? null, onInput: (repeatInterval) => onChange({ repeatInterval }),
    })),
    h(Message, { draft, data, unit, error: errors['notification.message'] ?? null, onChange }));
}

/** @typedef {{id: string, name: string, isGood: boolean, text: string}} Outcome */

/** @param {{channels: ChannelName[]}} props */
function Tests({ channels }) {
  const [outcomes, setOutcomes] = useState(/** @type {Outcome[]} */ ([]));
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    setOutcomes([]);
    await Promise.all(channels.map(async ({ id, name }) => {
      /** @type {Outcome} */
      let outcome;
      try {
        const { delivered, answer } = await testChannel(id);
        outcome = { id, name, isGood: delivered, text: answer };
      } catch (error) {
        outcome = { id, name, isGood: false, text: messageOf(error) };
      }
      setOutcomes((before) => [...before, outcome]);
    }));
    setBusy(false);
  };
  return h(Fragment, null,
    h('div', null, h(Button, { onClick: run, isBusy, isDisabled: channels.length === 0 }, 'Send a test')),
    h('ul', { class: 'rule-tests', 'aria-live': 'polite' }, outcomes.map(({ id, name, isGood, text }) => h('li', { key: id, class: isGood ? 'is-good' : 'is-bad' },
      h(Icon, { name: isGood ? 'check' : 'critical', size: 14 }), h('span', null, `${visibleText(name)}: ${isGood ? 'delivered' : 'refused'}${text === '' ? '' : `, "${visibleText(text)}"`}`)))));
}

/** @param {Omit<RuleTellProps, 'errors'> & {error: string | null}} props */
function Message({ draft, data, unit, error, onChange }) {
  const fault = templateFault(draft.message);
  const [row] = seriesNow({ draft, round: data.round.value, evaluation: data.evaluation.value, isSaved: false }) ?? [];
  const labels = { ...row?.labels, ...Object.fromEntries(draft.labels.map(({ name, value }) => [name.trim(), value])), alertname: draft.name, severity: draft.severity };
  const text = messageText({ template: draft.message, rule: draft.name, condition: draft.condition, threshold: draft.threshold ?? NaN, severity: draft.severity, labels, value: row?.value ?? null, unit });
  return h('div', { class: 'rule-message' },
    h(TextArea, {
      label: RULE_LABELS['notification.message'] ?? '', name: 'message', rows: 2, isCode: true, value: draft.message, onInput: (message) => onChange({ message }), placeholder: '{{labels.host}} is at {{value}}',
      error: error ?? (fault === null ? null : `Message ${fault}`),
    }),
    fault === null && row ? h('p', { class: 'rule-reads' }, h('span', { class: 'rule-reads-word' }, draft.message.trim() === '' ? 'Empty, it reads' : 'It reads'), ' ', h('q', null, visibleText(text))) : null);
}
