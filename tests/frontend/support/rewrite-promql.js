// What the query builder makes of queries: [text, what it writes for the same] for each that it reads, and the functions it
// knows, on standard output. For tests/web/test_query_builder.py. Not a test.
import { formatModel } from '../../../metricbox/web/static/lib/promql-builder.js';
import { AGGREGATIONS, FUNCTIONS } from '../../../metricbox/web/static/lib/promql-functions.js';
import { parseQuery } from '../../../metricbox/web/static/lib/promql-parse.js';
import { BUILT, randomModel, randomOf, RICHER } from './promql-samples.js';

const random = randomOf(11);
const written = Array.from({ length: 400 }, () => formatModel(randomModel(random)));
const rewritten = [...BUILT, ...written].map((text) => {
  const model = parseQuery(text);
  return [text, model && formatModel(model)];
});
console.log(JSON.stringify({ rewritten, read: RICHER.filter((text) => parseQuery(text)), functions: [...FUNCTIONS.keys()], aggregations: [...AGGREGATIONS.keys()] }));
