// The time controls of a page. Range: quick ranges, and two fields that say what they understood before anything changes.
// Refresh: now, and how often by itself.
import { h, useState } from './html.js';
import { Button, IconButton } from './button.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { Popover } from './popover.js';
import { TextField } from './field.js';
import { describeRange, formatDateTime, parseTime, QUICK_RANGES, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';

/** @typedef {import('../lib/time.js').TimeRange} TimeRange */

/**
 * @typedef {object} TimePickerProps
 * @property {TimeRange} range
 * @property {string} zone
 * @property {() => number} now the server's clock
 * @property {(range: TimeRange) => void} onChange
 * @property {(how: 'back' | 'forward' | 'out') => void} onMove
 */

/** @param {TimePickerProps} props */
export function TimePicker({ range, zone, now, onChange, onMove }) {
  const text = describeRange(range, now(), zone);
  return h('div', { class: 'time-picker', role: 'group', 'aria-label': 'Time range' },
    h(IconButton, { label: 'Shift back by half the range', icon: 'left', onClick: () => onMove('back') }),
    h(Popover, {
      className: 'time-layer',
      label: 'Time range',
      role: 'dialog',
      onOpen: (layer) => {
        const first = layer.querySelector('[aria-pressed="true"], .quick-range');
        if (first instanceof HTMLElement) first.focus();
      },
      button: ({ isOpen, toggle, ref }) => h('button', {
        key: 'button', type: 'button', class: 'button is-plain time-button', ref, onClick: toggle, 'aria-haspopup': 'dialog', 'aria-expanded': isOpen,
        title: `${text}, ${zoneName(zone)}`,
      }, h(Icon, { name: 'clock' }), h('span', { class: 'time-text' }, text), h(Icon, { name: 'down', size: 14 })),
      content: (close) => h(TimeLayer, {
        range, zone, now,
        onChange: (/** @type {TimeRange} */ next) => {
          close();
          onChange(next);
        },
      }),
    }),
    h(IconButton, { label: 'Shift forward by half the range', icon: 'right', onClick: () => onMove('forward') }),
    h(IconButton, { label: 'Zoom out', icon: 'zoomOut', onClick: () => onMove('out') }));
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

/** @param {{range: TimeRange, zone: string, now: () => number, onChange: (range: TimeRange) => void}} props */
function TimeLayer({ range, zone, now, onChange }) {
  const [from, setFrom] = useState(editable(range.from, now(), zone));
  const [to, setTo] = useState(editable(range.to, now(), zone));
  const fromSays = explain(from, now(), zone);
  const toSays = explain(to, now(), zone);
  const isBackward = fromSays.error === null && toSays.error === null && resolveRange({ from, to }, now(), zone) === null;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (fromSays.error !== null || toSays.error !== null || isBackward) return;
    onChange({ from: from.trim(), to: to.trim() });
  };
  return h('div', { class: 'time-box' },
    h('div', { class: 'quick-ranges' }, QUICK_RANGES.map((item) => h('button', {
      key: item.label, type: 'button', class: 'quick-range', 'aria-pressed': item.from === range.from && item.to === range.to,
      onClick: () => onChange({ from: item.from, to: item.to }),
    }, item.label))),
    h('form', { class: 'time-form', onSubmit: submit },
      h(TextField, { label: 'From', name: 'from', value: from, onInput: setFrom, help: fromSays.help, error: fromSays.error }),
      h(TextField, { label: 'To', name: 'to', value: to, onInput: setTo, help: toSays.help, error: toSays.error ?? (isBackward ? 'The end must be after the start' : null) }),
      h(Button, { type: 'submit', kind: 'primary' }, 'Apply'),
      h('p', { class: 'time-zone' }, `Times are ${zoneName(zone)}`)));
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

/** @type {{value: string, label: string}[]} */
const CHOICES = [
  { value: '', label: 'Off' },
  ...['5s', '10s', '30s', '1m', '5m', '15m'].map((value) => ({ value, label: value })),
];

/**
 * @typedef {object} RefreshPickerProps
 * @property {string} value "" is off
 * @property {boolean} isPaused a fixed range does not refresh
 * @property {boolean} isBusy
 * @property {() => void} onRefresh
 * @property {(value: string) => void} onChange
 */

/** @param {RefreshPickerProps} props */
export function RefreshPicker({ value, isPaused, isBusy, onRefresh, onChange }) {
  const choices = CHOICES.some((choice) => choice.value === value) ? CHOICES : [...CHOICES, { value, label: value }];
  const shown = isPaused ? 'paused' : value === '' ? 'off' : value;
  return h('div', { class: isBusy ? 'refresh-picker is-busy' : 'refresh-picker', role: 'group', 'aria-label': 'Refresh' },
    h(IconButton, { label: 'Refresh now', icon: 'refresh', onClick: onRefresh }),
    h(Menu, {
      label: isPaused ? 'Refresh interval (paused, the range is fixed)' : `Refresh interval, ${shown}`,
      buttonClass: 'button is-plain refresh-button',
      items: choices.map((choice) => ({ label: choice.label, isChecked: choice.value === value, onSelect: () => onChange(choice.value) })),
      children: [h('span', { class: 'refresh-text' }, shown), h(Icon, { name: 'down', size: 14 })],
    }));
}
