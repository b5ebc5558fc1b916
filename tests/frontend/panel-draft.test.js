import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCurl } from '../../metricbox/web/static/lib/curl.js';
import {
  askedQueries, changesOf, describeField, draftOf, isSameDraft, labelOfField, mergeDrafts, newDraft, panelOf, queryOf, takeTheirs,
} from '../../metricbox/web/static/lib/panel-draft.js';
import { dashboardLink, panelLink, savedIdOf } from '../../metricbox/web/static/lib/panel-link.js';
import { EDITABLE_TYPES, sizeOf, usesOption } from '../../metricbox/web/static/lib/panel-options.js';
import { pushStep, startLine, stepBack, stepForth } from '../../metricbox/web/static/lib/undo.js';
import { findUnits, UNIT_CHOICES, unitLabel } from '../../metricbox/web/static/lib/unit-list.js';
import { unitOf } from '../../metricbox/web/static/lib/units.js';
import { emptyUrlState } from '../../metricbox/web/static/lib/url-state.js';
import { fitPreview } from '../../metricbox/web/static/lib/preview-size.js';

/** @typedef {import('../../metricbox/web/static/lib/panel-draft.js').Draft} Draft */

/**
 * @param {Partial<Draft>} [change]
 * @returns {Draft}
 */
function draft(change = {}) {
  return { title: 'CPU', type: 'line', queries: [{ query: 'cpu' }], options: { unit: 'percent', min: 0 }, ...change };
}

const WHERE = { id: 'p', dashboardId: 'd', position: { x: 0, y: 0, w: 6, h: 4 } };

test('a saved panel becomes a draft and back, whatever form its query has', () => {
  const panel = { ...WHERE, title: 'CPU', type: /** @type {const} */ ('line'), query: 'cpu', options: { unit: 'percent', max: null } };
  assert.deepEqual(draftOf(panel), draft({ options: { unit: 'percent' } }));
  assert.equal(queryOf(draftOf(panel)), 'cpu');
  assert.deepEqual(draftOf({ ...panel, query: null }).queries, []);
  const list = [{ query: 'a', legend: '{{x}}' }, { query: 'b', groupBy: [] }];
  assert.deepEqual(queryOf(draftOf({ ...panel, query: list })), list);
  assert.deepEqual(panelOf(draftOf(panel), WHERE).query, [{ query: 'cpu' }]);
  assert.equal(panelOf(draft({ type: 'text' }), WHERE).query, null);
});

test('queries that are not written are not saved, those that are switched off are saved and not asked', () => {
  const two = draft({ queries: [{ query: '  ' }, { query: 'cpu', legend: '', tags: {} }] });
  assert.equal(queryOf(two), 'cpu');
  assert.equal(queryOf(newDraft('line')), null);
  const off = draft({ queries: [{ query: 'a' }, /** @type {any} */ ({ query: 'b', isHidden: true })] });
  assert.equal(/** @type {unknown[]} */ (queryOf(off)).length, 2);
  assert.deepEqual(askedQueries(off), [{ query: 'a' }]);
});

test('only what differs is sent', () => {
  assert.deepEqual(changesOf(draft(), draft()), {});
  assert.deepEqual(changesOf(draft(), draft({ title: 'New' })), { title: 'New' });
  assert.deepEqual(changesOf(draft(), draft({ options: { min: 0, unit: 'percent', max: null, links: [] } })), {}, 'order and absent values are no difference');
  assert.deepEqual(changesOf(draft(), draft({ options: { unit: 'bytes' } })), { options: { unit: 'bytes' } });
  assert.deepEqual(changesOf(draft(), draft({ type: 'text', queries: [] })), { type: 'text' });
  assert.ok(isSameDraft(draft(), draft({ queries: [{ query: 'cpu' }, { query: '' }] })));
});

test('changes of different fields go together', () => {
  const { draft: merged, collisions } = mergeDrafts(draft(), draft({ title: 'Mine' }), draft({ options: { unit: 'bytes', min: 0 } }));
  assert.deepEqual(collisions, []);
  assert.deepEqual(merged, draft({ title: 'Mine', options: { unit: 'bytes', min: 0 } }));
  const taken = mergeDrafts(draft(), draft({ options: { unit: 'percent' } }), draft({ options: { unit: 'percent', min: 0, max: 9 } }));
  assert.deepEqual(taken.draft.options, { unit: 'percent', max: 9 }, 'what one took away stays away');
});

test('the same field changed by both is for the person, unless both wrote the same', () => {
  const mine = draft({ title: 'Mine', options: { unit: 'bytes' } });
  const theirs = draft({ title: 'Theirs', options: { unit: 'bytes' } });
  const { draft: merged, collisions } = mergeDrafts(draft(), mine, theirs);
  assert.deepEqual(collisions, [{ field: 'title', mine: 'Mine', theirs: 'Theirs' }]);
  assert.equal(merged.title, 'Mine');
  assert.equal(takeTheirs(merged, collisions).title, 'Theirs');
  const gone = mergeDrafts(draft(), draft({ options: { unit: 'percent', min: 1 } }), draft({ options: { unit: 'percent' } }));
  assert.deepEqual(takeTheirs(gone.draft, gone.collisions).options, { unit: 'percent' });
});

test('fields are told in words', () => {
  assert.equal(labelOfField('options.nullHandling'), 'Gaps');
  assert.equal(labelOfField('queries'), 'Query');
  assert.equal(describeField(undefined), 'not set');
  assert.equal(describeField([{ value: 80, severity: 'warning', label: null }]), '80 · warning');
  assert.equal(describeField('a\u202eb'), 'a\\u{202e}b');
});

test('undo goes back by steps, and typing is one', () => {
  let line = startLine('');
  for (const text of ['a', 'ab', 'abc']) line = pushStep(line, text, 'title');
  line = pushStep(line, 'abc!', '');
  assert.equal(stepBack(line).now, 'abc');
  assert.equal(stepBack(stepBack(line)).now, '');
  assert.equal(stepForth(stepBack(line)).now, 'abc!');
  const back = stepBack(stepBack(line));
  assert.equal(stepBack(back), back);
  assert.equal(stepForth(line), line);
  assert.equal(pushStep(stepBack(line), 'other', 'title').future.length, 0);
  for (let count = 0; count < 300; count += 1) line = pushStep(line, String(count), '');
  assert.equal(line.past.length, 100);
});

test('typing after undo is a step of its own', () => {
  const line = pushStep(stepBack(pushStep(pushStep(startLine(''), 'a', 'title'), 'b', '')), 'ac', 'title');
  assert.equal(stepBack(line).now, 'a');
});

test('a command line for a shell quotes what it is given and holds no secret', () => {
  const text = asCurl({ method: 'POST', url: 'http://same.invalid/q', body: { query: "up{a='b'} $(rm)" } });
  assert.match(text, /"Authorization: Bearer \$METRICBOX_TOKEN"/);
  assert.ok(text.includes(`-d '{"query":"up{a='\\''b'\\''} $(rm)"}'`), text);
});

test('every unit to choose is one that is drawn as such', () => {
  for (const { key } of UNIT_CHOICES) {
    const unit = unitOf(key);
    assert.ok(unit.kind !== 'plain' || unit.suffix !== key || key === 'rpm', `${key} is in the table`);
  }
  assert.equal(new Set(UNIT_CHOICES.map((choice) => choice.key)).size, UNIT_CHOICES.length);
  assert.deepEqual(findUnits('kib').map((choice) => choice.key), ['bytes']);
  assert.ok(findUnits('per sec').some((choice) => choice.key === 'bytesPerSec'));
  assert.equal(findUnits('').length, UNIT_CHOICES.length);
  assert.equal(unitLabel('percent'), 'Percent (0–100)');
  assert.equal(unitLabel('boxes'), 'boxes');
  assert.equal(unitLabel(null), '');
});

test('a type shows its own options', () => {
  assert.ok(usesOption('line', 'nullHandling'));
  assert.ok(!usesOption('stat', 'axis'));
  assert.ok(!usesOption('text', 'unit'));
  assert.ok(usesOption('text', 'content'));
  assert.ok(!usesOption('row', 'unit'));
  for (const type of EDITABLE_TYPES) assert.ok(sizeOf(type).w >= 2);
});

test('links of a panel carry what the page shows', () => {
  const state = { ...emptyUrlState(), from: 'now-1h', vars: { host: ['a b'] }, panel: 'view' };
  assert.equal(panelLink('d', 'p', state, 'edit'), '/dashboard/d/panel/p?from=now-1h&var-host=a+b');
  assert.equal(panelLink('d', 'p~a%2Fb', state, 'view'), '/dashboard/d/panel/p~a%252Fb?from=now-1h&panel=view&var-host=a+b');
  assert.equal(dashboardLink('d', state), '/dashboard/d?from=now-1h&var-host=a+b');
  assert.equal(dashboardLink('d', { ...state, own: { type: ['line'] } }), '/dashboard/d?from=now-1h&var-host=a+b');
  assert.equal(savedIdOf('p~a~b'), 'p');
});

test('the preview keeps the ratio of the dashboard', () => {
  for (const [size, width] of /** @type {const} */ ([[{ width: 650, height: 324 }, 900], [{ width: 1300, height: 324 }, 700], [{ width: 200, height: 900 }, 900]])) {
    const fitted = fitPreview(size, width, 900);
    assert.ok(fitted.width <= width);
    assert.ok(Math.abs(fitted.width / fitted.height - size.width / size.height) < 0.02);
  }
});
