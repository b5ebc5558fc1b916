// Relabel rules: what a form sends of them, where their faults stand, and how they read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS, countRules, describeRule, faultKey, fieldsOf, findRuleFaults, newRule, readRuleFaults, ruleRequest } from '../../metricbox/web/static/lib/relabel.js';
import { validateRequest } from '../../metricbox/web/static/lib/validate.js';

/** @typedef {import('../../metricbox/web/static/lib/relabel.js').RuleDraft} RuleDraft */

/** @param {Partial<RuleDraft>} changes */
function rule(changes) {
  return { ...newRule(7), ...changes };
}

const FILLED = { sourceLabels: ' job, __name__ ,', separator: '|', regex: 'a.*', targetLabel: ' env ', replacement: 'prod-$1', modulus: ' 8 ' };

test('a rule is sent with the fields that its action uses, and no others', () => {
  for (const action of Object.keys(ACTIONS)) {
    const body = ruleRequest(rule({ ...FILLED, action }));
    assert.deepEqual(Object.keys(body).filter((name) => name !== 'action').sort(), fieldsOf(rule({ ...FILLED, action })).map(([name]) => name).sort(), action);
    assert.deepEqual(validateRequest('ApiTokenCreate', { name: 'a', scope: 'ingest', relabel: [body] }), []);
  }
  assert.deepEqual(ruleRequest(rule({ ...FILLED, action: 'hashmod' })), { action: 'hashmod', sourceLabels: ['job', '__name__'], separator: '|', targetLabel: 'env', modulus: 8 });
});

test('one label alone is not joined', () => {
  const names = (/** @type {string} */ sourceLabels) => fieldsOf(rule({ sourceLabels })).map(([name]) => name);
  assert.deepEqual(names('job'), ['sourceLabels', 'regex']);
  assert.deepEqual(names('job,'), ['sourceLabels', 'regex']);
  assert.deepEqual(names('job, env'), ['sourceLabels', 'regex', 'separator']);
  assert.deepEqual(ruleRequest(rule({ separator: '|', regex: 'a' })), { action: 'drop', sourceLabels: ['__name__'], regex: 'a' });
});

test('defaults are left out, and an empty new value is sent: it removes the label', () => {
  const plain = rule({ action: 'replace', sourceLabels: '', targetLabel: 'env' });
  assert.deepEqual(ruleRequest(plain), { action: 'replace', targetLabel: 'env' });
  assert.deepEqual(ruleRequest({ ...plain, separator: ';' }), { action: 'replace', targetLabel: 'env' });
  assert.deepEqual(ruleRequest({ ...plain, replacement: '' }), { action: 'replace', targetLabel: 'env', replacement: '' });
});

test('what an action needs is asked for at its field', () => {
  const empty = rule({ sourceLabels: ' ', regex: '' });
  assert.deepEqual(findRuleFaults([empty]), { 'relabel.7.sourceLabels': 'Labels to look at must not be empty', 'relabel.7.regex': 'Pattern must not be empty' });
  assert.deepEqual(findRuleFaults([rule({ action: 'replace', targetLabel: 'env', sourceLabels: '' })]), {});
  assert.deepEqual(findRuleFaults([rule({ ...FILLED, action: 'hashmod', modulus: '0.5' })]), { 'relabel.7.modulus': 'Below must be a whole number of 1 or more' });
  assert.deepEqual(findRuleFaults([rule({ ...FILLED, action: 'hashmod' })]), {});
});

test('the server’s faults stand at their rule, wherever it was moved', () => {
  const rules = [rule({ key: 3 }), rule({ key: 1 })];
  const details = [{ field: 'relabel', message: "rule 2, regex: '(' is not a regular expression (RE2): missing )" }];
  assert.deepEqual(readRuleFaults(details, rules), { 'relabel.1.regex': "'(' is not a regular expression (RE2): missing )" });
  assert.equal(faultKey(rule({ key: 1 }), 'regex'), 'relabel.1.regex');
  assert.deepEqual(readRuleFaults([{ field: 'relabel', message: 'rule 1: the action keep needs more' }], rules), { 'relabel.3.': 'The action keep needs more' });
  assert.equal(readRuleFaults([{ field: 'name', message: 'rule 1: x' }], rules), null);
  assert.equal(readRuleFaults([{ field: 'relabel', message: 'rule 9: x' }], rules), null);
});

test('rules read as sentences', () => {
  assert.equal(describeRule({ action: 'drop', sourceLabels: ['__name__'], regex: 'go_.*' }), 'Drop series where the metric’s name matches go_.*');
  assert.equal(describeRule({ action: 'keep', sourceLabels: ['job', 'env', 'az'], regex: 'a;b;c' }), 'Keep only series where job, env and az, joined by ";", matches a;b;c');
  assert.equal(describeRule({ action: 'replace', targetLabel: 'env', replacement: 'prod' }), 'Set env to prod');
  assert.equal(describeRule({ action: 'replace', targetLabel: 'env', replacement: '' }), 'Remove env');
  assert.equal(describeRule({ action: 'replace', targetLabel: 'host', sourceLabels: ['instance'], regex: '(.+):.*' }), 'Set host to $1 where instance matches (.+):.*');
  assert.equal(describeRule({ action: 'labelmap', regex: 'meta_(.+)' }), 'Copy labels whose name matches meta_(.+) to $1');
  assert.equal(describeRule({ action: 'hashmod', sourceLabels: ['a', 'b'], targetLabel: 'shard', modulus: 4 }), 'Set shard to a number below 4, by the hash of a and b, joined by ";"');
  assert.equal(describeRule({ action: 'lowercase', sourceLabels: ['A'], targetLabel: 'a' }), 'Set a to A in lower case');
  assert.equal(describeRule({ action: 'labeldrop', regex: 'a\u202eb' }), 'Remove labels whose name matches a\\u{202e}b');
  const shown = Object.keys(ACTIONS).map((action) => describeRule({ action, sourceLabels: ['x'], targetLabel: 'y', regex: 'z', replacement: 'v', modulus: 2 }));
  assert.equal(new Set(shown).size, Object.keys(ACTIONS).length);
  assert.deepEqual([1, 2].map(countRules), ['1 rule', '2 rules']);
});
