// A week of silences: a line for each day, a bar for each time. The bars are a list as well, with their times as text.
import { h, useState } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';
import { serverNowMs } from '../../api/client.js';
import { spokenDate } from '../../lib/calendar.js';
import { visibleText } from '../../lib/labels.js';
import { WEEKDAYS } from '../../lib/silences.js';
import { weekDays, weekStart } from '../../lib/week-bars.js';
import { preferredZone } from '../../state/preferences.js';
import { zoneName } from '../../lib/zone.js';

/** @typedef {import('../../../types/app').Silence} Silence */

/**
 * @typedef {object} SilenceWeekProps
 * @property {Silence[]} silences
 * @property {((silence: Silence) => void) | null} onOpen null for who may not change them
 */

// As in silences.css.
const LANE_PX = 26;
const HOURS = [0, 6, 12, 18];

/** @param {SilenceWeekProps} props */
export function SilenceWeek({ silences, onOpen }) {
  const [weeks, setWeeks] = useState(0);
  const zone = preferredZone.value;
  const now = serverNowMs();
  const days = weekDays(silences, weekStart(now, weeks, zone), now, zone);
  const [first, last] = [days[0]?.date ?? '', days[6]?.date ?? ''];
  return h('section', { class: 'week', 'aria-label': 'Silences of a week' },
    h('div', { class: 'week-head' },
      h(IconButton, { label: 'Week before', icon: 'left', onClick: () => setWeeks(weeks - 1) }),
      h('span', { class: 'week-span', role: 'status' }, `${first} – ${last}`),
      h(IconButton, { label: 'Week after', icon: 'right', onClick: () => setWeeks(weeks + 1) }),
      weeks === 0 ? null : h(Button, { kind: 'quiet', onClick: () => setWeeks(0) }, 'This week'),
      h('span', { class: 'week-zone' }, `Times are ${zoneName(zone)}`)),
    h('div', { class: 'week-hours', 'aria-hidden': 'true' }, HOURS.map((hour) => h('span', { key: hour, style: { left: `${(hour / 24) * 100}%` } }, `${String(hour).padStart(2, '0')}:00`))),
    h('ol', { class: 'week-days' }, days.map((day, index) => h('li', { key: day.date, class: day.isToday ? 'week-day is-today' : 'week-day' },
      h('h3', { class: 'week-name', 'aria-label': spokenDate(day.date) }, h('span', null, WEEKDAYS[index]?.label), h('span', { class: 'week-date' }, day.date.slice(8))),
      h('ul', { class: 'week-bars', 'aria-label': day.bars.length === 0 ? 'No silences' : 'Silences', style: { height: `${Math.max(1, day.lanes) * LANE_PX + 6}px` } },
        day.bars.map((bar) => h(Bar, { key: bar.key, bar, onOpen })),
        day.isToday ? h('li', { class: 'week-now', 'aria-hidden': 'true', style: { left: `${((now - day.startMs) / (day.endMs - day.startMs)) * 100}%` } }) : null)))));
}

/** @param {{bar: import('../../lib/week-bars.js').DayBar, onOpen: SilenceWeekProps['onOpen']}} props */
function Bar({ bar, onOpen }) {
  const { silence } = bar;
  const reason = visibleText(silence.reason);
  const text = `${bar.text} ${reason}`;
  const style = { left: `${bar.left}%`, width: `${bar.width}%`, top: `${bar.lane * LANE_PX + 3}px` };
  return h('li', { class: silence.recurrence ? 'week-bar is-recurring' : 'week-bar', style, title: text },
    onOpen ? h('button', { type: 'button', class: 'week-button', 'aria-label': text, onClick: () => onOpen(silence) }, reason) : h('span', { class: 'week-button' }, h('span', { class: 'only-spoken' }, `${bar.text} `), reason));
}
