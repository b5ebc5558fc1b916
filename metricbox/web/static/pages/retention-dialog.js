// How long a table is kept: a field with usual lengths, what the change would delete, and then the change.
import { Fragment, h, useEffect, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { ApiError, isAbort, messageOf } from '../api/client.js';
import { changeRetention, previewRetention } from '../api/storage.js';
import { durationInWords, parseDuration } from '../lib/durations.js';
import { formatValue } from '../lib/format.js';
import { expectedBytes, retentionChoices, retentionSentence, tableLabel } from '../lib/storage.js';
import { formatDateTime } from '../lib/time.js';
import { showToast } from '../state/notices.js';
import { preferredZone } from '../state/preferences.js';
import { useForm } from './use-form.js';
import { useSettled } from './use-paged-list.js';

/** @typedef {import('../../types/app').TierPreview} TierPreview */
/** @typedef {import('../../types/app').TierStatus} TierStatus */
/** @typedef {{text: string, preview: TierPreview | null, fault: string}} Answer of the length that was asked about */

/**
 * @typedef {object} RetentionDialogProps
 * @property {TierStatus} tier
 * @property {() => void} onClose
 * @property {() => void} onDone
 */

const LABEL = 'Keep for';

/** The sentence of a failure; the server's is of the field, whether it names it or not. @param {unknown} error */
function faultOf(error) {
  return retentionSentence(error instanceof ApiError ? error.details[0]?.message ?? error.message : messageOf(error));
}

/**
 * What the server says of a length, once it stands for a moment; null until then.
 * @param {string} table
 * @param {string} text
 * @returns {Answer | null}
 */
function usePreview(table, text) {
  const settled = useSettled(text);
  const [answer, setAnswer] = useState(/** @type {Answer | null} */ (null));
  useEffect(() => {
    if (parseDuration(settled) === null) {
      setAnswer({ text: settled, preview: null, fault: `${LABEL} must be a duration, like 7d or 36h` });
      return undefined;
    }
    const abort = new AbortController();
    previewRetention({ [table]: settled }, abort.signal).then((previews) => {
      setAnswer({ text: settled, preview: /** @type {Record<string, TierPreview>} */ (/** @type {unknown} */ (previews))[table] ?? null, fault: '' });
    }).catch((error) => {
      if (!isAbort(error)) setAnswer({ text: settled, preview: null, fault: faultOf(error) });
    });
    return () => abort.abort();
  }, [table, settled]);
  return answer?.text === text ? answer : null;
}

/** @param {RetentionDialogProps} props */
export function RetentionDialog({ tier, onClose, onDone }) {
  const [value, setValue] = useState(tier.retention);
  const text = value.trim();
  const ms = parseDuration(text);
  const isSame = ms !== null && ms === parseDuration(tier.retention);
  const answer = usePreview(tier.table, text);
  const { errors, isBusy, form } = useForm({
    model: 'RetentionChange',
    labels: { [tier.table]: LABEL },
    read: () => ({ [tier.table]: text }),
    explain: (error) => (error instanceof ApiError ? { [tier.table]: faultOf(error) } : null),
    send: async (change) => {
      await changeRetention(change);
      showToast(`${tier.table} is kept for ${durationInWords(ms ?? 0)}`);
      onDone();
    },
  });
  const deletes = (answer?.preview?.samples ?? 0) > 0;
  const fault = answer?.fault || errors[tier.table] || null;
  return h(Dialog, { title: `How long ${tier.table} is kept`, onClose },
    h('form', form,
      errors.form ? h('div', { class: 'form-error', role: 'alert' }, errors.form) : null,
      h('p', { class: 'dialog-text' }, `${tableLabel(tier.table)}. Kept for ${durationInWords(parseDuration(tier.retention) ?? 0)} now.`),
      h(TextField, { label: LABEL, name: 'retention', value, onInput: setValue, error: fault, help: 'A duration, like 7d or 36h', hasFocus: true, isRequired: true }),
      h('div', { class: 'filter-group retention-choices', role: 'group', 'aria-label': 'Usual lengths' }, retentionChoices(tier).map((choice) => h('button', {
        key: choice.value, type: 'button', class: 'filter', 'aria-pressed': parseDuration(choice.value) === ms, onClick: () => setValue(choice.value),
      }, choice.label))),
      h('div', { class: 'retention-preview', role: 'status', 'aria-busy': answer === null ? true : undefined },
        isSame ? h('p', null, 'This is how long it is kept now.') : answer?.preview ? h(Preview, { tier, preview: answer.preview, ms: ms ?? 0 }) : null),
      h('div', { class: 'form-actions' },
        h(Button, { onClick: onClose }, 'Cancel'),
        // What it deletes must have been seen.
        h(Button, { type: 'submit', kind: deletes ? 'danger' : 'primary', isBusy, isDisabled: isSame || !answer?.preview }, deletes ? 'Apply and delete' : 'Apply'))));
}

/** @param {{tier: TierStatus, preview: TierPreview, ms: number}} props */
function Preview({ tier, preview, ms }) {
  const expected = expectedBytes(tier, ms);
  const deletes = preview.samples > 0;
  return h(Fragment, null,
    h('p', { class: deletes ? 'is-over' : '' }, deletes ? 'Within ten minutes this is deleted, and does not come back:' : 'Nothing is deleted.'),
    h('dl', { class: 'facts' },
      deletes ? h(Fact, { name: 'Space freed' }, formatValue(preview.bytes, 'bytes')) : null,
      deletes ? h(Fact, { name: tier.table === 'metrics_raw' ? 'Samples' : 'Rows' }, preview.samples.toLocaleString()) : null,
      h(Fact, { name: 'Oldest that stays' }, preview.oldest ? h('time', { dateTime: preview.oldest }, formatDateTime(Date.parse(preview.oldest), preferredZone.value)) : 'nothing'),
      expected === null ? null : h(Fact, { name: `Space for ${durationInWords(ms)}` }, `about ${formatValue(expected, 'bytes')}`)));
}

/** @param {{name: string, children?: import('../ui/html.js').Children}} props */
function Fact({ name, children }) {
  return h('div', { class: 'fact' }, h('dt', null, name), h('dd', null, children));
}
