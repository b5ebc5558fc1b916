// A few options side by side, one of them chosen: radio buttons drawn as one bar, so arrows walk and a screen reader counts them.
import { h, useId } from './html.js';

/** @typedef {{value: string, label: string, drawing?: string, swatch?: string}} Segment drawing: path of an icon; swatch: a class, and the label is only spoken */

/**
 * @typedef {object} SegmentedProps
 * @property {string} label
 * @property {string} value
 * @property {readonly Segment[]} options
 * @property {(value: string) => void} onChange
 * @property {string} [help]
 * @property {string | null} [error]
 */

/** @param {SegmentedProps} props */
export function Segmented({ label, value, options, onChange, help, error }) {
  const id = useId();
  return h('fieldset', { class: error ? 'segmented-field is-invalid' : 'segmented-field', 'aria-describedby': error ? `${id}-error` : help ? `${id}-help` : undefined },
    h('legend', { class: 'field-label' }, label),
    h('div', { class: 'segmented' }, options.map((option) => h('label', { key: option.value, class: option.swatch ? 'segment is-swatch' : 'segment', title: option.swatch ? option.label : undefined },
      h('input', {
        class: 'segment-input', type: 'radio', name: id, value: option.value, checked: option.value === value, 'aria-invalid': error ? true : undefined,
        onChange: () => onChange(option.value),
      }),
      option.drawing ? h(Drawing, { path: option.drawing }) : null,
      option.swatch ? h('span', { class: `segment-swatch ${option.swatch}`, 'aria-hidden': 'true' }) : null,
      h('span', { class: option.swatch ? 'only-spoken' : 'segment-label' }, option.label)))),
    help ? h('p', { id: `${id}-help`, class: 'field-help' }, help) : null,
    error ? h('p', { id: `${id}-error`, class: 'field-error' }, error) : null);
}

/** As ui/icon.js draws; these few are drawn nowhere else, so their paths come with those who use them. @param {{path: string}} props */
function Drawing({ path }) {
  return h('svg', {
    class: 'icon', width: 16, height: 16, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75, 'stroke-linecap': 'round', 'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  }, h('path', { d: path }));
}
