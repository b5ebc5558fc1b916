// Samples of PromQL for several tests: texts, hostile values, random models. Not a test.

/** @typedef {import('../../../metricbox/web/static/lib/promql-builder.js').Model} Model */
/** @typedef {import('../../../metricbox/web/static/lib/promql-builder.js').Matcher} Matcher */

export const HOSTILE = ['a"b\\c', "it's", '`', 'web1', 'a|b', '.*', '$host', '${x}', '\\', '"} or x{a="', 'a\nb\tc', '<img onerror=1>', '\u202eevil', '\u{1f600}', '[$]', '#', ' ', 'é'];

/**
 * Numbers that look random and are the same each time.
 * @param {number} seed
 * @returns {(below: number) => number}
 */
export function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Queries that the builder reads. */
export const BUILT = [
  'up', 'a.b', '{"my-metric"}', 'up{host="a"}', "up{host='a', dc!~\"x.*\",}", '{__name__="up", a="b"}', '{__name__=~"cpu.*"}', 'up{host=~"a|b\\\\.c"}', 'up{host!~"a|b"}',
  'rate(up[5m])', 'rate(up{a="b"}[$__rate_interval])', 'avg_over_time(a.b[1h30m])', 'quantile_over_time(0.95, up[5m])', 'quantile_over_time(0.42, up[5m])', 'predict_linear(up[1h], -3600)',
  'sum(up)', 'sum by (a) (up)', 'sum(up) by (a, "b-c")', 'avg without (a) (rate(up[5m]))', 'sum by () (up)', 'sum without () (up)', 'topk(5, up)', 'quantile(0.9, up) without (x)', 'count_values("v", up)',
  'topk(5, sum by (a) (rate(up[5m])))', 'histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))', 'up * 8', 'up + 1 - 2', '(up + 1) * 8', 'up * 8 / 2 + 1', '((up)) ^ 2', '(up ^ 2) ^ 2', 'up % 2 > 1', 'sum(up * 8)',
  'clamp(up, -1, 1e3)', 'clamp_max(abs(up), Inf)', 'round(up)', 'round(up, 5)', 'label_replace(up, "a", "$1", "b", "(.*)")', 'label_join(up, "a", ",", "b", \'c\')', 'sort_by_label(up, "a", "b")', 'SUM BY (a) (up)', 'up{by="x"}',
  'up == 1', 'timestamp(up)', 'sum(rate({"a/b", "c.d"="e"}[5m]))', 'absent(up)', 'hour(up)',
];

/** Queries that say more. */
export const RICHER = [
  'up + up', '2 * up', '-up', 'up offset 5m', 'up @ 1', 'rate(up[5m:1m])', 'rate(up[5m] offset 1h)', 'up > bool 1', 'a and b', 'up # comment', 'time()', 'vector(1)', 'hour()', 'up{a="b" or c="d"}', 'a - 1 * 2', 'up ^ 2 ^ 2',
  'sum(up', 'up{', 'rate(up)', 'foo(up)', 'up)', 'clamp(up)', 'max_over_time(rate(up[5m])[1h:])', '1', '"text"', 'up[5m]', 'absent(sum(up)) or up', 'up{a="\\d"}', 'sum by (a) (up) by (b)', 'a b', 'scalar(up) * up', 'up{a=b}', 'a{"b","c"}',
];

/**
 * @param {(below: number) => number} random
 * @returns {Model}
 */
export function randomModel(random) {
  /** @template T @param {T[]} list @returns {T} */
  const one = (list) => /** @type {T} */ (list[random(list.length)]);
  const labels = () => ['host', 'a-b', 'le', 'dc.x', '$label'].filter(() => random(3) === 0);
  /** @returns {Matcher} */
  const matcher = () => {
    const op = one(/** @type {Matcher['op'][]} */ (['=', '!=', '=~', '!~']));
    const values = op.endsWith('~') ? [one(['web.*', '$host', 'a+', 'x'])] : [...new Set(Array.from({ length: 1 + random(3) }, () => one(HOSTILE)))];
    return { name: one(['host', 'a-b', 'by', '$label']), op, values };
  };
  const steps = ['', 'avg', 'p95', 'rate', 'increase', 'irate', 'deriv', 'quantile_over_time', 'predict_linear'];
  const step = one(steps);
  const groups = [null, { op: 'sum', args: [] }, { op: 'topk', args: ['5'] }, { op: 'count_values', args: ['v"'] }];
  const group = one(groups);
  /** @type {Pick<import('../../../metricbox/web/static/lib/promql-builder.js').Layer, 'kind' | 'name' | 'args'>[]} */
  const layers = [
    { kind: 'function', name: 'abs', args: [] }, { kind: 'function', name: 'clamp', args: ['-1', '1e3'] }, { kind: 'function', name: 'histogram_quantile', args: ['0.95'] },
    { kind: 'function', name: 'label_replace', args: ['a', '$1', 'b', '(.*)'] }, { kind: 'operator', name: '*', args: ['8'] }, { kind: 'operator', name: '+', args: ['-1'] },
    { kind: 'operator', name: '^', args: ['2'] }, { kind: 'operator', name: '>', args: ['80'] }, { kind: 'aggregation', name: 'bottomk', args: ['3'] }, { kind: 'function', name: 'round', args: [] },
  ];
  const functions = Array.from({ length: random(4) }, () => {
    const layer = one(layers);
    return { ...layer, labels: layer.kind === 'aggregation' ? labels() : [], isWithout: layer.kind === 'aggregation' && random(3) === 0 };
  });
  // The first aggregation is the group.
  const isGroupFree = group === null && functions[0]?.kind === 'aggregation';
  return {
    metric: one(['up', 'a.b', 'my-metric', 'sum', 'offset', 'a/b', 'a.']),
    matchers: Array.from({ length: random(3) }, matcher),
    step,
    stepArgs: step === 'quantile_over_time' ? ['0.42'] : step === 'predict_linear' ? ['60'] : [],
    window: step === '' ? '' : one(['5m', '1h30m', '$__rate_interval', '${w}']),
    group: group && { ...group, labels: labels(), isWithout: random(3) === 0 },
    functions: isGroupFree ? functions.slice(1).filter((layer) => layer.kind !== 'aggregation') : functions,
  };
}
