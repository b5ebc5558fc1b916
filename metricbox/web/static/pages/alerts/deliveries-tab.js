// The ledger: each message from its decision to its end, with each try and what the receiver said.
import { Fragment, h, useMedia, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Message, PageHeader } from '../../ui/page-header.js';
import { Pager } from '../../ui/pager.js';
import { messageOf } from '../../api/client.js';
import { listDeliveries, listManyDeliveries, resendDelivery } from '../../api/events.js';
import { DELIVERY_STATES, deliveryTable, lengthText } from '../../lib/alert-history.js';
import { visibleText } from '../../lib/labels.js';
import { formatDateTime } from '../../lib/time.js';
import { showToast, speak } from '../../state/notices.js';
import { canEdit } from '../../state/session.js';
import { range, zone } from '../../state/time-range.js';
import { PAGE_SIZE } from '../use-paged-list.js';
import { PageTime } from '../page-time.js';
import { saveTable } from '../save-table.js';
import { FileButton } from './events-tab.js';
import { askedRange, filterOf, HistoryFilters } from './history-filter.js';
import { usePolledList } from './use-polled-list.js';

/** @typedef {import('../../../types/app').Delivery} Delivery */
/** @typedef {import('../../api/events.js').DeliveryWish} DeliveryWish */

const FILE_MAX = 10_000;

/** @param {import('./events-tab.js').HistoryTabProps} props */
export function DeliveriesTab({ rules, parent, tabs }) {
  /** @type {DeliveryWish} */
  const wish = { ruleId: filterOf('rule'), state: filterOf('state') };
  const list = usePolledList((page, signal) => listDeliveries({ ...wish, ...askedRange() }, { page, pageSize: PAGE_SIZE, signal }), JSON.stringify([wish, range.value, zone.value]));
  const { phase, found, message } = list;
  const total = found?.total ?? 0;
  const put = (/** @type {Delivery} */ next) => list.change((shown) => ({ ...shown, list: shown.list.map((one) => (one.id === next.id ? next : one)) }));
  const file = h(FileButton, { isDisabled: total === 0, save: async () => saveDeliveries(wish) });
  const isPhone = useMedia('(max-width: 767px)');
  return h(Fragment, null,
    // The time controls fill a phone's second row.
    h(PageHeader, { title: 'Alert history', parent, onAnnounce: speak, mark: isPhone ? file : null },
      h(PageTime, { isBusy: list.isBusy, onRefresh: list.refresh }), isPhone ? null : file),
    h('div', { class: 'page-body history' },
      tabs,
      h(HistoryFilters, { rules, isLedger: true, count: found ? `${total.toLocaleString()} ${total === 1 ? 'message' : 'messages'}` : '' }),
      phase === 'failed' ? h(Message, { icon: 'critical', title: message, children: h(Button, { icon: 'refresh', onClick: list.refresh }, 'Retry') }) : null,
      phase === 'ready' && message !== '' ? h('p', { class: 'form-error', role: 'alert' }, `The list could not be renewed: ${message}`) : null,
      phase === 'loading' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      found && total === 0 ? h(Message, { icon: 'history', title: 'Nothing was sent', text: 'No message in this range fits the filter.' }) : null,
      found && total > 0 ? h('ol', { class: 'history-rows', 'aria-label': 'Messages' }, found.list.map((one) => h(Row, { key: one.id, delivery: one, onChange: put, onSent: list.refresh }))) : null,
      h(Pager, { page: list.page, pageSize: PAGE_SIZE, total, label: 'Pages of the ledger', onChange: list.setPage })));
}

/** @param {DeliveryWish} wish */
async function saveDeliveries(wish) {
  const { list, total } = await listManyDeliveries({ ...wish, ...askedRange() }, FILE_MAX);
  saveTable('alert deliveries', deliveryTable(list));
  if (total > list.length) showToast(`The file has the newest ${list.length.toLocaleString()} of ${total.toLocaleString()} messages: choose a shorter range for the rest`);
}

/** @param {{delivery: Delivery, onChange: (next: Delivery) => void, onSent: () => void}} props */
function Row({ delivery, onChange, onSent }) {
  const [isOpen, setOpen] = useState(false);
  const bodyId = `delivery-${delivery.id}`;
  const { label, icon, kind } = DELIVERY_STATES[delivery.state];
  const tries = delivery.attempts.length;
  return h('li', { class: isOpen ? 'history-row is-open' : 'history-row' },
    h('button', { type: 'button', class: 'history-head is-delivery', 'aria-expanded': isOpen, 'aria-controls': bodyId, onClick: () => setOpen(!isOpen) },
      h('time', { class: 'history-time', dateTime: delivery.createdAt }, formatDateTime(Date.parse(delivery.createdAt), zone.value)),
      h('span', { class: `delivery-state is-${kind}` }, h(Icon, { name: icon, size: 15 }), label),
      h('span', { class: 'history-channel' }, visibleText(delivery.channelName)),
      h('span', { class: 'history-tells' }, delivery.status),
      h('span', { class: 'history-name', title: visibleText(delivery.title) }, visibleText(delivery.title)),
      h('span', { class: 'history-tries' }, tries === 0 ? 'not tried' : `${tries} ${tries === 1 ? 'try' : 'tries'}`),
      h('span', { class: 'entry-arrow' }, h(Icon, { name: 'down' }))),
    h('div', { id: bodyId, class: 'history-body', hidden: !isOpen }, isOpen ? h(Details, { delivery, onChange, onSent }) : null));
}

/** @param {{delivery: Delivery, onChange: (next: Delivery) => void, onSent: () => void}} props */
function Details({ delivery, onChange, onSent }) {
  const { attempts, nextAttemptAt, state, answer } = delivery;
  const shown = zone.value;
  const moment = (/** @type {string} */ text) => h('time', { dateTime: text }, formatDateTime(Date.parse(text), shown));
  return h(Fragment, null,
    h('p', { class: 'ledger-decided' }, 'Decided ', moment(delivery.createdAt), `, about ${delivery.eventIds.length} ${delivery.eventIds.length === 1 ? 'alert' : 'alerts'} of `,
      h('a', { href: `/alerts/rules/${encodeURIComponent(delivery.ruleId)}` }, visibleText(delivery.ruleName))),
    h('ol', { class: 'attempts', 'aria-label': 'Tries' }, attempts.map((attempt, index) => h('li', { key: `${attempt.at} ${index}`, class: 'attempt' },
      h('span', { class: `delivery-state is-${attempt.delivered ? 'ok' : 'critical'}` }, h(Icon, { name: attempt.delivered ? 'check' : 'critical', size: 14 }), attempt.delivered ? 'accepted' : 'refused'),
      h('span', { class: 'attempt-time' }, moment(attempt.at), waitText(attempts[index - 1]?.at ?? delivery.createdAt, attempt.at)),
      h('pre', { class: 'attempt-answer' }, visibleAnswer(attempt.answer))))),
    // An end without a try has its reason here alone.
    attempts.length === 0 && answer !== '' ? h('p', { class: 'ledger-why' }, visibleAnswer(answer)) : null,
    state === 'queued' && nextAttemptAt ? h('p', { class: 'ledger-next' }, h(Icon, { name: 'clock', size: 14 }), h('span', null, 'Next try at ', moment(nextAttemptAt))) : null,
    canEdit() && state !== 'queued' ? h(SendAgain, { delivery, onChange, onSent }) : null);
}

/** @param {string} from @param {string} to */
function waitText(from, to) {
  const waitedMs = Date.parse(to) - Date.parse(from);
  return waitedMs >= 1000 ? ` after ${lengthText(waitedMs)}` : '';
}

/** Line breaks of an answer stay. @param {string} text */
function visibleAnswer(text) {
  return text.split(/\r?\n/).map(visibleText).join('\n');
}

/** @param {{delivery: Delivery, onChange: (next: Delivery) => void, onSent: () => void}} props */
function SendAgain({ delivery, onChange, onSent }) {
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      onChange(await resendDelivery(delivery.id));
      showToast('It is sent again, as it was');
      // What becomes of it is known in a moment.
      onSent();
    } catch (error) {
      showToast(`Not sent: ${messageOf(error)}`, { kind: 'error' });
      setBusy(false);
    }
  };
  return h('div', { class: 'ledger-actions' }, h(Button, { icon: 'refresh', isBusy, onClick: send }, 'Send again'));
}
