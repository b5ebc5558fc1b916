// Where a range is picked: quick and recent ranges, one line that takes any wording, two fields with a calendar, the zone.
// Nothing changes before it was said what was understood.
import { h, useState } from './html.js';
import { Button } from './button.js';
import { Calendar } from './calendar.js';
import { TextField } from './field.js';
import { ZoneChooser } from './zone-chooser.js';
import { spellOut, understandEnds, understandRange } from '../lib/range-text.js';
import { describeRange, formatDate, formatDateTime, parseTime, QUICK_RANGES, resolveRange } from '../lib/time.js';

/** @typedef {import('../lib/time.js').TimeRange} TimeRange */

/**
 * @typedef {object} TimeLayerProps
 * @property {TimeRange} range
 * @property {string} zone
 * @property {() => number} now
 * @property {(range: TimeRange) => void} onChange
 * @property {(zone: string) => void} [onZone]
 * @property {() => TimeRange[]} [recent]
 */

/** @param {TimeLayerProps} props */
export function TimeLayer({ range, zone, now, onChange, onZone, recent }) {
  const [recents] = useState(() => (recent?.() ?? []).filter((item) => resolveRange(item, now(), zone) !== null));
  return h('div', { class: 'time-box' },
    h('div', { class: 'quick-ranges' },
      h('div', { class: 'quick-list', role: 'group', 'aria-label': 'Quick ranges' }, QUICK_RANGES.map((item) => h(Quick, { key: item.label, item, range, label: item.label, onChange }))),
      recents.length > 0 ? h('div', { class: 'quick-recent', role: 'group', 'aria-labelledby': 'time-recent' },
        h('h3', { id: 'time-recent', class: 'quick-title' }, 'Recent'),
        recents.map((item) => h(Quick, { key: `${item.from} ${item.to}`, item, range, label: describeRange(item, now(), zone), onChange }))) : null),
    h('div', { class: 'time-forms' },
      h(LineForm, { now, zone, onChange }),
      // Anew in another zone: the fields show its wall clock.
      h(EndsForm, { key: zone, range, now, zone, onChange }),
      onZone ? h(ZoneChooser, { zone, nowMs: now(), onChange: onZone }) : null));
}

/** @param {{item: TimeRange, range: TimeRange, label: string, onChange: (range: TimeRange) => void}} props */
function Quick({ item, range, label, onChange }) {
  return h('button', {
    type: 'button', class: 'quick-range', 'aria-pressed': item.from === range.from && item.to === range.to,
    onClick: () => onChange({ from: item.from, to: item.to }),
  }, label);
}

/** @param {{now: () => number, zone: string, onChange: (range: TimeRange) => void}} props */
function LineForm({ now, zone, onChange }) {
  const [text, setText] = useState('');
  const [isTried, setTried] = useState(false);
  const { range, error } = understandRange(text, now(), zone);
  const isEmpty = text.trim() === '';
  return h('form', {
    class: 'time-line', noValidate: true,
    onSubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      setTried(true);
      if (range) onChange(range);
    },
  },
  h(TextField, {
    label: 'Write a range', name: 'line', value: text, placeholder: 'last 90m, yesterday, 8:00 to 9:30',
    onInput: (value) => { setText(value); setTried(false); },
    help: range ? `Means ${spellOut(range, now(), zone)}` : ' ', error: error !== null && (isTried || !isEmpty) ? error : null,
  }),
  h(Button, { type: 'submit' }, 'Go'));
}

/**
 * What a field's text means, or why it means nothing.
 * @param {string} text
 * @param {number} nowMs
 * @param {string} zone
 * @returns {{help: string, error: string | null}}
 */
function explain(text, nowMs, zone) {
  const tsMs = parseTime(text, nowMs, zone);
  if (tsMs !== null) return { help: formatDateTime(tsMs, zone), error: null };
  return { help: '', error: 'Write now-6h, 10:00, 2026-11-01 08:00 or a timestamp' };
}

/** @param {{range: TimeRange, now: () => number, zone: string, onChange: (range: TimeRange) => void}} props */
function EndsForm({ range, now, zone, onChange }) {
  const [from, setFrom] = useState(() => editable(range.from, now(), zone));
  const [to, setTo] = useState(() => editable(range.to, now(), zone));
  const [end, setEnd] = useState(/** @type {'from' | 'to'} */ ('from'));
  const fromSays = explain(from, now(), zone);
  const toSays = explain(to, now(), zone);
  const both = fromSays.error === null && toSays.error === null ? understandEnds({ from, to }, now(), zone) : null;
  const startMs = parseTime(from, now(), zone);
  const endMs = parseTime(to, now(), zone);
  const today = formatDate(now(), zone);
  /** @param {string} date */
  const pick = (date) => {
    if (end === 'from') {
      setFrom(`${date} 00:00:00`);
      // A start after the end would be refused; the end follows.
      if (endMs === null || formatDate(endMs, zone) < date) setTo(lastMoment(date, today));
      setEnd('to');
      return;
    }
    setTo(lastMoment(date, today));
    if (startMs === null || formatDate(startMs, zone) > date) setFrom(`${date} 00:00:00`);
    setEnd('from');
  };
  return h('form', {
    class: 'time-form', noValidate: true,
    onSubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (both?.range) onChange(both.range);
    },
  },
  h('div', { class: end === 'from' ? 'time-end is-picked' : 'time-end', onFocusIn: () => setEnd('from') },
    h(TextField, { label: 'From', name: 'from', value: from, onInput: setFrom, help: fromSays.help || ' ', error: fromSays.error })),
  h('div', { class: end === 'to' ? 'time-end is-picked' : 'time-end', onFocusIn: () => setEnd('to') },
    h(TextField, { label: 'To', name: 'to', value: to, onInput: setTo, help: toSays.help || ' ', error: toSays.error ?? both?.error ?? null })),
  h(Calendar, {
    label: end === 'from' ? 'Start' : 'End', today, onPick: pick,
    from: startMs === null ? '' : formatDate(startMs, zone), to: endMs === null ? '' : formatDate(endMs, zone),
  }),
  h('div', { class: 'time-apply' }, h(Button, { type: 'submit', kind: 'primary' }, 'Apply')));
}

/**
 * The whole day belongs to the range; today it ends now.
 * @param {string} date
 * @param {string} today
 */
function lastMoment(date, today) {
  return date >= today ? 'now' : `${date} 23:59:59`;
}

/**
 * An ISO instant is shown as the zone's wall clock, which is what people edit.
 * @param {string} text
 * @param {number} nowMs
 * @param {string} zone
 */
function editable(text, nowMs, zone) {
  if (text.startsWith('now')) return text;
  const tsMs = parseTime(text, nowMs, zone);
  return tsMs === null ? text : formatDateTime(tsMs, zone);
}
