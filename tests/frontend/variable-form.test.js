import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateRequest } from '../../metricbox/web/static/lib/validate.js';
import { describeVariable, draftOf, emptyDraft, questionText, readQuestion, variableOf } from '../../metricbox/web/static/lib/variable-form.js';
import { describeUse, renameReferences, usesOf } from '../../metricbox/web/static/lib/variable-uses.js';

/** @typedef {import('../../metricbox/web/types/app').Dashboard} Dashboard */
/** @typedef {import('../../metricbox/web/types/app').Panel} Panel */
/** @typedef {import('../../metricbox/web/types/app').Variable} Variable */

/** @type {Variable} */
const HOST = { name: 'host', label: 'Host', type: 'query', query: { metric: 'cpu', label: 'host', matchers: [{ name: 'dc', op: '=~', value: '$dc' }, { name: 'os', op: '!=', value: 'x' }] }, multi: true, includeAll: true, allValue: '.*', regex: 'web-(.*)', sort: 'numericDesc', current: ['a', 'b'] };

/** @type {Variable[]} */
const SAVED = [
  { name: 'dc', type: 'query', query: { metric: 'cpu', label: 'dc' }, includeAll: true },
  HOST,
  { name: 'any', type: 'query', query: { label: 'job' }, current: '$__all', includeAll: true },
  { name: 'several', type: 'query', query: { metric: 'cpu', label: 'host', matchers: [{ name: 'dc', op: '=~', value: 'x|y\\.z' }] } },
  { name: 'rich', type: 'query', query: 'label_values({__name__=~"cpu.*"} or up, host)' },
  { name: 'list', type: 'list', values: ['a', 'b, c'], hide: 'label', multi: true, current: 'a' },
  { name: 'note', type: 'text', current: 'plain', hide: 'variable' },
  { name: 'window', type: 'interval', values: ['auto', '5m'] },
  { name: 'site', type: 'constant', values: ['Hall 3'] },
];

test('a variable that nobody changed in its form is saved as it was', () => {
  for (const variable of SAVED) assert.deepEqual(variableOf(draftOf(variable)), variable, variable.name);
});

test('what the form makes passes the server\'s schema', () => {
  const list = SAVED.map((variable) => variableOf(draftOf(variable)));
  assert.deepEqual(validateRequest('VariablePreview', { name: 'host', variables: list }), []);
  assert.equal(variableOf({ ...emptyDraft(), name: ' x ', tag: 'host' }).name, 'x');
});

test('fields of another kind are kept on the screen and left out of what is saved', () => {
  const draft = { ...draftOf(HOST), type: /** @type {const} */ ('text'), typed: 'x' };
  assert.deepEqual(variableOf(/** @type {any} */ (draft)), { name: 'host', label: 'Host', type: 'text', current: 'x' });
  assert.equal(draft.metric, 'cpu');
  const one = { ...draftOf(HOST), multi: false, includeAll: false, current: ['$__all', 'b'] };
  assert.deepEqual([variableOf(/** @type {any} */ (one)).current, variableOf(/** @type {any} */ (one)).allValue], ['b', undefined]);
});

test('values are one a line, durations also beside each other', () => {
  assert.deepEqual(variableOf({ ...emptyDraft(), type: 'list', list: ' a \n\nb, c\na' }).values, ['a', 'b, c']);
  assert.deepEqual(variableOf({ ...emptyDraft(), type: 'interval', intervals: '1m, 5m\n1h' }).values, ['1m', '5m', '1h']);
});

test('a question is read from text and written as text', () => {
  for (const [text, written] of [
    ['label_values(host)', null], ['label_values(up, host)', null], [' label_values( up{job="web", dc=~"$dc"} ,  host ) ', 'label_values(up{job="web", dc=~"$dc"}, host)'],
    ['label_values(up{job=~"a|b"}, host)', null], ['label_values({dc="x"}, "host")', 'label_values({dc="x"}, host)'],
  ]) {
    const question = readQuestion(text ?? '');
    assert.ok(question, text ?? '');
    assert.equal(questionText(question), written ?? text);
  }
  for (const text of ['', 'up', 'label_values()', 'label_values(rate(up[5m]), host)', 'label_values(up{, host)', 'query_result(up)']) assert.equal(readQuestion(text), null, text);
});

test('a variable is described in a line', () => {
  assert.deepEqual(SAVED.slice(0, 3).concat(SAVED.slice(4)).map(describeVariable), [
    'Values of dc in cpu, All', 'Values of host in cpu where dc =~ $dc and os != x, several, All', 'Values of job, All',
    'label_values({__name__=~"cpu.*"} or up, host)', 'a, b, c, several', 'Text, hidden', 'auto, 5m', 'Always Hall 3',
  ]);
});

/** @param {Partial<Panel>} parts @returns {Panel} */
function panel(parts) {
  return { id: 'p', dashboardId: 'd', title: 'T', type: 'line', query: 'up', options: {}, position: { x: 0, y: 0, w: 1, h: 1 }, ...parts };
}

/** @type {Dashboard} */
const DASHBOARD = {
  id: 'd', name: 'D', description: '', ownerId: 'o', isPublic: false, layout: [], refreshInterval: '', timeRange: { from: 'now-1h', to: 'now' }, version: 1, createdAt: '', updatedAt: '',
  variables: [{ name: 'host', type: 'text' }, { name: 'disk', type: 'query', query: 'label_values(disk{host="$host"}, disk)' }, { name: 'part', type: 'query', query: { label: 'part', matchers: [{ name: 'host', op: '=', value: '${host:raw}' }] } }],
  panels: [
    panel({ id: 'a', title: 'CPU of $host', query: [{ query: 'cpu{host=~"$host"}', legend: '[[host]] {{dc}}', tags: { dc: ['$host'] }, groupBy: ['$hosts'] }] }),
    panel({ id: 'b', title: '$hostname ${host', query: 'up{x="$ host"}' }),
    panel({ id: 'c', type: 'row', title: '', query: null, options: { repeat: 'host' } }),
    panel({ id: 'd', type: 'text', title: 'Text', query: null, options: { content: 'About ${host:csv}', description: '$host', links: [{ title: '$host', url: '/x?h=${host}' }] } }),
  ],
};

test('the places that refer to a variable are told', () => {
  assert.deepEqual(usesOf(DASHBOARD, 'host').map(describeUse), [
    'variable disk: question', 'variable part: question', 'panel “CPU of $host”: title, query, legend', 'a row without a title: repeat', 'panel “Text”: description, links, text',
  ]);
  assert.deepEqual(usesOf(DASHBOARD, 'nobody'), []);
  assert.deepEqual(usesOf(DASHBOARD, 'hostname').map(describeUse), ['panel “$hostname ${host”: title']);
});

test('a new name goes to all of them, and to nothing else', () => {
  const renamed = renameReferences(DASHBOARD, 'host', 'server');
  assert.deepEqual(usesOf(renamed, 'host'), []);
  assert.deepEqual(renamed.panels[0]?.query, [{ query: 'cpu{host=~"$server"}', legend: '[[server]] {{dc}}', tags: { dc: ['$server'] }, groupBy: ['$hosts'] }]);
  assert.equal(renamed.panels[0]?.title, 'CPU of $server');
  assert.equal(renamed.panels[1], DASHBOARD.panels[1]);
  assert.equal(renamed.panels[2]?.options.repeat, 'server');
  assert.deepEqual(renamed.panels[3]?.options, { content: 'About ${server:csv}', description: '$server', links: [{ title: '$server', url: '/x?h=${server}' }] });
  assert.deepEqual(renamed.variables.slice(1).map((one) => one.query), ['label_values(disk{host="$server"}, disk)', { label: 'part', matchers: [{ name: 'host', op: '=', value: '${server:raw}' }] }]);
  assert.deepEqual(renameReferences(renamed, 'server', 'host'), DASHBOARD);
  assert.equal(renameReferences(DASHBOARD, 'host', '$&').panels[0]?.title, 'CPU of $$&', 'a name is no pattern');
});
