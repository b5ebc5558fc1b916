import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, PLACES } from '../../metricbox/web/static/lib/dashboard-merge.js';
import { applyPatch, diff, invert, isSame, keepSame, withPanels } from '../../metricbox/web/static/lib/dashboard-patch.js';

/** @typedef {import('../../metricbox/web/types/app').Dashboard} Dashboard */
/** @typedef {import('../../metricbox/web/types/app').Panel} Panel */

/**
 * @param {string} id
 * @param {Partial<Panel>} [more]
 * @returns {Panel}
 */
const panel = (id, more = {}) => ({ id, dashboardId: 'd', title: id.toUpperCase(), type: 'line', query: 'up', options: {}, position: { x: 0, y: 0, w: 6, h: 4 }, ...more });

/**
 * @param {Panel[]} panels
 * @param {Partial<Dashboard>} [more]
 */
const dashboard = (panels, more = {}) => withPanels(/** @type {Dashboard} */ ({
  id: 'd', name: 'Web', description: '', ownerId: 'o', isPublic: false, panels: [], layout: [], variables: [], refreshInterval: '30s',
  timeRange: { from: 'now-1h', to: 'now' }, version: 1, createdAt: '', updatedAt: '', ...more,
}), panels);

/**
 * @param {Dashboard} from
 * @param {string} id
 * @param {Partial<Panel>} wish
 */
const change = (from, id, wish) => withPanels(from, from.panels.map((one) => (one.id === id ? { ...one, ...wish } : one)));

/** @param {Dashboard} from @param {string} id */
const byId = (from, id) => from.panels.find((one) => one.id === id);

const BASE = dashboard([panel('a'), panel('b', { position: { x: 6, y: 0, w: 6, h: 4 } }), panel('c', { position: { x: 0, y: 4, w: 12, h: 3 } })]);
const NEWER = { ...BASE, version: 2 };

test('changes of different panels and fields are put together', () => {
  const mine = change({ ...BASE, name: 'Web servers' }, 'a', { title: 'CPU', options: { unit: 'percent' } });
  const theirs = change({ ...NEWER, refreshInterval: '10s' }, 'b', { type: 'area' });
  const { dashboard: made, collisions } = merge(BASE, mine, change(theirs, 'a', { options: { decimals: 1 } }));
  assert.deepEqual(collisions, []);
  assert.equal(made.version, 2);
  assert.equal(made.name, 'Web servers');
  assert.equal(made.refreshInterval, '10s');
  assert.equal(byId(made, 'a')?.title, 'CPU');
  assert.deepEqual(byId(made, 'a')?.options, { unit: 'percent', decimals: 1 });
  assert.equal(byId(made, 'b')?.type, 'area');
});

test('the same change on both sides is no collision', () => {
  const mine = change(BASE, 'a', { title: 'CPU' });
  assert.deepEqual(merge(BASE, mine, { ...mine, version: 2 }).collisions, []);
});

test('two changes of one field are for the person to choose', () => {
  const mine = change(BASE, 'a', { options: { unit: 'percent' } });
  const theirs = change(NEWER, 'a', { options: { unit: 'bytes' } });
  const { collisions, dashboard: made } = merge(BASE, mine, theirs);
  assert.deepEqual(collisions, [{ key: 'panel/a/options/unit', panel: 'A', field: 'options/unit', mine: 'percent', theirs: 'bytes' }]);
  assert.equal(byId(made, 'a')?.options.unit, 'percent');
  const other = merge(BASE, mine, theirs, new Map([['panel/a/options/unit', /** @type {const} */ ('theirs')]]));
  assert.equal(byId(other.dashboard, 'a')?.options.unit, 'bytes');
});

test('an option that was taken away on one side and changed on the other collides', () => {
  const base = change(BASE, 'a', { options: { unit: 'percent' } });
  const { collisions } = merge(base, change(base, 'a', { options: {} }), change(base, 'a', { options: { unit: 'bytes' } }));
  assert.equal(collisions.length, 1);
  assert.equal(collisions[0]?.mine, undefined);
});

test('panels that were added on both sides are both there, without overlap', () => {
  const mine = withPanels(BASE, [...BASE.panels, panel('m', { position: { x: 0, y: 7, w: 6, h: 4 } })]);
  const theirs = withPanels(NEWER, [...BASE.panels, panel('t', { position: { x: 0, y: 7, w: 6, h: 4 } })]);
  const { dashboard: made, collisions } = merge(BASE, mine, theirs);
  assert.deepEqual(collisions, []);
  assert.deepEqual(made.panels.map((one) => one.id).sort(), ['a', 'b', 'c', 'm', 't']);
  assert.ok(!isSame(byId(made, 'm')?.position, byId(made, 't')?.position));
});

test('a panel that one side removed goes, unless the other side worked on it', () => {
  const mine = withPanels(BASE, BASE.panels.filter((one) => one.id !== 'b'));
  assert.deepEqual(merge(BASE, mine, change(NEWER, 'a', { title: 'CPU' })).dashboard.panels.map((one) => one.id), ['a', 'c']);
  const theirs = change(NEWER, 'b', { title: 'Load' });
  const { collisions, dashboard: made } = merge(BASE, mine, theirs);
  assert.equal(collisions[0]?.key, 'panel/b');
  assert.equal(byId(made, 'b'), undefined);
  assert.equal(byId(merge(BASE, mine, theirs, new Map([['panel/b', /** @type {const} */ ('theirs')]])).dashboard, 'b')?.title, 'Load');
});

test('moves of different panels are put together, of the same panel not', () => {
  const mine = change(BASE, 'a', { position: { x: 0, y: 0, w: 6, h: 5 } });
  const theirs = change(NEWER, 'b', { position: { x: 6, y: 0, w: 6, h: 5 } });
  assert.deepEqual(merge(BASE, mine, theirs).collisions, [], 'both push c to the same place');
  const { collisions } = merge(BASE, mine, change(NEWER, 'a', { position: { x: 0, y: 0, w: 6, h: 6 } }));
  assert.equal(collisions.length, 1);
  assert.equal(collisions[0]?.key, PLACES);
});

test('a panel that only gave way to others collides with nothing', () => {
  const mine = change(BASE, 'a', { position: { x: 0, y: 0, w: 6, h: 6 } });
  const theirs = change(NEWER, 'b', { position: { x: 6, y: 0, w: 6, h: 9 } });
  const { dashboard: made, collisions } = merge(BASE, mine, theirs);
  assert.deepEqual(collisions, []);
  assert.deepEqual([byId(made, 'a')?.position.h, byId(made, 'b')?.position.h, byId(made, 'c')?.position.y], [6, 9, 9]);
});

test('null and absent, and the order of names, are no difference', () => {
  assert.ok(isSame({ a: 1, b: null }, { b: undefined, a: 1 }));
  assert.ok(isSame({ a: 1, b: [2, 3] }, { b: [2, 3], a: 1 }));
  assert.ok(!isSame([1, 2], [2, 1]));
  assert.deepEqual(diff(BASE, { ...BASE, version: 9, updatedAt: 'later' }), []);
});

test('a change and the way back are the same dashboard', () => {
  const after = withPanels({ ...BASE, name: 'Other' }, [...BASE.panels.filter((one) => one.id !== 'a'), panel('n', { type: 'text', query: null, options: { content: 'hi' } })]);
  const patch = JSON.parse(JSON.stringify(diff(BASE, after)));
  const there = applyPatch(BASE, patch);
  assert.equal(there.skipped, 0);
  assert.deepEqual(diff(there.dashboard, after), []);
  const back = applyPatch(there.dashboard, invert(patch));
  assert.equal(back.skipped, 0);
  assert.deepEqual(diff(back.dashboard, BASE), []);
});

test('what a colleague has changed since is not undone', () => {
  const patch = invert(diff(BASE, change(BASE, 'a', { title: 'CPU', type: 'bar' })));
  const now = change(BASE, 'a', { title: 'Processor', type: 'bar' });
  const { dashboard: made, skipped } = applyPatch(now, patch);
  assert.equal(skipped, 1);
  assert.equal(byId(made, 'a')?.title, 'Processor');
  assert.equal(byId(made, 'a')?.type, 'line');
});

test('a new panel that a colleague has worked on is not taken away in part', () => {
  const added = withPanels(BASE, [...BASE.panels, panel('n', { position: { x: 0, y: 7, w: 6, h: 4 } })]);
  const { dashboard: made, skipped } = applyPatch(change(added, 'n', { title: 'Theirs' }), invert(diff(BASE, added)));
  assert.ok(skipped > 0);
  assert.equal(byId(made, 'n')?.query, 'up');
});

test('what did not change stays the same object', () => {
  const newer = JSON.parse(JSON.stringify(change(BASE, 'a', { title: 'CPU' })));
  const kept = keepSame(BASE, newer);
  assert.equal(byId(kept, 'b'), byId(BASE, 'b'));
  assert.notEqual(byId(kept, 'a'), byId(BASE, 'a'));
  assert.equal(keepSame(BASE, JSON.parse(JSON.stringify(BASE))).panels, BASE.panels);
});
