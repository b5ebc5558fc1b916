// Refresh now, and how often by itself.
import { h } from './html.js';
import { Icon } from './icon.js';
import { IconButton } from './button.js';
import { Menu } from './menu.js';

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
