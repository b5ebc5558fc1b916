// One time that an alert fired: a line, and all of it with what was told when somebody opens it.
import { Fragment, h, useEffect, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { TextField } from '../../ui/field.js';
import { Icon } from '../../ui/icon.js';
import { isAbort, messageOf, serverNowMs } from '../../api/client.js';
import { acknowledgeEvent, listDeliveries } from '../../api/events.js';
import { attemptsText, DELIVERY_STATES, KINDS, lengthMs, lengthText, periodText, valueText } from '../../lib/alert-history.js';
import { describeLabels, SEVERITIES } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { formatClock, formatDateTime } from '../../lib/time.js';
import { nowMs, showToast } from '../../state/notices.js';
import { canEdit, user } from '../../state/session.js';
import { zone } from '../../state/time-range.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../../types/app').Delivery} Delivery */
/** @typedef {(id: string, change: Partial<AlertEvent>) => void} Change */

/** @param {{event: AlertEvent, onChange: Change}} props */
export function EventRow({ event, onChange }) {
  const [isOpen, setOpen] = useState(false);
  const bodyId = `event-${event.id}`;
  const { label, icon } = SEVERITIES[event.severity];
  const labels = describeLabels(event.labels);
  return h('li', { class: `history-row is-${event.severity}${isOpen ? ' is-open' : ''}` },
    h('button', { type: 'button', class: 'history-head is-event', 'aria-expanded': isOpen, 'aria-controls': bodyId, onClick: () => setOpen(!isOpen) },
      h('span', { class: 'history-time' }, periodText(event, zone.value)),
      h(Length, { event }),
      h('span', { class: `history-severity is-${event.severity}` }, h(Icon, { name: icon, size: 15 }), label),
      h('span', { class: 'history-name' }, h('span', { class: 'history-rule' }, visibleText(event.ruleName)), ' ', h('span', { class: 'history-labels', title: labels }, labels)),
      h('span', { class: 'history-value' }, KINDS[event.kind] === '' ? `peak ${valueText(event.peak, event.unit)}` : KINDS[event.kind]),
      h('span', { class: 'history-marks' },
        event.status === 'firing' ? h('span', { class: 'chip is-firing' }, 'firing') : null,
        event.silenced ? h('span', { class: 'chip' }, 'silenced') : null,
        event.acknowledgedBy ? h('span', { class: 'chip history-ack', title: `seen by ${visibleText(event.acknowledgedBy)}` }, h(Icon, { name: 'check', size: 13 }), visibleText(event.acknowledgedBy)) : null),
      h('span', { class: 'entry-arrow' }, h(Icon, { name: 'down' }))),
    h('div', { id: bodyId, class: 'history-body', hidden: !isOpen }, isOpen ? h(Details, { event, onChange }) : null));
}

/** Ticks by itself while it fires. @param {{event: AlertEvent}} props */
function Length({ event }) {
  // By the server's clock, which the times are of; the page's own may be off.
  const clockMs = event.resolvedAt ? 0 : nowMs.value + serverNowMs() - Date.now();
  return h('span', { class: 'history-length' }, lengthText(lengthMs(event, clockMs)));
}

/** @param {{event: AlertEvent, onChange: Change}} props */
function Details({ event, onChange }) {
  const moment = (/** @type {string} */ text) => h('time', { dateTime: text }, formatDateTime(Date.parse(text), zone.value));
  const { acknowledgedBy, acknowledgedAt } = event;
  return h(Fragment, null,
    h('dl', { class: 'history-facts' },
      h('dt', null, 'Began'), h('dd', null, moment(event.triggeredAt)),
      h('dt', null, 'Ended'), h('dd', null, event.resolvedAt ? moment(event.resolvedAt) : 'it fires still'),
      h('dt', null, 'Value'), h('dd', null, `last ${valueText(event.value, event.unit)}, peak ${valueText(event.peak, event.unit)}`),
      h('dt', null, 'Labels'), h('dd', { class: 'history-tags' }, Object.entries(event.labels).sort().map(([name, value]) => h('span', { key: name, class: 'chip' }, `${visibleText(name)}=${visibleText(value)}`))),
      h('dt', null, 'Seen by'), h('dd', null, acknowledgedBy ? h(Fragment, null, visibleText(acknowledgedBy), acknowledgedAt ? [', ', moment(acknowledgedAt)] : null, event.comment === '' ? null : h('p', { class: 'history-comment' }, visibleText(event.comment))) : 'nobody yet'),
      h('dt', null, 'Rule'), h('dd', null, h('a', { href: `/alerts/rules/${encodeURIComponent(event.ruleId)}` }, visibleText(event.ruleName)))),
    canEdit() && !acknowledgedBy ? h(Acknowledge, { event, onChange }) : null,
    h(Told, { eventId: event.id }));
}

/** Shown at once, taken back when the server refuses. @param {{event: AlertEvent, onChange: Change}} props */
function Acknowledge({ event, onChange }) {
  const [comment, setComment] = useState('');
  const send = async () => {
    const { acknowledgedBy = null, acknowledgedAt = null, comment: before } = event;
    onChange(event.id, { acknowledgedBy: user.peek()?.email ?? '', acknowledgedAt: new Date(serverNowMs()).toISOString(), comment: comment.trim() });
    try {
      const { acknowledgedBy: by = null, acknowledgedAt: at = null, comment: text } = await acknowledgeEvent(event.id, comment.trim());
      onChange(event.id, { acknowledgedBy: by, acknowledgedAt: at, comment: text });
    } catch (error) {
      onChange(event.id, { acknowledgedBy, acknowledgedAt, comment: before });
      showToast(`Not acknowledged: ${messageOf(error)}`, { kind: 'error' });
    }
  };
  return h('form', {
    class: 'history-form',
    onSubmit: (/** @type {Event} */ submit) => {
      submit.preventDefault();
      send();
    },
  },
  h(TextField, { label: 'Comment', name: 'comment', value: comment, onInput: setComment, maxLength: 2000, placeholder: 'Optional: what is known, who looks at it' }),
  h(Button, { type: 'submit', icon: 'check' }, 'Acknowledge'));
}

/** The messages about one event. @param {{eventId: string}} props */
function Told({ eventId }) {
  const [state, setState] = useState(/** @type {{list: Delivery[] | null, message: string}} */ ({ list: null, message: '' }));
  useEffect(() => {
    const abort = new AbortController();
    listDeliveries({ eventId }, { signal: abort.signal }).then(({ list }) => setState({ list, message: '' })).catch((error) => {
      if (!isAbort(error)) setState({ list: null, message: messageOf(error) });
    });
    return () => abort.abort();
  }, [eventId]);
  if (state.message !== '') return h('p', { class: 'form-error', role: 'alert' }, `The messages could not be read: ${state.message}`);
  if (state.list === null) return h('p', { class: 'history-none', 'aria-busy': 'true' }, 'Reading the messages…');
  if (state.list.length === 0) return h('p', { class: 'history-none' }, 'Nobody was told.');
  return h('ul', { class: 'history-told', 'aria-label': 'Messages' }, state.list.map((one) => {
    const { label, icon, kind } = DELIVERY_STATES[one.state];
    return h('li', { key: one.id },
      h('span', { class: `delivery-state is-${kind}` }, h(Icon, { name: icon, size: 14 }), label), ' ',
      `${formatClock(Date.parse(one.createdAt), zone.value)} ${visibleText(one.channelName)}, ${one.status}`,
      one.attempts.length === 0 ? '' : `: ${attemptsText(one, zone.value)}`);
  }));
}
