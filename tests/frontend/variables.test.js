import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUrlState, emptyUrlState, parseUrlState } from '../../metricbox/web/static/lib/url-state.js';
import {
  ALL, changeVars, fillLink, fillPanel, fillText, findValues, isNeeded, needsOf, orderOf, referencesOf, selectionOf, summaryOf, toggle,
  usesBuiltIn, variablesOf,
} from '../../metricbox/web/static/lib/variables.js';

/** @typedef {import('../../metricbox/web/types/app').VariableShown} Variable */
/** @typedef {import('../../metricbox/web/types/app').Panel} Panel */

const HOSTILE = ['<img onerror=1>', '"><svg>', 'javascript:alert(1)', '$&', '$1', '$host', '&x=1', '#', '../..', '//evil.example', '😀', 'ä b', '%'];

/** @param {Record<string, string[]>} values */
const select = (values) => new Map(Object.entries(values));

/** @param {Partial<Panel>} parts @returns {Panel} */
function panel(parts) {
  return { id: 'p', dashboardId: 'd', title: '', type: 'line', query: 'up', options: {}, position: { x: 0, y: 0, w: 1, h: 1 }, ...parts };
}

test('references are found in every spelling', () => {
  assert.deepEqual(referencesOf('$a ${b} ${c:csv} [[d]] [[e:raw]] $a $1 $ ${} cost: 5$'), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(referencesOf('$constructor'), ['constructor']);
});

test('titles hold values as text, once', () => {
  const selection = select({ host: ['web1', 'web2'], all: [ALL], none: [], one: ['$host'] });
  assert.equal(fillText('CPU of $host', selection), 'CPU of web1, web2');
  assert.equal(fillText('${host:pipe} ${host:csv} [[host]]', selection), 'web1|web2 web1,web2 web1, web2');
  assert.equal(fillText('$all|$none|$one|$unknown|$__proto__|$constructor', selection), 'All||$host|$unknown|$__proto__|$constructor');
  for (const value of HOSTILE) assert.equal(fillText('<$v>', select({ v: [value] })), `<${value}>`);
});

test('no value changes where a link leads', () => {
  for (const value of HOSTILE) {
    const selection = select({ v: [value] });
    const url = new URL(fillLink('https://wiki.example/hosts/${v}?q=$v#$v', selection) ?? '');
    assert.equal(url.origin, 'https://wiki.example');
    assert.equal(url.searchParams.get('q'), value);
    assert.equal([...url.searchParams].length, 1);
    assert.equal(fillLink('$v', selection), null, 'a value decides no address');
  }
  assert.equal(fillLink('/dashboard/1?${v:queryparam}', select({ v: ['a b', 'c&d'] })), '/dashboard/1?var-v=a%20b&var-v=c%26d');
  for (const address of ['javascript:$v', ' javascript:1', 'data:text/html,x', '//evil.example/', '/\\evil.example', 'https:$v']) {
    assert.equal(fillLink(address, select({ v: ['/x'] })), null, address);
  }
});

test('a panel that refers to nothing is the same object', () => {
  const selection = select({ host: ['a'] });
  const plain = panel({ title: 'CPU', query: [{ query: 'up{h="$host"}', legend: '{{host}}' }] });
  assert.equal(fillPanel(plain, selection), plain);
  const shown = fillPanel(panel({ title: '$host', query: [{ query: '$host', legend: '$host {{x}}' }, { query: 'up', legend: null }] }), selection);
  assert.equal(shown.title, 'a');
  assert.deepEqual(shown.query, [{ query: '$host', legend: 'a {{x}}' }, { query: 'up', legend: null }]);
});

test('what a panel hangs on', () => {
  assert.deepEqual(variablesOf(panel({ query: 'rate(up{h="$host"}[$__rate_interval])' })), ['host', '__rate_interval']);
  assert.deepEqual(variablesOf(panel({ query: [{ query: 'up', tags: { a: ['$x'] }, groupBy: ['${y}'] }] })), ['x', 'y']);
  assert.equal(variablesOf(panel({ query: null })), null);
  assert.equal(variablesOf(panel({ query: [{ query: null }] })), null);
  assert.equal(usesBuiltIn(['a', '__interval']), true);
  assert.equal(usesBuiltIn(['a']), false);
  assert.equal(usesBuiltIn(null), false);
});

/** @param {string} name @param {Partial<Variable>} [more] @returns {Variable} */
const variable = (name, more = {}) => ({ name, type: 'text', ...more });

test('the link goes before what was saved', () => {
  const variables = [variable('a', { current: 'x' }), variable('b', { current: ['y', 'z'] }), variable('c'), variable('constructor')];
  assert.deepEqual([...selectionOf(variables, { a: ['1', '2'], nobody: ['3'] })], [['a', ['1', '2']], ['b', ['y', 'z']]]);
  assert.deepEqual([...selectionOf(variables, { a: [] })], [['a', ['x']], ['b', ['y', 'z']]]);
});

test('the link carries what differs from what was saved, and comes back', () => {
  const one = variable('host', { current: [ALL] });
  assert.deepEqual(changeVars({ dc: ['x'] }, one, ['a', 'b']), { dc: ['x'], host: ['a', 'b'] });
  assert.deepEqual(changeVars({ dc: ['x'], host: ['a'] }, one, [ALL]), { dc: ['x'] });
  for (const value of HOSTILE) {
    const vars = changeVars({}, one, [value, 'b']);
    const search = formatUrlState({ ...emptyUrlState(), vars });
    assert.deepEqual(parseUrlState(search).vars, vars, value);
  }
  assert.equal(formatUrlState({ ...emptyUrlState(), vars: { host: ['a', 'b'] } }), '?var-host=a&var-host=b');
});

test('a click toggles one of several, and is the choice of one', () => {
  const order = ['a', 'b', 'c'];
  const several = { isMulti: true, order };
  assert.deepEqual(toggle(['a'], 'b', { isMulti: false, order }), ['b']);
  assert.deepEqual(toggle(['c'], 'a', several), ['a', 'c']);
  assert.deepEqual(toggle(['a', 'c'], 'a', several), ['c']);
  assert.deepEqual(toggle(['a'], 'a', several), ['a'], 'one stays');
  assert.deepEqual(toggle([ALL], 'b', several), ['b']);
  assert.deepEqual(toggle(['a', 'b'], ALL, several), [ALL]);
});

test('the control says what is chosen', () => {
  assert.equal(summaryOf([ALL], 12), 'All');
  assert.equal(summaryOf(['web1'], 12), 'web1');
  assert.equal(summaryOf(['a', 'b', 'c'], 12), '3 of 12');
  assert.equal(summaryOf([], 12), 'None');
});

test('the search takes words in any case and order', () => {
  assert.deepEqual(findValues(['web-EU-1', 'db-eu-1', 'web-us'], 'eu WEB'), ['web-EU-1']);
  assert.deepEqual(findValues(['a'], ' '), ['a']);
});

const DC = variable('dc', { type: 'query', query: 'label_values(up, dc)' });
const HOST = variable('host', { type: 'query', query: { label: 'host', matchers: [{ name: 'dc', op: '=~', value: '$dc' }] } });
const DISK = variable('disk', { type: 'query', query: 'label_values(up{host=~"$host", dc="${dc}"}, disk)' });

test('chained ones come after what they need', () => {
  assert.deepEqual(needsOf(DISK), ['host', 'dc']);
  assert.deepEqual(orderOf([DISK, HOST, DC, variable('x')]), { order: ['dc', 'host', 'disk', 'x'], circle: null });
  assert.equal(isNeeded([DC, HOST], 'dc'), true);
  assert.equal(isNeeded([DC, HOST], 'host'), false);
  assert.equal(isNeeded([variable('host', { type: 'query' })], 'dc'), true, 'not known to this viewer');
});

test('a circle is found', () => {
  const a = variable('a', { type: 'query', query: 'label_values(up{x="$b"}, y)' });
  const b = variable('b', { type: 'query', query: 'label_values(up{x="$a"}, y)' });
  assert.deepEqual(orderOf([variable('x'), a, b]).circle, ['a', 'b', 'a']);
  assert.deepEqual(orderOf([variable('s', { type: 'query', query: 'label_values($s)' })]).circle, ['s', 's']);
});
