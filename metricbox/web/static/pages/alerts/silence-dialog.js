// The form of a silence: what it mutes, when, and why.
import { h, useEffect, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, TextField } from '../../ui/field.js';
import { Segmented } from '../../ui/segmented.js';
import { SelectField } from '../../ui/select.js';
import { serverNowMs } from '../../api/client.js';
import { createSilence, updateSilence } from '../../api/silences.js';
import { visibleText } from '../../lib/labels.js';
import { describePeriod } from '../../lib/silences.js';
import { checkForm, emptyForm, formOf, readForm } from '../../lib/silence-form.js';
import { zoneName } from '../../lib/zone.js';
import { showToast } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';
import { useForm } from '../use-form.js';
import { MatcherFields } from './matcher-fields.js';
import { RecurrenceFields } from './recurrence-fields.js';

/** @typedef {import('../../../types/app').Silence} Silence */
/** @typedef {import('../../../types/app').SilenceMatcher} Matcher */
/** @typedef {import('../../lib/silence-form.js').SilenceForm} SilenceForm */

/**
 * @typedef {object} SilenceDialogProps
 * @property {'new' | 'edit' | 'again'} kind
 * @property {Silence | null} silence that is edited, or made anew
 * @property {readonly Matcher[]} [matchers] that a new one begins with
 * @property {() => void} onClose
 * @property {(silence: Silence) => void} [onSaved]
 */

const LABELS = { matchers: 'Conditions', startsAt: 'Start', endsAt: 'End', recurrence: 'Repeat', reason: 'Reason' };

const LENGTHS = [
  ['30m', '30 minutes'], ['1h', '1 hour'], ['2h', '2 hours'], ['4h', '4 hours'], ['8h', '8 hours'], ['1d', '1 day'], ['7d', '1 week'], ['until', 'Until a moment…'], ['open', 'Until somebody ends it'],
].map(([value = '', label = '']) => ({ value, label }));

const REPEATS = [{ value: 'once', label: 'Once' }, { value: 'weekly', label: 'On days of the week' }];

/** @param {SilenceDialogProps} props @param {string} zone @returns {SilenceForm} */
function firstForm({ kind, silence, matchers }, zone) {
  if (!silence) return emptyForm(matchers, zone);
  const form = formOf(silence, zone);
  return kind === 'again' ? { ...form, start: '', lasts: form.repeat === 'weekly' ? 'open' : '2h', end: '' } : form;
}

/** @param {SilenceDialogProps} props */
export function SilenceDialog(props) {
  const { kind, silence, onClose, onSaved } = props;
  const zone = preferredZone.value;
  const first = useMemo(() => firstForm(props, zone), []);
  const [values, setValues] = useState(first);
  const set = (/** @type {Partial<SilenceForm>} */ part) => setValues((current) => ({ ...current, ...part }));
  const isNew = kind !== 'edit' || silence === null;
  const { errors, isBusy, form } = useForm({
    model: isNew ? 'SilenceCreate' : 'SilenceUpdate',
    labels: LABELS,
    read: () => {
      const { startsAt, ...rest } = readForm(values, serverNowMs(), zone);
      // Absent is now in a new one; in an old one it is what it was, with its seconds.
      return { ...rest, ...(values.start === first.start && !isNew ? {} : { startsAt: startsAt ?? 'now' }) };
    },
    check: () => {
      const nowMs = serverNowMs();
      return checkForm(values, readForm(values, nowMs, zone), nowMs, isNew);
    },
    send: async (request) => {
      const saved = isNew || !silence ? await createSilence(request) : await updateSilence(silence.id, request);
      showToast(savedText(saved, zone));
      onSaved?.(saved);
      onClose();
    },
  });
  return h(Dialog, { title: isNew ? 'New silence' : 'Edit silence', onClose, isWide: true },
    h('form', { ...form, class: 'form silence-form' },
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h(MatcherFields, { matchers: values.matchers, onChange: (matchers) => set({ matchers }), error: errors.matchers ?? null }),
      h(Times, { values, set, errors, zone }),
      h(Segmented, { label: 'It mutes', value: values.repeat, options: REPEATS, onChange: (repeat) => set({ repeat: /** @type {SilenceForm['repeat']} */ (repeat), ...(repeat === 'weekly' && isNew ? { lasts: 'open' } : {}) }) }),
      values.repeat === 'weekly' ? h(RecurrenceFields, { values, onChange: set, error: errors.recurrence ?? null }) : null,
      h(TextField, { label: 'Reason', name: 'reason', value: values.reason, onInput: (reason) => set({ reason }), error: errors.reason ?? null, isRequired: true, maxLength: 1000, placeholder: 'Disk of db1 is replaced' }),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        h(Button, { type: 'submit', kind: 'primary', isBusy }, isNew ? 'Silence' : 'Save'))));
}

/** @param {Silence} saved @param {string} zone */
function savedText(saved, zone) {
  const name = visibleText(saved.reason);
  return saved.recurrence ? `Silenced at its times: "${name}"` : `Silenced ${describePeriod(saved, serverNowMs(), zone)}: "${name}"`;
}

/** @param {{values: SilenceForm, set: (part: Partial<SilenceForm>) => void, errors: Record<string, string>, zone: string}} props */
function Times({ values, set, errors, zone }) {
  const [isNow, setNow] = useState(values.start === '');
  useEffect(() => { if (values.start !== '') setNow(false); }, [values.start]);
  return h('div', { class: 'silence-times' },
    h(SelectField, {
      label: 'Start', name: 'begins', value: isNow ? 'now' : 'at', options: [{ value: 'now', label: 'Now' }, { value: 'at', label: 'At a moment…' }],
      onChange: (value) => {
        setNow(value === 'now');
        if (value === 'now') set({ start: '' });
      },
      error: isNow ? errors.startsAt ?? null : null,
    }),
    isNow ? null : h(Moment, { label: `Start, ${zoneName(zone)}`, name: 'start', value: values.start, onInput: (start) => set({ start }), error: errors.startsAt ?? null }),
    h(SelectField, { label: values.repeat === 'weekly' ? 'It is in force for' : 'Lasts', name: 'lasts', value: values.lasts, options: LENGTHS, onChange: (lasts) => set({ lasts }), error: values.lasts === 'until' ? null : errors.endsAt ?? null }),
    values.lasts === 'until' ? h(Moment, { label: `End, ${zoneName(zone)}`, name: 'end', value: values.end, onInput: (end) => set({ end }), error: errors.endsAt ?? null }) : null);
}

/** A day and a time by the browser's own picker. @param {{label: string, name: string, value: string, onInput: (value: string) => void, error: string | null}} props */
function Moment({ label, name, value, onInput, error }) {
  return h(Field, {
    label, error,
    children: ({ id, describedBy, isInvalid }) => h('input', {
      id, name, class: 'input', type: 'datetime-local', value, 'aria-describedby': describedBy, 'aria-invalid': isInvalid || undefined,
      onInput: (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.currentTarget).value),
    }),
  });
}
