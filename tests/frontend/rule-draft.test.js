import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRehearsal, joinSpans, rehearseFrame, spellsOf } from '../../metricbox/web/static/lib/rehearsal.js';
import {
  draftFaults, draftOfRule, isSameRule, mergeRules, newRuleDraft, newRuleHref, readRuleLink, recoveryNote, requestOf, ruleChanges, snap, stepOf,
} from '../../metricbox/web/static/lib/rule-draft.js';
import { ruleText, ruleTextOf } from '../../metricbox/web/static/lib/rule-query.js';
import { parseUrlState } from '../../metricbox/web/static/lib/url-state.js';
import { validateRequest } from '../../metricbox/web/static/lib/validate.js';

/** @param {Partial<import('../../metricbox/web/static/lib/rule-draft.js').RuleDraft>} part */
const draft = (part = {}) => ({ ...newRuleDraft(), name: 'Disk', query: 'disk', ...part });
/** @param {Partial<import('../../metricbox/web/static/lib/rehearsal.js').TriedRule>} part */
const tried = (part = {}) => ({ condition: /** @type {const} */ ('gt'), threshold: 5, recoveryThreshold: null, forMs: 0, keepFiringMs: 0, noData: /** @type {const} */ ('ok'), ...part });
const TIMES = [0, 10, 20, 30, 40, 50];

test('a draft is a request that the server takes', () => {
  assert.deepEqual(validateRequest('AlertRuleCreate', requestOf(draft({ labels: [{ name: 'team', value: 'ops' }, { name: '', value: '' }], duration: '', message: ' ' }))), []);
  const { labels, duration, notification } = requestOf(draft({ labels: [{ name: ' team ', value: 'ops' }], duration: ' ' }));
  assert.deepEqual([labels, duration, notification?.message], [{ team: 'ops' }, null, null]);
  assert.deepEqual(validateRequest('AlertRuleCreate', requestOf(draft({ threshold: null }))).map(({ field }) => field), ['threshold']);
});

test('what no schema knows is told at the field', () => {
  assert.deepEqual(Object.keys(draftFaults(draft({ name: ' ', query: '' }))), ['name', 'query']);
  assert.match(draftFaults(draft({ labels: [{ name: 'a b', value: '' }] })).labels ?? '', /letters/);
  assert.match(draftFaults(draft({ labels: [{ name: 'a', value: '' }, { name: 'a', value: 'b' }] })).labels ?? '', /twice/);
  assert.deepEqual(draftFaults(draft()), {});
});

test('changes are those of the fields that differ', () => {
  const base = draft();
  assert.deepEqual(ruleChanges(base, { ...base }), {});
  assert.deepEqual(ruleChanges(base, { ...base, threshold: 95, channels: ['x'] }), { threshold: 95, notification: { channels: ['x'], repeatInterval: '4h', message: null } });
  assert.equal(isSameRule(base, { ...base, labels: [{ name: '', value: '' }] }), true);
});

test('two changes go together unless they touch the same field', () => {
  const base = draft();
  const merged = mergeRules(base, { ...base, threshold: 95, name: 'Mine' }, { ...base, duration: '1m', name: 'Theirs' });
  assert.deepEqual([merged.draft.threshold, merged.draft.duration, merged.draft.name], [95, '1m', 'Mine']);
  assert.deepEqual(merged.collisions, [{ field: 'name', mine: 'Mine', theirs: 'Theirs' }]);
  assert.deepEqual(mergeRules(base, { ...base, name: 'Same' }, { ...base, name: 'Same' }).collisions, []);
});

test('a link fills a new rule in', () => {
  const href = newRuleHref({ query: 'cpu{host="a b"}', name: 'CPU & more', unit: 'percent', threshold: { value: 95, severity: 'critical' } });
  const found = readRuleLink(parseUrlState(href.slice(href.indexOf('?'))).own);
  assert.deepEqual([found.query, found.name, found.unit, found.threshold, found.severity], ['cpu{host="a b"}', 'CPU & more', 'percent', 95, 'critical']);
  assert.deepEqual(readRuleLink({ threshold: ['x'], severity: ['bad'] }), newRuleDraft());
});

test('what was saved comes back as it was', () => {
  const rule = /** @type {any} */ ({ ...requestOf(draft()), labels: { a: 'b' }, recoveryThreshold: 80, unit: 'bytes', id: 'r', version: 1 });
  assert.deepEqual(requestOf(draftOfRule(rule)).labels, { a: 'b' });
  assert.equal(requestOf(draftOfRule(rule)).recoveryThreshold, 80);
  assert.equal(requestOf(draftOfRule(rule)).unit, 'bytes');
  assert.equal(requestOf(draft({ unit: ' ' })).unit, null);
});

test('a recovery threshold on the wrong side is told', () => {
  assert.match(recoveryNote(draft({ recoveryThreshold: 95 })), /above the threshold/);
  assert.equal(recoveryNote(draft({ recoveryThreshold: 80 })), '');
  assert.match(recoveryNote(draft({ condition: 'eq', recoveryThreshold: 80 })), /nothing/);
});

test('steps are round, and about a hundredth of the axis', () => {
  assert.deepEqual([[0, 100], [0, 1], [0, 1e9], [50, 57], [0, 0], [-3e-7, 3e-7]].map(([min = 0, max = 0]) => stepOf(min, max)), [1, 0.01, 1e7, 0.1, 1, 1e-8]);
  assert.equal(snap(0.1 + 0.2, 0.1), 0.3);
});

test('a query of the builder becomes one text', () => {
  assert.equal(ruleText({ query: 'cpu' }), 'cpu');
  assert.equal(ruleText({ query: 'cpu', aggregation: 'avg' }), 'cpu');
  assert.equal(ruleText({ query: 'cpu', aggregation: 'max' }), 'max_over_time(cpu[5m])');
  assert.equal(ruleText({ query: 'cpu_total', aggregation: 'rate', groupBy: ['host'] }), 'sum by (host) (rate(cpu_total[5m]))');
  assert.equal(ruleText({ query: 'cpu', groupBy: ['host'] }), 'avg by (host) (cpu)');
  assert.equal(ruleText({ query: 'cpu', tags: { host: ['a', 'b'] } }), 'cpu{host=~"a|b"}');
  assert.equal(ruleText({ query: 'sum(rate(cpu[$__rate_interval]))' }), 'sum(rate(cpu[5m]))');
});

test('variables of a panel are filled in, All is no condition', () => {
  const selection = new Map([['host', ['a']], ['dc', ['x', 'y']], ['all', ['$__all']]]);
  assert.equal(ruleTextOf({ query: 'cpu{host="$host"}' }, selection), 'cpu{host="a"}');
  assert.equal(ruleTextOf({ query: 'cpu{dc=~"$dc", host=~"${all}"}' }, selection), 'cpu{dc=~"x|y"}');
  assert.equal(ruleTextOf({ query: 'a{host="$host"} / on(host) b' }, selection), 'a{host="a"} / on(host) b');
  assert.equal(ruleTextOf({ query: 'a{dc=~"$dc"} / on(host) b' }, selection), null);
  assert.equal(ruleTextOf({ query: 'cpu{host="$unknown"}' }, selection), null);
  assert.equal(ruleTextOf({ query: 'sum_over_time(cpu[$__range])' }, selection), null);
});

test('spells begin after the wait and end after the other', () => {
  assert.deepEqual(spellsOf(tried(), TIMES, [1, 9, 9, 1, 9, 9]), [{ startMs: 10, endMs: 30 }, { startMs: 40, endMs: null }]);
  assert.deepEqual(spellsOf(tried({ forMs: 10 }), TIMES, [1, 9, 9, 1, 9, 1]), [{ startMs: 20, endMs: 30 }]);
  assert.deepEqual(spellsOf(tried({ keepFiringMs: 10 }), TIMES, [9, 1, 9, 1, 1, 1]), [{ startMs: 0, endMs: 40 }]);
  assert.deepEqual(spellsOf(tried({ recoveryThreshold: 3 }), TIMES, [9, 4, 4, 2, 4, 9]), [{ startMs: 0, endMs: 30 }, { startMs: 50, endMs: null }]);
});

test('absence ends, keeps, or is as bad', () => {
  const values = [null, 9, null, null, 1, 1];
  assert.deepEqual(spellsOf(tried(), TIMES, values), [{ startMs: 10, endMs: 20 }]);
  assert.deepEqual(spellsOf(tried({ noData: 'keep' }), TIMES, values), [{ startMs: 10, endMs: 40 }]);
  assert.deepEqual(spellsOf(tried({ noData: 'alert' }), TIMES, [null, 1, null, null, 1, 1]), [{ startMs: 20, endMs: 40 }]);
  assert.deepEqual(spellsOf(tried(), TIMES, [9, undefined, 9, 1, 1, 1]), [{ startMs: 0, endMs: 30 }]);
});

test('the sentence says how often, on what, how long, and what fires now', () => {
  const base = { spellsTotal: 3, seriesTotal: 11, seriesFired: 2, isExact: true, isCut: false, notes: [] };
  const range = { words: '7 days', endMs: 10_000_000 };
  const spells = [{ name: 'db1', startMs: 0, endMs: 41 * 60_000 }, { name: 'db1', startMs: 5_000_000, endMs: 5_060_000 }, { name: 'web2', startMs: 6_000_000, endMs: 6_060_000 }];
  assert.equal(describeRehearsal({ ...base, spells }, range), 'Would have fired 3 times in the last 7 days on 2 of 11 series. Longest 41 min (db1). Firing now: none.');
  assert.match(describeRehearsal({ ...base, isExact: false, spells: [{ name: 'web2', startMs: 9_000_000, endMs: null }], spellsTotal: 1 }, range), /fired about 1 time in .* Firing now: web2\.$/);
  assert.equal(describeRehearsal({ ...base, spells: [], spellsTotal: 0, seriesFired: 0 }, range), 'Would not have fired in the last 7 days on any of 11 series.');
  assert.match(describeRehearsal({ ...base, isCut: true, spells }, range), /at least 3 times/);
});

test('a chart is tried without its unfinished step', () => {
  const frame = { times: TIMES, stepMs: 10, tail: 5, series: [{ key: 'k', text: '', name: 'n', tags: { host: 'a' }, values: [1, 1, 1, 1, 1, 9], counts: null, thin: [], hasTemplate: false }] };
  assert.equal(rehearseFrame(tried(), frame, () => 'a').spellsTotal, 0);
  assert.deepEqual(rehearseFrame(tried({ threshold: 0 }), frame, () => 'a').spells, [{ name: 'a', startMs: 0, endMs: null }]);
});

test('times of firing are joined for the chart', () => {
  assert.deepEqual(joinSpans([{ startMs: 30, endMs: null }, { startMs: 0, endMs: 10 }, { startMs: 5, endMs: 20 }], 40), [{ startMs: 0, endMs: 20 }, { startMs: 30, endMs: 40 }]);
});
