// One query: its letter, what it asks by the builder or as PromQL, its legend, what came of it.
import { h, useEffect, useMemo, useRef, useState } from '../../ui/html.js';
import { Button, IconButton } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { Menu } from '../../ui/menu.js';
import { distinctTags } from '../../lib/labels.js';
import { formatModel, isExpression } from '../../lib/promql-builder.js';
import { explainFault } from '../../lib/promql-faults.js';
import { isAmbiguous } from '../../lib/promql-parse.js';
import { isPlain, lacksRate, readQuery, withoutUsualWindow, withRate, writeQuery } from '../../lib/query-model.js';
import { LegendField } from './legend-field.js';
import { Colours, PromqlField } from './promql-field.js';
import { QueryBuilder } from './query-builder.js';
import { useDefinition } from './use-definition.js';

/** @typedef {import('../../../types/app').PanelQuery} PanelQuery */
/** @typedef {import('../../lib/promql-builder.js').Model} Model */
/** @typedef {import('./query-editor.js').QueryAnswer} QueryAnswer */

/**
 * @typedef {object} QueryRowProps
 * @property {string} letter
 * @property {PanelQuery} query
 * @property {QueryAnswer} answer
 * @property {string[]} variableNames
 * @property {string} usualWindow
 * @property {boolean} hasLegend
 * @property {boolean} canHide
 * @property {(query: PanelQuery, how: 'typed' | 'chosen' | 'drawn') => void} onChange drawn: nothing else is asked
 * @property {() => void} onRun
 * @property {import('../../ui/menu.js').MenuItem[]} actions
 */

/** @param {QueryRowProps} props */
export function QueryRow({ letter, query, answer, variableNames, usualWindow, hasLegend, canHide, onChange, onRun, actions }) {
  const text = query.query;
  const ambiguous = isAmbiguous(text) ? text.trim() : '';
  const dashed = useDefinition(ambiguous);
  const isMetric = (/** @type {string} */ name) => dashed?.name === name;
  const read = useMemo(() => readQuery(query, isMetric), [query, dashed]);
  const { model, change } = useModel(query, read, usualWindow, (next) => onChange(next, 'chosen'));
  const metric = useDefinition(model?.metric ?? '');
  // Until somebody chooses, what can be built is shown so; who types has chosen.
  const [mode, setMode] = useState(/** @type {'builder' | 'text' | null} */ (null));
  const isBuilder = mode === null ? model !== null : mode === 'builder';
  const type = useTyping(query, (next) => {
    setMode(mode ?? 'text');
    onChange(next, 'typed');
  }, isMetric);
  const fault = useMemo(() => (answer && 'error' in answer ? explainFault(answer.error, text) : null), [answer, text]);
  const isBuilt = isBuilder && model !== null;
  const label = `Query ${letter}`;
  return h('div', { class: query.isHidden ? 'query-row is-off' : 'query-row', role: 'group', 'aria-label': label },
    h('div', { class: 'query-head' },
      h('span', { class: 'query-letter', 'aria-hidden': 'true' }, letter),
      canHide ? h(IconButton, {
        label: query.isHidden ? `Show ${label.toLowerCase()}` : `Hide ${label.toLowerCase()}`, icon: query.isHidden ? 'eyeOff' : 'eye', onClick: () => onChange(withHidden(query), 'chosen'),
      }) : null,
      h('div', { class: 'query-modes', role: 'group', 'aria-label': `How ${label.toLowerCase()} is written` },
        h('button', { type: 'button', class: 'query-mode', 'aria-pressed': isBuilder, onClick: () => setMode('builder') }, 'Builder'),
        h('button', { type: 'button', class: 'query-mode', 'aria-pressed': !isBuilder, onClick: () => setMode('text') }, 'PromQL')),
      h('span', { class: 'query-result' }, query.isHidden ? 'hidden' : resultOf(answer)),
      h(Menu, { label: `More for ${label.toLowerCase()}`, items: actions, children: h(Icon, { name: 'more' }) })),
    isBuilder && !isBuilt ? h('p', { class: 'query-note' }, h(Icon, { name: 'info' }), 'This query is richer than the builder') : null,
    isBuilt ? h(QueryBuilder, { model, metric, variableNames, usualWindow, onChange: change })
      : h(PromqlField, { label, value: text, fault, variableNames, onInput: type, onRun }),
    !isBuilt && model && !isExpression(model) ? h(Beside, { query }) : null,
    model && lacksRate(model, metric) ? h('p', { class: 'query-note', role: 'status' }, h(Icon, { name: 'info' }), 'A counter only ever rises.',
      h(Button, { kind: 'plain', onClick: () => change(withRate(model)) }, 'Draw its rate')) : null,
    !hasLegend ? null : h(LegendField, { letter, value: query.legend ?? '', tags: tagsOf(answer).filter((tag) => !(query.legend ?? '').includes(`{{${tag}}}`)), onChange: (legend) => onChange({ ...query, legend: legend === '' ? null : legend }, 'drawn') }),
    isBuilt ? h(Written, { query, model, usualWindow, fault }) : null);
}

/**
 * What the builder shows: the query, and what was chosen but is no part of it yet, such as a filter without a value.
 * @param {PanelQuery} query
 * @param {Model | null} read
 * @param {string} usualWindow
 * @param {(query: PanelQuery) => void} onChange
 */
function useModel(query, read, usualWindow, onChange) {
  const own = useRef(/** @type {{model: Model, asked: string} | null} */ (null));
  const [, redraw] = useState(0);
  const asked = askedOf(query);
  const model = own.current?.asked === asked ? own.current.model : read;
  /** @param {Model} wish */
  const change = (wish) => {
    const isSmaller = model !== null && (wish.functions.length < model.functions.length || (model.group !== null && wish.group === null));
    const next = isSmaller ? withoutUsualWindow(wish, usualWindow) : wish;
    const written = writeQuery(query, next, usualWindow);
    own.current = { model: next, asked: askedOf(written) };
    if (askedOf(written) === asked) redraw((turn) => turn + 1);
    else onChange(written);
  };
  return { model, change };
}

/** @param {PanelQuery} query */
function askedOf({ query, aggregation, tags, groupBy }) {
  return JSON.stringify([query, aggregation ?? null, tags ?? null, groupBy ?? null]);
}

/**
 * What goes with a plain selector alone is kept aside while the text is something else, so that typing loses nothing.
 * @param {PanelQuery} query
 * @param {(query: PanelQuery) => void} onChange
 * @param {(name: string) => boolean} isMetric
 */
function useTyping(query, onChange, isMetric) {
  const held = useRef(/** @type {Pick<PanelQuery, 'aggregation' | 'tags' | 'groupBy'>} */ ({}));
  useEffect(() => {
    const { aggregation, tags, groupBy } = query;
    if (aggregation || tags || groupBy) held.current = { ...(aggregation ? { aggregation } : {}), ...(tags ? { tags } : {}), ...(groupBy ? { groupBy } : {}) };
  }, [query]);
  return (/** @type {string} */ text) => {
    const { aggregation: _aggregation, tags: _tags, groupBy: _groupBy, ...rest } = query;
    onChange({ ...rest, ...(isPlain(text, isMetric) ? held.current : {}), query: text });
  };
}

/** @param {{query: PanelQuery}} props */
function Beside({ query }) {
  const words = besideOf(query);
  return words === '' ? null : h('p', { class: 'query-note' }, h(Icon, { name: 'info' }), `${words}: see the builder`);
}

/** @param {PanelQuery} query @returns {string} what is said beside the text */
function besideOf({ aggregation, groupBy, tags }) {
  const parts = [
    aggregation ? `${aggregation === 'avg' ? 'mean' : aggregation} of each step` : '',
    groupBy ? (groupBy.length > 0 ? `grouped by ${groupBy.join(', ')}` : 'all series joined') : '',
    tags && Object.keys(tags).length > 0 ? `where ${Object.entries(tags).map(([name, values]) => `${name} is ${Array.isArray(values) ? values.join(' or ') : values}`).join(' and ')}` : '',
  ];
  const words = parts.filter((part) => part !== '').join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {{query: PanelQuery, model: Model, usualWindow: string, fault: import('../../lib/promql-faults.js').Fault | null}} props */
function Written({ query, model, usualWindow, fault }) {
  const text = query.query || formatModel(model, usualWindow);
  if (text === '') return null;
  return h('div', { class: 'promql is-shown' },
    h('p', { class: 'only-spoken' }, `PromQL: ${text}`),
    h(Colours, { text, fault }),
    besideOf({ ...query, tags: null }) === '' ? null : h('p', { class: 'builder-note' }, besideOf({ ...query, tags: null })),
    fault ? h('p', { class: 'field-error', role: 'alert' }, fault.message) : null);
}

/** @param {PanelQuery} query @returns {PanelQuery} */
function withHidden(query) {
  const { isHidden, ...rest } = query;
  return isHidden ? rest : { ...rest, isHidden: true };
}

/** @param {QueryAnswer} answer */
function resultOf(answer) {
  if (!answer || !('frame' in answer)) return '';
  const { frame, meta } = answer;
  const count = meta.truncated ? `${frame.series.length} of ${Math.max(meta.seriesTotal, frame.series.length)}` : String(frame.series.length);
  return `${count} series, ${meta.tookMs < 10 ? Number(meta.tookMs.toFixed(1)) : Math.round(meta.tookMs)} ms`;
}

/** @param {QueryAnswer} answer @returns {string[]} those that tell series apart first */
function tagsOf(answer) {
  if (!answer || !('frame' in answer)) return [];
  const apart = distinctTags(answer.frame.series);
  const all = [...new Set(answer.frame.series.flatMap((series) => Object.keys(series.tags)))].sort();
  return [...apart, ...all.filter((tag) => !apart.includes(tag))];
}
