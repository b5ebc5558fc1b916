import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyModel, formatModel, isExpression, JOIN } from '../../metricbox/web/static/lib/promql-builder.js';
import { faultOfArgument, faultOfWindow, firstArgs, functionChoices, newLayer, parametersOf, stepChoices } from '../../metricbox/web/static/lib/builder-choices.js';
import { parseQuery } from '../../metricbox/web/static/lib/promql-parse.js';
import { isPlain, lacksRate, readQuery, startModel, withoutUsualWindow, withRate, writeQuery } from '../../metricbox/web/static/lib/query-model.js';
import { BUILT, randomModel, randomOf, RICHER } from './support/promql-samples.js';

/** @typedef {import('../../metricbox/web/types/app').PanelQuery} PanelQuery */

test('what the builder says comes back the same', () => {
  const random = randomOf(7);
  for (let round = 0; round < 3000; round += 1) {
    const model = randomModel(random);
    const text = formatModel(model);
    const read = parseQuery(text);
    assert.deepEqual(read, model, text);
  }
});

test('text that is read is written with the same meaning, and once more the same', () => {
  for (const text of BUILT) {
    const model = parseQuery(text);
    assert.ok(model, text);
    const written = formatModel(model);
    assert.deepEqual(parseQuery(written), model, `${text} -> ${written}`);
    assert.equal(formatModel(parseQuery(written) ?? emptyModel()), written);
  }
});

test('what is richer than the builder stays text', () => {
  for (const text of RICHER) assert.equal(parseQuery(text), null, text);
});

test('names with dashes are metrics when there are such metrics', () => {
  assert.equal(parseQuery('my-metric'), null);
  assert.equal(parseQuery('my-metric', (name) => name === 'my-metric')?.metric, 'my-metric');
  assert.equal(parseQuery(' sum ')?.metric, 'sum');
  assert.equal(formatModel({ ...emptyModel(), metric: 'my-metric' }), '{"my-metric"}');
  assert.equal(formatModel({ ...emptyModel(), metric: 'a.b' }), 'a.b');
  assert.equal(formatModel(emptyModel()), '');
});

test('values of every kind are quoted', () => {
  const model = { ...emptyModel(), metric: 'up', matchers: [{ name: 'host', op: /** @type {const} */ ('='), values: ['a"b\\c'] }] };
  assert.equal(formatModel(model), 'up{host="a\\"b\\\\c"}');
  assert.equal(formatModel({ ...model, matchers: [{ name: 'host', op: '!=', values: ['a.b', 'c'] }] }), 'up{host!~"a\\\\.b|c"}');
  // What is not chosen yet says nothing.
  assert.equal(formatModel({ ...model, matchers: [{ name: 'host', op: '=', values: [] }] }), 'up');
});

/** @param {PanelQuery} query */
const through = (query) => {
  const model = readQuery(query);
  assert.ok(model, JSON.stringify(query));
  return writeQuery(query, model);
};

test('queries of both kinds stay of their kind', () => {
  /** @type {PanelQuery[]} */
  const queries = [
    { query: 'up' },
    { query: 'up', aggregation: 'p95', legend: '{{host}}' },
    { query: 'up{host="a"}', aggregation: 'rate', groupBy: ['host'] },
    { query: 'up', groupBy: [] },
    { query: 'sum by (host) (up)', legend: 'x', isHidden: true },
    { query: 'rate(up[5m])' },
  ];
  for (const query of queries) assert.deepEqual(through(query), query);
});

test('tags go into the text, and mean the same there', () => {
  assert.deepEqual(through({ query: 'up', tags: { host: ['a', 'b.c'], dc: 'x', v: '$v' }, aggregation: 'max' }), {
    query: 'up{host=~"a|b\\\\.c", dc="x", v="$v"}', aggregation: 'max',
  });
  assert.equal(readQuery({ query: 'up', tags: { host: [] } }), null, 'no value is none at all');
  assert.equal(readQuery({ query: 'sum(up)', aggregation: 'avg' }), null, 'the server refuses it');
});

test('a function makes an expression, which samples each step in the same way', () => {
  const model = readQuery({ query: 'up', aggregation: 'rate', groupBy: ['host'] });
  assert.ok(model);
  assert.equal(isExpression(model), false);
  const written = writeQuery({ query: 'up', aggregation: 'rate', groupBy: ['host'] }, { ...model, functions: [newLayer('*')] });
  assert.deepEqual(written, { query: 'sum by (host) (rate(up[$__rate_interval])) * 1' });
  assert.deepEqual(writeQuery({ query: '' }, { ...model, step: 'p95', functions: [newLayer('abs')] }, '5m'), { query: 'abs(avg by (host) (quantile_over_time(0.95, up[5m])))' });
  assert.deepEqual(writeQuery({ query: '' }, { ...emptyModel(), metric: 'up', group: { op: JOIN, args: [], labels: ['a'], isWithout: false } }), { query: 'up', groupBy: ['a'] });
  // And back, once it is gone.
  const alone = { ...model, window: '$__rate_interval', group: null };
  assert.equal(withoutUsualWindow(alone).window, '');
  assert.equal(withoutUsualWindow({ ...alone, window: '5m' }).window, '5m');
});

test('a metric is first looked at by its type', () => {
  assert.deepEqual(writeQuery({ query: '' }, startModel({ name: 'a', type: 'gauge' })), { query: 'a', aggregation: 'avg' });
  assert.deepEqual(writeQuery({ query: '' }, startModel({ name: 'a', type: 'counter' })), { query: 'a', aggregation: 'rate' });
  assert.deepEqual(writeQuery({ query: '' }, startModel({ name: 'a', type: 'histogram' })), { query: 'a', aggregation: 'p95' });
  assert.deepEqual(writeQuery({ query: '' }, startModel({ name: 'a_bucket', type: 'histogram' })), { query: 'histogram_quantile(0.95, sum by (le) (rate(a_bucket[$__rate_interval])))' });
});

test('a counter without its rate is noticed', () => {
  const counter = { name: 'a', type: /** @type {const} */ ('counter') };
  const model = parseQuery('a') ?? emptyModel();
  assert.equal(lacksRate(model, counter), true);
  assert.equal(lacksRate(withRate(model), counter), false);
  assert.equal(lacksRate(parseQuery('rate(a[5m])') ?? model, counter), false);
  assert.equal(lacksRate(parseQuery('sum(a)') ?? model, counter), true);
  assert.equal(lacksRate(model, { name: 'a', type: 'gauge' }), false);
  assert.equal(lacksRate(model, null), false);
});

test('plain texts take aggregation and groupBy beside them, others do not', () => {
  for (const text of ['up', 'up{a="b"}', 'a.b', '']) assert.equal(isPlain(text), true, text);
  for (const text of ['sum(up)', 'up{', 'a-b', 'up * 2', 'rate(up[5m])']) assert.equal(isPlain(text), false, text);
});

test('every function that is offered can be written and read', () => {
  for (const { value } of functionChoices('')) {
    const model = { ...emptyModel(), metric: 'up', functions: [newLayer(value)], group: { op: 'sum', args: [], labels: [], isWithout: false } };
    assert.deepEqual(parseQuery(formatModel(model)), model, value);
    for (const [index, parameter] of parametersOf(value).entries()) assert.equal(faultOfArgument(parameter, newLayer(value).args[index] ?? ''), '', `${value} ${parameter.name}`);
  }
  for (const { value } of stepChoices(true).flatMap((group) => group.options).filter((option) => option.value !== '')) {
    const model = { ...emptyModel(), metric: 'up', step: value, stepArgs: firstArgs(value), window: '5m' };
    // The quantile of p95 is read as that.
    assert.equal(formatModel(parseQuery(formatModel(model)) ?? emptyModel()), formatModel(model), value);
    assert.ok(formatModel(model).startsWith('up') === false, value);
  }
  assert.equal(functionChoices('rou')[0]?.value, 'round');
});

test('what is no number and no duration is refused', () => {
  const [number] = parametersOf('topk');
  assert.ok(number);
  for (const good of ['5', '-1', '1e3', '.5', 'Inf', '$n', '${n}']) assert.equal(faultOfArgument(number, good), '', good);
  for (const bad of ['', 'x', '5m', '1)', '1 + 1']) assert.notEqual(faultOfArgument(number, bad), '', bad);
  for (const good of ['', '5m', '1h30m', '$w']) assert.equal(faultOfWindow(good), '', good);
  for (const bad of ['5', 'm', '5m]', '1x']) assert.notEqual(faultOfWindow(bad), '', bad);
});
