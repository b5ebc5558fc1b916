// What fired: a strip of hours, and under it one row for each time, by day.
import { Fragment, h, useMedia, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { HourStrip } from '../../ui/hour-strip.js';
import { Message, PageHeader } from '../../ui/page-header.js';
import { Pager } from '../../ui/pager.js';
import { messageOf, serverNowMs } from '../../api/client.js';
import { listEvents, listManyEvents } from '../../api/events.js';
import { cellText, eventTable, hourCells } from '../../lib/alert-history.js';
import { formatDate, formatTicks, resolveRange } from '../../lib/time.js';
import { showToast, speak } from '../../state/notices.js';
import { range, zone, zoomTo } from '../../state/time-range.js';
import { PAGE_SIZE } from '../use-paged-list.js';
import { PageTime } from '../page-time.js';
import { saveTable } from '../save-table.js';
import { EventRow } from './event-row.js';
import { askedRange, filterOf, HistoryFilters } from './history-filter.js';
import { usePolledList } from './use-polled-list.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../api/events.js').EventWish} EventWish */

// What the strip counts at most, and what a file has.
const STRIP_MAX = 1000;
const FILE_MAX = 10_000;

/**
 * @typedef {object} HistoryTabProps
 * @property {import('../../../types/app').AlertRule[]} rules
 * @property {{label: string, href: string}} parent
 * @property {import('../../ui/html.js').Children} tabs
 */

/** @param {HistoryTabProps} props */
export function EventsTab({ rules, parent, tabs }) {
  /** @type {EventWish} */
  const wish = { ruleId: filterOf('rule'), status: filterOf('status'), severity: filterOf('severity'), search: filterOf('search') };
  const list = usePolledList((page, signal) => load(wish, page, signal), JSON.stringify([wish, range.value, zone.value]));
  const { phase, found, message } = list;
  const total = found?.total ?? 0;
  const file = h(FileButton, { isDisabled: total === 0, save: async () => saveEvents(wish) });
  const isPhone = useMedia('(max-width: 767px)');
  return h(Fragment, null,
    // The time controls fill a phone's second row.
    h(PageHeader, { title: 'Alert history', parent, onAnnounce: speak, mark: isPhone ? file : null },
      h(PageTime, { isBusy: list.isBusy, onRefresh: list.refresh }), isPhone ? null : file),
    h('div', { class: 'page-body history' },
      tabs,
      h(HistoryFilters, { rules, isLedger: false, count: found ? `${total.toLocaleString()} ${total === 1 ? 'event' : 'events'}` : '' }),
      phase === 'failed' ? h(Message, { icon: 'critical', title: message, children: h(Button, { icon: 'refresh', onClick: list.refresh }, 'Retry') }) : null,
      phase === 'ready' && message !== '' ? h('p', { class: 'form-error', role: 'alert' }, `The list could not be renewed: ${message}`) : null,
      found ? h(Strip, { events: found.strip, total, span: found.span, nowMs: found.nowMs }) : null,
      phase === 'loading' ? h('div', { class: 'list-skeleton', 'aria-busy': 'true', 'aria-label': 'Loading' }, [1, 2, 3].map((row) => h('span', { key: row, class: 'skeleton-row' }))) : null,
      found && total === 0 ? h(Message, { icon: 'check', title: 'Nothing fired', text: 'No alert in this range fits the filter.' }) : null,
      found ? h(Days, {
        events: found.list, nowMs: found.nowMs,
        onChange: (id, change) => list.change((shown) => ({ ...shown, list: shown.list.map((one) => (one.id === id ? { ...one, ...change } : one)) })),
      }) : null,
      h(Pager, { page: list.page, pageSize: PAGE_SIZE, total, label: 'Pages of the history', onChange: list.setPage })));
}

/**
 * A page of events, and those that the strip shows.
 * @param {EventWish} wish
 * @param {number} page
 * @param {AbortSignal} signal
 */
async function load(wish, page, signal) {
  const asked = { ...wish, ...askedRange() };
  const nowMs = serverNowMs();
  const span = resolveRange(range.peek(), nowMs, zone.peek()) ?? { startMs: nowMs - 3_600_000, endMs: nowMs };
  const { list, total } = await listEvents(asked, { page, pageSize: PAGE_SIZE, signal });
  const strip = total <= list.length ? list : (await listManyEvents(asked, STRIP_MAX, signal)).list;
  return { list, total, strip, span, nowMs };
}

/** @param {EventWish} wish */
async function saveEvents(wish) {
  const { list, total } = await listManyEvents({ ...wish, ...askedRange() }, FILE_MAX);
  saveTable('alert events', eventTable(list, serverNowMs()));
  if (total > list.length) showToast(`The file has the newest ${list.length.toLocaleString()} of ${total.toLocaleString()} events: choose a shorter range for the rest`);
}

/** @param {{isDisabled: boolean, save: () => Promise<void>}} props */
export function FileButton({ isDisabled, save }) {
  const [isBusy, setBusy] = useState(false);
  const onClick = async () => {
    setBusy(true);
    try {
      await save();
    } catch (error) {
      showToast(`Not saved: ${messageOf(error)}`, { kind: 'error' });
    }
    setBusy(false);
  };
  return h(Button, { icon: 'download', isDisabled, isBusy, onClick }, 'CSV');
}

const MARKS = 6;

/** @param {{events: AlertEvent[], total: number, span: import('../../lib/time.js').Span, nowMs: number}} props */
function Strip({ events, total, span, nowMs }) {
  const shown = zone.value;
  const { hours, cells } = useMemo(() => hourCells(events, span, nowMs), [events, span, nowMs]);
  const stride = Math.max(1, Math.ceil(cells.length / MARKS));
  const labelled = cells.filter((_, index) => index % stride === 0);
  const texts = formatTicks(labelled.map((cell) => cell.startMs), stride * hours * 3_600_000, shown);
  const size = hours === 1 ? 'hour' : hours < 24 ? `${hours} hours` : hours === 24 ? 'day' : `${Math.round(hours / 24)} days`;
  const label = `What fired, a cell for ${hours === 1 ? 'each' : 'every'} ${size}`;
  return h('section', { class: 'history-strip', 'aria-label': 'When it fired' },
    h(HourStrip, {
      label,
      cells: cells.map((cell) => ({ key: cell.startMs, kind: cell.worst ?? 'none', text: cellText(cell, shown) })),
      marks: labelled.map((cell, index) => ({ key: cell.startMs, left: ((cell.startMs - (cells[0]?.startMs ?? 0)) / (hours * 3_600_000) / cells.length) * 100, text: texts[index] ?? '' })),
      onPick: (startMs) => zoomTo({ startMs, endMs: Math.min(startMs + hours * 3_600_000, nowMs) }),
    }),
    h('p', { class: 'strip-note' }, `A cell for ${hours === 1 ? 'each' : 'every'} ${size}, as high as the worst of it: a third is info, two thirds warning, whole is critical.${total > events.length ? ` Drawn are the newest ${events.length.toLocaleString()} events.` : ''}`));
}

/** @param {{events: AlertEvent[], nowMs: number, onChange: (id: string, change: Partial<AlertEvent>) => void}} props */
function Days({ events, nowMs, onChange }) {
  const shown = zone.value;
  /** @type {{date: string, events: AlertEvent[]}[]} */
  const days = [];
  for (const event of events) {
    const date = formatDate(Date.parse(event.triggeredAt), shown);
    const last = days.at(-1);
    if (last?.date === date) last.events.push(event);
    else days.push({ date, events: [event] });
  }
  return h(Fragment, null, days.map((day) => h('section', { key: day.date, class: 'history-day' },
    h('h2', { class: 'history-date' }, day.date === formatDate(nowMs, shown) ? `Today, ${day.date}` : day.date),
    h('ol', { class: 'history-rows' }, day.events.map((event) => h(EventRow, { key: event.id, event, onChange }))))));
}
