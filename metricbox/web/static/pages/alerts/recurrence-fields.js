// When a recurring silence mutes: days on which it begins, from and to, by the clocks of a zone.
import { h, useId } from '../../ui/html.js';
import { Field } from '../../ui/field.js';
import { ZoneChooser } from '../../ui/zone-chooser.js';
import { serverNowMs } from '../../api/client.js';
import { describeRecurrence, WEEKDAYS } from '../../lib/silences.js';
import { zoneName } from '../../lib/zone.js';

/** @typedef {import('../../lib/silence-form.js').SilenceForm} SilenceForm */

/** @param {{values: SilenceForm, onChange: (part: Partial<SilenceForm>) => void, error: string | null}} props */
export function RecurrenceFields({ values, onChange, error }) {
  const id = useId();
  const { weekdays, from, to, timezone } = values;
  const isWhole = from !== '' && to !== '' && weekdays.length > 0;
  const toggle = (/** @type {SilenceForm['weekdays'][number]} */ day) => onChange({
    weekdays: WEEKDAYS.map((one) => one.value).filter((one) => (one === day ? !weekdays.includes(one) : weekdays.includes(one))),
  });
  return h('fieldset', { class: 'recurrence', tabIndex: -1, 'aria-invalid': error ? true : undefined, 'aria-describedby': error ? `${id}-error` : `${id}-help` },
    h('legend', { class: 'field-label' }, 'Begins on'),
    h('div', { class: 'weekdays' }, WEEKDAYS.map((day) => h('label', { key: day.value, class: 'weekday' },
      h('input', { type: 'checkbox', checked: weekdays.includes(day.value), 'aria-label': day.long, onChange: () => toggle(day.value) }), h('span', null, day.label)))),
    h('div', { class: 'recurrence-times' },
      h(Clock, { label: 'From', name: 'from', value: from, onInput: (value) => onChange({ from: value }) }),
      h(Clock, { label: to !== '' && to <= from ? 'To, on the next day' : 'To', name: 'to', value: to, onInput: (value) => onChange({ to: value }) })),
    h(ZoneChooser, { zone: timezone, nowMs: serverNowMs(), onChange: (zone) => onChange({ timezone: zone }) }),
    h('p', { id: `${id}-help`, class: 'field-help', role: 'status' }, isWhole ? `Mutes ${describeRecurrence({ weekdays, from, to, timezone: zoneName(timezone) })}` : ' '),
    error ? h('p', { id: `${id}-error`, class: 'field-error' }, error) : null);
}

/** @param {{label: string, name: string, value: string, onInput: (value: string) => void}} props */
function Clock({ label, name, value, onInput }) {
  return h(Field, {
    label,
    children: ({ id, describedBy }) => h('input', {
      id, name, class: 'input', type: 'time', value, 'aria-describedby': describedBy,
      // With seconds where a browser has them.
      onInput: (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.currentTarget).value.slice(0, 5)),
    }),
  });
}
