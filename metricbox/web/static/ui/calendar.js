// A month of days, as a grid: arrows walk days, Home and End the week, Page Up and Down months (with Shift years), Enter picks.
import { h, useLayoutEffect, useRef, useState } from './html.js';
import { IconButton } from './button.js';
import { addMonths, monthName, spokenDate, walkDays, WEEKDAYS, weeksOf } from '../lib/calendar.js';

/**
 * @typedef {object} CalendarProps
 * @property {string} from date of the range's first day, "" when it has none
 * @property {string} to
 * @property {string} today
 * @property {string} label what a picked day becomes: "Start" or "End"
 * @property {(date: string) => void} onPick
 */

/** @param {CalendarProps} props */
export function Calendar({ from, to, today, label, onPick }) {
  const [at, setAt] = useState(to || from || today);
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const isWalking = useRef(false);
  // Before the next key can come: held down, it would find the day before focused.
  useLayoutEffect(() => {
    if (!isWalking.current) return;
    isWalking.current = false;
    const day = grid.current?.querySelector('[tabindex="0"]');
    if (day instanceof HTMLElement) day.focus();
  }, [at]);
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const next = walkDays(at, event.key, event.shiftKey);
    if (next === null) return;
    event.preventDefault();
    isWalking.current = true;
    setAt(next > today ? today : next);
  };
  return h('div', { class: 'calendar' },
    h('div', { class: 'calendar-head' },
      h(IconButton, { label: 'Month before', icon: 'left', onClick: () => setAt(addMonths(at, -1)) }),
      h('span', { class: 'calendar-month', 'aria-live': 'polite' }, monthName(at)),
      h(IconButton, {
        label: 'Month after', icon: 'right', isDisabled: at.slice(0, 7) >= today.slice(0, 7),
        onClick: () => { const next = addMonths(at, 1); setAt(next > today ? today : next); },
      })),
    h('table', { class: 'calendar-grid', role: 'grid', 'aria-label': `${label}, ${monthName(at)}`, ref: grid, onKeyDown },
      h('thead', null, h('tr', null, WEEKDAYS.map((name) => h('th', { key: name, scope: 'col', abbr: name }, name.slice(0, 2))))),
      h('tbody', null, weeksOf(at).map((week) => h('tr', { key: week[0] }, week.map((date) => h(Day, {
        key: date, date, isOther: date.slice(0, 7) !== at.slice(0, 7), isAt: date === at, isToday: date === today, isFuture: date > today,
        isEnd: date === from || date === to, isInside: from !== '' && to !== '' && date > from && date < to, onPick,
      })))))));
}

/**
 * @param {{date: string, isOther: boolean, isAt: boolean, isToday: boolean, isFuture: boolean, isEnd: boolean, isInside: boolean,
 *   onPick: (date: string) => void}} props
 */
function Day({ date, isOther, isAt, isToday, isFuture, isEnd, isInside, onPick }) {
  const marks = [isOther ? 'is-other' : '', isEnd ? 'is-end' : '', isInside ? 'is-inside' : '', isToday ? 'is-today' : ''].filter((mark) => mark !== '');
  return h('td', { role: 'gridcell', 'aria-selected': isEnd || isInside, class: isInside ? 'is-inside' : undefined },
    h('button', {
      type: 'button', class: `calendar-day ${marks.join(' ')}`, tabIndex: isAt ? 0 : -1, disabled: isFuture, 'aria-label': spokenDate(date),
      'aria-current': isToday ? 'date' : undefined, onClick: () => onPick(date),
    }, Number(date.slice(8))));
}
