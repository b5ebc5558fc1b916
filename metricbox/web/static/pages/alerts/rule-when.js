// When a rule fires, when it is over, and what absence means.
import { h, useState } from '../../ui/html.js';
import { TextField } from '../../ui/field.js';
import { NumberField } from '../../ui/number-field.js';
import { Segmented } from '../../ui/segmented.js';
import { SelectField } from '../../ui/select.js';
import { CONDITIONS } from '../../lib/alerts.js';
import { parseDuration } from '../../lib/durations.js';
import { recoveryNote, RULE_LABELS } from '../../lib/rule-draft.js';
import { unitLabel } from '../../lib/unit-list.js';
import { UnitField } from '../../panels/panel-editor/unit-field.js';

/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */

const CONDITION_OPTIONS = Object.entries(CONDITIONS).map(([value, { sign, words }]) => ({ value, label: `${sign}  ${words}` }));
const NO_DATA = [{ value: 'ok', label: 'OK' }, { value: 'keep', label: 'Keep' }, { value: 'alert', label: 'Alert' }];
/** @type {Record<RuleDraft['noData'], string>} */
const NO_DATA_HELP = { ok: 'Without data it is over.', keep: 'Without data it stays as it is.', alert: 'No data is as bad as a bad value.' };

/**
 * @typedef {object} RuleWhenProps
 * @property {RuleDraft} draft
 * @property {Record<string, string>} errors
 * @property {string | null} unit its own, or that of its metric
 * @property {string | null} usualUnit that of its metric
 * @property {(change: Partial<RuleDraft>) => void} onChange
 */

/** @param {RuleWhenProps} props */
export function RuleWhen({ draft, errors, unit, usualUnit, onChange }) {
  const recovery = recoveryNote(draft);
  // Once: what is cleared in it must not close it.
  const [isOpen] = useState(draft.recoveryThreshold !== null || !isNone(draft.keepFiringFor) || !isNone(draft.evaluationDelay));
  return h('div', { class: 'rule-when' },
    h(SelectField, {
      label: 'Value', name: 'condition', value: draft.condition, options: CONDITION_OPTIONS, onChange: (condition) => onChange({ condition: /** @type {RuleDraft['condition']} */ (condition) }),
      error: errors.condition ?? null,
    }),
    h(NumberField, { label: 'Threshold', value: draft.threshold, unit, isRequired: true, onChange: (threshold) => onChange({ threshold }), error: errors.threshold ?? null }),
    h(UnitField, { value: draft.unit, placeholder: unitLabel(usualUnit) || 'Number', error: errors.unit ?? null, onChange: (chosen) => onChange({ unit: chosen }) }),
    h(DurationField, { label: RULE_LABELS['duration'] ?? '', name: 'duration', value: draft.duration, placeholder: 'at once', error: errors.duration ?? null, onInput: (duration) => onChange({ duration }) }),
    h('div', { class: 'rule-no-data' }, h(Segmented, {
      label: 'No data', value: draft.noData, options: NO_DATA, onChange: (noData) => onChange({ noData: /** @type {RuleDraft['noData']} */ (noData) }), help: NO_DATA_HELP[draft.noData], error: errors.noData ?? null,
    })),
    h('details', { class: 'rule-more', open: isOpen },
      h('summary', null, 'Against flapping and late data'),
      h('div', { class: 'rule-when is-more' },
        h('div', null,
          h(NumberField, { label: 'Recovers at', value: draft.recoveryThreshold, unit, placeholder: 'the threshold', onChange: (recoveryThreshold) => onChange({ recoveryThreshold }), error: errors.recoveryThreshold ?? null }),
          h('p', { class: 'field-help' }, recovery === '' ? 'While it fires, this counts in place of the threshold.' : recovery)),
        h(DurationField, { label: RULE_LABELS['keepFiringFor'] ?? '', name: 'keepFiringFor', value: draft.keepFiringFor, placeholder: '0s', help: 'It must be fine for so long to be over.', error: errors.keepFiringFor ?? null, onInput: (keepFiringFor) => onChange({ keepFiringFor }) }),
        h(DurationField, { label: RULE_LABELS['evaluationDelay'] ?? '', name: 'evaluationDelay', value: draft.evaluationDelay, placeholder: '0s', help: 'Looks at data up to so long ago, for sources that are late.', error: errors.evaluationDelay ?? null, onInput: (evaluationDelay) => onChange({ evaluationDelay }) }))));
}

/** @param {string} text of a duration */
function isNone(text) {
  return text === '' || text === '0s';
}

/** @param {{label: string, name: string, value: string, placeholder: string, help?: string, error: string | null, onInput: (value: string) => void}} props */
export function DurationField({ label, value, error, ...field }) {
  const isBad = value.trim() !== '' && parseDuration(value) === null;
  return h(TextField, { ...field, label, value, error: error ?? (isBad ? `${label} must be a duration, like 30s, 5m or 1h30m` : null) });
}
