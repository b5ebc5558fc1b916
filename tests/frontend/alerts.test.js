import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  activeAlerts, chooseRules, describeLabels, describeSince, describeValue, holds, isSeriesOf, matchersOf, quickSilences, readEvaluation, shortName, stateOfRule,
} from '../../metricbox/web/static/lib/alerts.js';
import { messageText, showNumber, showValue, templateFault } from '../../metricbox/web/static/lib/alert-message.js';
import { UNIT_CHOICES } from '../../metricbox/web/static/lib/unit-list.js';

const AT = Date.parse('2026-11-25T10:02:00Z');

/** @param {Partial<import('../../metricbox/web/types/app').AlertEvent>} part @returns {any} */
const event = (part) => ({ id: 'e', ruleId: 'r', ruleName: 'R', severity: 'warning', labels: {}, kind: 'condition', status: 'firing', value: 1, triggeredAt: '2026-11-25T10:02:00Z', ...part });
/** @param {object} part @returns {any} */
const rule = (part) => ({ id: 'r', name: 'R', query: 'up', severity: 'warning', enabled: true, state: 'ok', counts: { firing: 0, pending: 0 }, labels: {}, error: null, evaluatedAt: '2026-11-25T10:02:00Z', ...part });

test('firing before pending, the worst and newest first, of the pending what fires next', () => {
  const list = activeAlerts([
    event({ id: 'info', severity: 'info' }), event({ id: 'old', severity: 'critical', triggeredAt: '2026-11-25T09:00:00Z' }), event({ id: 'new', severity: 'critical' }), event({ id: 'warning' }),
  ], [
    { ruleId: 'late', ruleName: 'L', severity: 'critical', labels: {}, kind: 'condition', since: '2026-11-25T10:00:00Z', firesAt: '2026-11-25T10:09:00Z' },
    { ruleId: 'soon', ruleName: 'S', severity: 'info', labels: {}, kind: 'condition', since: '2026-11-25T10:00:00Z', firesAt: '2026-11-25T10:04:00Z' },
  ]);
  assert.deepEqual(list.map((alert) => alert.event?.id ?? alert.ruleId), ['new', 'old', 'warning', 'info', 'soon', 'late']);
});

test('words of an alert', () => {
  const labels = { alertname: 'R', severity: 'warning', disk: 'sda', host: 'db1' };
  assert.equal(describeLabels(labels), 'host=db1 disk=sda');
  assert.equal(describeLabels({ host: 'a\u202eb' }), 'host=a\\u{202e}b');
  assert.equal(shortName(labels), 'db1');
  assert.equal(describeValue({ kind: 'condition', value: 93.4 }, 'percent'), '93.4\u00a0%');
  assert.equal(describeValue({ kind: 'error', value: null }, null), 'query fails');
  assert.equal(describeSince({ state: 'firing', sinceMs: AT, firesMs: null }, AT + 39 * 60_000, 'UTC'), 'since 10:02 (39 min)');
  assert.equal(describeSince({ state: 'firing', sinceMs: AT - 86_400_000, firesMs: null }, AT, 'UTC'), 'since 2026-11-24 10:02 (1 d)');
  assert.equal(describeSince({ state: 'pending', sinceMs: AT, firesMs: AT + 125_000 }, AT, 'UTC'), 'fires in 2 min');
  assert.equal(describeSince({ state: 'pending', sinceMs: AT, firesMs: AT }, AT + 1, 'UTC'), 'fires any moment');
});

test('conditions compare as the server does', () => {
  const values = [1, 2, 3];
  const found = (/** @type {import('../../metricbox/web/static/lib/alerts.js').Condition} */ condition) => values.filter((value) => holds(condition, value, 2));
  assert.deepEqual(['gt', 'gte', 'lt', 'lte', 'eq', 'ne'].map((name) => found(/** @type {any} */ (name))), [[3], [2, 3], [1], [1, 2], [2], [1, 3]]);
});

test('evaluation has stopped when three are missing', () => {
  const look = (/** @type {number} */ lateMs, /** @type {any[]} */ rules = [rule({})]) => readEvaluation(rules, { intervalMs: 10_000, nowMs: AT + lateMs, watchedSinceMs: AT });
  assert.deepEqual(look(30_000), { lastMs: AT, hasStopped: false });
  assert.equal(look(40_000).hasStopped, true);
  // Off, none at all, or not yet: nothing is late.
  assert.equal(look(400_000, [rule({ enabled: false, evaluatedAt: null })]).hasStopped, false);
  assert.equal(look(400_000, []).hasStopped, false);
  assert.equal(look(20_000, [rule({ evaluatedAt: null })]).hasStopped, false);
  assert.equal(look(400_000, [rule({ evaluatedAt: null })]).hasStopped, true);
});

test('quick silences end at round times of the zone, across a clock change', () => {
  const ends = quickSilences(Date.parse('2026-10-24T21:00:00Z'), 'Europe/Berlin').map(({ endsMs }) => new Date(endsMs).toISOString());
  assert.deepEqual(ends, ['2026-10-24T22:00:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T07:00:00.000Z']);
});

test('a quick silence names the alert and its series, not its severity', () => {
  assert.deepEqual(matchersOf({ severity: 'critical', host: 'db1', alertname: 'Disk' }), [{ name: 'alertname', op: '=', value: 'Disk' }, { name: 'host', op: '=', value: 'db1' }]);
  assert.equal(matchersOf(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`l${index}`, 'x']))).length, 32);
});

test('the series of an alert is found by its tags', () => {
  assert.equal(isSeriesOf({ host: 'db1' }, { host: 'db1', team: 'ops', alertname: 'R' }), true);
  assert.equal(isSeriesOf({ host: 'db2' }, { host: 'db1' }), false);
});

test('rules that need somebody stand first', () => {
  const rules = [rule({ id: 'b', name: 'b' }), rule({ id: 'off', name: 'a', enabled: false, state: 'firing' }), rule({ id: 'f', name: 'z', state: 'firing' }), rule({ id: 'e', name: 'y', error: 'no', state: 'pending' })];
  assert.deepEqual(chooseRules(rules, '').map(({ id }) => id), ['f', 'e', 'b', 'off']);
  assert.deepEqual(chooseRules(rules, 'WARNING z').map(({ id }) => id), ['f']);
  assert.equal(stateOfRule(rule({ state: 'pending' })), 'pending');
});

test('the message is filled as the server fills it', () => {
  const wish = { rule: 'Disk', condition: /** @type {const} */ ('gte'), threshold: 90, severity: 'critical', labels: { host: 'db1\n{{value}}' }, value: 93.4000001, unit: '' };
  assert.equal(messageText({ ...wish, template: '{{ labels.host }} is at {{value}} of {{threshold}}{{labels.none}}' }), 'db1 {{value}} is at 93.4 of 90');
  assert.equal(messageText({ ...wish, template: ' ' }), '93.4, limit >= 90');
  assert.equal(messageText({ ...wish, template: ' ', unit: 'percent' }), '93.4 %, limit >= 90 %');
  assert.equal(messageText({ ...wish, template: 'at {{value}} of {{threshold}}', unit: '%' }), 'at 93.4 % of 90 %');
  assert.equal(templateFault('{{labels.host}} {{nope}}'), 'names nope, which does not exist: labels.NAME, value, threshold, rule, severity, status do');
  assert.equal(templateFault('{{value}} {x}'), null);
  assert.deepEqual([0, 1234567, 0.00001234, 1e21, 100, null].map(showNumber), ['0', '1.23457e+06', '1.234e-05', '1e+21', '100', 'no data']);
});

test('values have the unit of their rule, as the server writes them', () => {
  /** @type {{unit: string, value: number | null, text: string}[]} */
  const examples = JSON.parse(readFileSync(new URL('../alerts/unit_examples.json', import.meta.url).pathname, 'utf8'));
  for (const { unit, value, text } of examples) assert.equal(showValue(value, unit), text, `${value} ${unit}`);
  const keys = new Set(examples.map(({ unit }) => unit));
  assert.deepEqual(UNIT_CHOICES.map(({ key }) => key).filter((key) => !keys.has(key)), []);
});
