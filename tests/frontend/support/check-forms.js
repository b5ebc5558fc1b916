// What the browser's forms say of requests: [[model, value], …] on standard input, a list of faults for each on standard
// output. For tests/web/test_form_schemas.py. Not a test.
import { readFileSync } from 'node:fs';
import { schemas } from '../../../metricbox/web/static/lib/schemas.gen.js';
import { validate } from '../../../metricbox/web/static/lib/validate.js';

/** @type {[string, unknown][]} */
const requests = JSON.parse(readFileSync(0, 'utf8'));
const answers = requests.map(([model, value]) => {
  const schema = schemas[model];
  if (!schema) throw new Error(`no schema ${model}`);
  return validate(schema, value);
});
console.log(JSON.stringify(answers));
