// What a rule would have done: its chart with the line to drag, the times of firing, the count, and how each series stands now.
import { Fragment, h, useEffect, useMemo, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { describeRehearsal, joinSpans } from '../../lib/rehearsal.js';
import { visibleText } from '../../lib/labels.js';
import { RuleChart } from '../../panels/rule-editor/rule-chart.js';
import { nowMs, speak } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';
import { REACHES } from '../../state/rule-data.js';
import { palette } from '../../state/theme.js';
import { RuleSeries, seriesNow } from './rule-series.js';

/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {import('../../state/rule-data.js').RuleData} RuleData */
/** @typedef {import('../../state/rule-data.js').Reach} Reach */

/**
 * @typedef {object} RuleTrialProps
 * @property {RuleDraft} draft
 * @property {RuleData} data
 * @property {string | null} unit
 * @property {boolean} isSaved the draft is what is evaluated
 * @property {(threshold: number) => void} onThreshold
 */

/** @param {RuleTrialProps} props */
export function RuleTrial(props) {
  const { draft, data, unit, isSaved } = props;
  if (draft.query.trim() === '') return h('p', { class: 'rule-hint' }, 'With a query, its last days are shown here, and when the rule would have fired.');
  const rows = seriesNow({ draft, round: data.round.value, evaluation: data.evaluation.value, isSaved });
  return h('div', { class: 'rule-trial' },
    h(Picture, props),
    h(Verdict, { data }),
    rows !== null && rows.length === 0 ? h('p', { class: 'rule-warning', role: 'status' }, h(Icon, { name: 'warning' }), h('span', null, h('strong', null, 'This matches nothing now.'), ' The rule would watch for series that are not there.')) : null,
    rows !== null && rows.length > 0 ? h(RuleSeries, { rows, total: data.evaluation.value?.seriesTotal ?? rows.length, unit }) : null);
}

/** @param {RuleTrialProps} props */
function Picture({ draft, data, unit, onThreshold }) {
  const colors = palette.value;
  const zone = preferredZone.value;
  const context = useMemo(() => (colors ? { palette: colors, zone, onSpeak: speak } : null), [colors, zone]);
  const round = data.round.value;
  const rehearsal = data.rehearsal.value;
  // The picture of another query would be taken for this one's.
  const isOwn = round !== null && round.query === draft.query.trim();
  const answer = round?.answer ?? null;
  const spells = rehearsal?.isExact || isOwn ? rehearsal?.spells ?? NONE : NONE;
  const spans = useMemo(() => joinSpans(spells, round?.span.endMs ?? 0), [spells, round]);
  const fault = data.fault.value;
  if (fault !== '' && answer === null) return h('div', { class: 'rule-picture is-empty' }, h('p', null, fault), h(Button, { icon: 'refresh', onClick: () => data.run() }, 'Retry'));
  if (!context || answer === null || round === null) return h('div', { class: 'rule-picture', 'aria-busy': 'true' });
  if (!('frame' in answer)) return h('div', { class: 'rule-picture is-empty' }, h('p', null, isOwn ? 'The query above has a fault.' : 'Asking…'));
  if (answer.frame.series.length === 0) return h('div', { class: 'rule-picture is-empty' }, h('p', null, `No data in the last ${REACHES[round.reach].words}.`));
  return h('div', { class: isOwn ? 'rule-picture' : 'rule-picture is-old' }, h(RuleChart, {
    label: visibleText(draft.name) || 'The rule', frame: answer.frame, slots: data.slots, span: round.span, unit, table: answer.meta.table, threshold: draft.threshold,
    recoveryThreshold: draft.recoveryThreshold, severity: draft.severity, spans, context,
    onThreshold: (value, isOver) => {
      data.isDragging.value = !isOver;
      onThreshold(value);
    },
  }), answer.meta.truncated ? h('p', { class: 'rule-note' }, `${answer.frame.series.length} of ${answer.meta.seriesTotal.toLocaleString()} series are drawn; the rule watches all of them.`) : null);
}

/** @type {import('../../lib/rehearsal.js').NamedSpell[]} */
const NONE = [];
const REACH_ITEMS = /** @type {Reach[]} */ (['24h', '7d', '30d']);

/** @param {{data: RuleData}} props */
function Verdict({ data }) {
  const reach = data.reach.value;
  const rehearsal = data.rehearsal.value;
  const key = data.key.value;
  const fault = data.previewFault.value;
  const isFailed = fault !== null && fault.key === key;
  const isDragging = data.isDragging.value;
  return h(Fragment, null,
    h('div', { class: 'rule-verdict' },
      h('p', { class: rehearsal?.isExact ? 'rule-count is-exact' : 'rule-count', 'aria-live': rehearsal?.isExact ? 'polite' : 'off', 'aria-busy': !isFailed && key !== '' && !rehearsal?.isExact },
        rehearsal ? describeRehearsal(rehearsal, { words: REACHES[reach].words, endMs: data.preview.peek()?.endMs ?? nowMs.peek() })
          : key === '' ? 'Once the fields above are right, it is tried on the past.' : isFailed ? '' : `Trying it on the last ${REACHES[reach].words}…`),
      h('div', { class: 'filter-group', role: 'group', 'aria-label': 'Tried on the last' }, REACH_ITEMS.map((value) => h('button', {
        key: value, type: 'button', class: 'filter', 'aria-pressed': value === reach, title: REACHES[value].words, onClick: () => data.setReach(value),
      }, value)))),
    isFailed ? h('p', { class: 'field-error', role: 'alert' }, `It could not be tried on the past: ${fault.message}`) : null,
    rehearsal && !rehearsal.isExact && !isDragging && !isFailed ? h(Exactly, {}) : null,
    (rehearsal?.notes ?? []).map((note) => h('p', { key: note, class: 'rule-note' }, h(Icon, { name: 'info', size: 14 }), sentence(note))));
}

/** The exact count is on its way; said only when it takes long enough to be missed. */
function Exactly() {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return isLate ? h('p', { class: 'rule-note' }, h(Icon, { name: 'clock', size: 14 }), 'Counted from the chart; the exact count follows.') : null;
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
