// On or off, at once.
import { h } from './html.js';

/**
 * @typedef {object} SwitchProps
 * @property {string} label spoken; the place says it to the eye
 * @property {boolean} isOn
 * @property {(isOn: boolean) => void} onChange
 */

/** @param {SwitchProps} props */
export function Switch({ label, isOn, onChange }) {
  return h('button', { type: 'button', role: 'switch', class: 'switch', 'aria-checked': isOn, 'aria-label': label, title: label, onClick: () => onChange(!isOn) },
    h('span', { class: 'switch-track', 'aria-hidden': 'true' }, h('span', { class: 'switch-knob' })),
    // The words say what the place of the knob says.
    h('span', { class: 'switch-text', 'aria-hidden': 'true' }, isOn ? 'On' : 'Off'));
}
