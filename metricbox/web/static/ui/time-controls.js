// The time controls of a page, as they stand in its header. Range: what is shown, shift, zoom out, back to now. Refresh: now,
// and how often by itself. The layer in which a range is picked comes with the first click (time-layer.js).
import { h, useState } from './html.js';
import { Button, IconButton } from './button.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';
import { Popover } from './popover.js';
import { loadStyle } from './style-sheet.js';
import { describeRange, isRelative } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';

/** @typedef {import('../lib/time.js').TimeRange} TimeRange */
/** @typedef {typeof import('./time-layer.js').TimeLayer} TimeLayer */

/**
 * @typedef {object} TimePickerProps
 * @property {TimeRange} range
 * @property {string} zone
 * @property {() => number} now the server's clock
 * @property {(range: TimeRange) => void} onChange
 * @property {(how: 'back' | 'forward' | 'out') => void} onMove
 * @property {() => void} [onNow] back to a range that moves with the clock
 * @property {(zone: string) => void} [onZone]
 * @property {() => TimeRange[]} [recent]
 */

/** @returns {Promise<TimeLayer>} */
async function loadLayer() {
  const [module] = await Promise.all([import('./time-layer.js'), loadStyle('/static/styles/time.css')]);
  return module.TimeLayer;
}

/** @param {TimePickerProps} props */
export function TimePicker(props) {
  const { range, zone, now, onChange, onMove, onNow } = props;
  const [loaded, setLoaded] = useState(/** @type {{Layer: TimeLayer} | null} */ (null));
  const text = describeRange(range, now(), zone);
  /** @param {() => void} toggle */
  const open = async (toggle) => {
    if (!loaded) setLoaded({ Layer: await loadLayer() });
    toggle();
  };
  const preload = () => { loadLayer().catch(() => undefined); };
  return h('div', { class: 'time-picker', role: 'group', 'aria-label': 'Time range' },
    h(IconButton, { label: 'Shift back by half the range', icon: 'left', onClick: () => onMove('back'), aria: { 'aria-keyshortcuts': '[' } }),
    h(Popover, {
      className: 'time-layer',
      label: 'Time range',
      role: 'dialog',
      onOpen: (layer) => {
        const first = layer.querySelector('.quick-range[aria-pressed="true"], .quick-range');
        if (first instanceof HTMLElement) first.focus();
      },
      button: ({ isOpen, toggle, ref }) => h('button', {
        key: 'button', type: 'button', class: 'button is-plain time-button', ref, onClick: () => open(toggle), onPointerEnter: preload, onFocus: preload,
        'aria-haspopup': 'dialog', 'aria-expanded': isOpen, title: `${text}, ${zoneName(zone)}`,
      }, h(Icon, { name: 'clock' }), h('span', { class: 'time-text' }, text),
      zone === '' ? null : h('span', { class: 'time-zone-mark' }, zoneMark(zone)), h(Icon, { name: 'down', size: 14 })),
      content: (close) => (loaded ? h(loaded.Layer, {
        ...props,
        onChange: (/** @type {TimeRange} */ next) => {
          close();
          onChange(next);
        },
      }) : null),
    }),
    h(IconButton, { label: 'Shift forward by half the range', icon: 'right', onClick: () => onMove('forward'), aria: { 'aria-keyshortcuts': ']' } }),
    h(IconButton, { label: 'Zoom out', icon: 'zoomOut', onClick: () => onMove('out'), aria: { 'aria-keyshortcuts': '-' } }),
    onNow && !isRelative(range) ? h(Button, { kind: 'quiet', onClick: onNow, title: 'Back to now', aria: { 'aria-label': 'Back to now' } }, 'Now') : null);
}

/**
 * The city is enough beside a range: "Tokyo" of Asia/Tokyo.
 * @param {string} zone
 */
function zoneMark(zone) {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** @type {{value: string, label: string}[]} */
const CHOICES = [
  { value: '', label: 'Off' },
  ...['5s', '10s', '30s', '1m', '5m', '15m'].map((value) => ({ value, label: value })),
  { value: 'auto', label: 'Auto' },
];

/**
 * @typedef {object} RefreshPickerProps
 * @property {string} value "" is off
 * @property {boolean} isPaused a fixed range does not refresh, nor does one that somebody has stopped
 * @property {boolean} isBusy
 * @property {() => void} onRefresh
 * @property {(value: string) => void} onChange
 * @property {string} [why] it is paused
 */

/** @param {RefreshPickerProps} props */
export function RefreshPicker({ value, isPaused, isBusy, onRefresh, onChange, why = 'the range is fixed' }) {
  const choices = CHOICES.some((choice) => choice.value === value) ? CHOICES : [...CHOICES, { value, label: value }];
  const shown = isPaused ? 'paused' : value === '' ? 'off' : value;
  return h('div', { class: isBusy ? 'refresh-picker is-busy' : 'refresh-picker', role: 'group', 'aria-label': 'Refresh' },
    h(IconButton, { label: 'Refresh now', icon: 'refresh', onClick: onRefresh, aria: { 'aria-keyshortcuts': 'R' } }),
    h(Menu, {
      label: isPaused ? `Refresh interval (paused, ${why})` : `Refresh interval, ${shown}`,
      buttonClass: 'button is-plain refresh-button',
      items: choices.map((choice) => ({ label: choice.label, isChecked: choice.value === value, onSelect: () => onChange(choice.value) })),
      children: [h('span', { class: 'refresh-text' }, shown), h(Icon, { name: 'down', size: 14 })],
    }));
}
