// What the server would say of a request, before it is sent: the same fields, the same sentences. Knows the part of JSON
// Schema that `make generate` writes into schemas.gen.js; tests/web/test_form_schemas.py asks both sides the same. Pure.
import { messages, schemas } from './schemas.gen.js';

/** @typedef {import('./schemas.gen.js').Schema} Schema */
/** @typedef {{field: string, message: string}} Fault the message is the end of a sentence that begins with the field */

/**
 * Members that are undefined count as absent, as they do in JSON.
 * @param {Schema} schema
 * @param {unknown} value
 * @returns {Fault[]} in the server's order; empty when nothing is wrong that can be seen from here
 */
export function validate(schema, value) {
  /** @type {Fault[]} */
  const faults = [];
  checkValue(schema, value, '', faults);
  return faults;
}

/**
 * A whole request, by the name of its model.
 * @param {string} model
 * @param {unknown} value
 * @returns {Fault[]}
 */
export function validateRequest(model, value) {
  const schema = schemas[model];
  if (!schema) throw new Error(`no schema for ${model}`);
  return validate(schema, value);
}

/**
 * @param {Schema} schema
 * @param {string} keyword
 * @param {string} field
 * @returns {Fault}
 */
function fault(schema, keyword, field) {
  const text = schema['x-messages']?.[keyword] ?? messages[keyword] ?? 'is not valid';
  return { field: field === '' ? 'body' : field, message: text.replace('{limit}', String(schema[keyword])) };
}

/**
 * @param {unknown} value
 * @param {string} type
 */
function isOfType(value, type) {
  switch (type) {
    case 'string': return typeof value === 'string';
    case 'boolean': return typeof value === 'boolean';
    case 'number': return typeof value === 'number' && Number.isFinite(value);
    case 'integer': return Number.isInteger(value);
    case 'array': return Array.isArray(value);
    case 'object': return typeof value === 'object' && value !== null && !Array.isArray(value);
    default: return value === null;
  }
}

/**
 * @param {Schema} schema
 * @returns {string[]} empty when any type will do
 */
function typesOf(schema) {
  return schema.type === undefined ? [] : [schema.type].flat();
}

/**
 * @param {Schema} schema
 * @param {unknown} value
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkValue(schema, value, path, faults) {
  if (schema.anyOf) {
    checkAnyOf(schema, value, path, faults);
    return;
  }
  const types = typesOf(schema);
  if (value === null && types.includes('null')) return;
  if (value === null && schema['x-messages']?.null) faults.push(fault(schema, 'null', path));
  // Before the type: a value that is none of the words is told so, whatever it is.
  else if (schema.enum && !schema.enum.includes(value)) faults.push(fault(schema, 'enum', path));
  else if (types.length > 0 && !types.some((type) => isOfType(value, type))) faults.push(fault(schema, `type:${types[0]}`, path));
  else if (typeof value === 'string') checkText(schema, value, path, faults);
  else if (typeof value === 'number') checkNumber(schema, value, path, faults);
  else if (Array.isArray(value)) checkList(schema, value, path, faults);
  else if (isOfType(value, 'object')) checkObject(schema, /** @type {Record<string, unknown>} */ (value), path, faults);
}

/**
 * @param {Schema} schema
 * @param {unknown} value
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkAnyOf(schema, value, path, faults) {
  /** @type {Schema[]} */
  const options = schema.anyOf;
  const found = options.map((option) => {
    /** @type {Fault[]} */
    const own = [];
    checkValue(option, value, path, own);
    return own;
  });
  if (found.some((own) => own.length === 0)) return;
  if (!schema['x-messages']?.anyOf) {
    // What each option misses; null is always one that nobody meant.
    faults.push(...found.filter((_, index) => options[index]?.type !== 'null').flat());
    return;
  }
  const meant = options.findIndex((option) => typesOf(option).some((type) => isOfType(value, type)));
  faults.push(...(found[meant] ?? [fault(schema, 'anyOf', path)]));
}

/**
 * At most one fault: the first.
 * @param {Schema} schema
 * @param {string} text
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkText(schema, text, path, faults) {
  // The server counts code points, a string's length is in halves of some of them.
  const chars = [...text].length;
  const wrong = chars > (schema.maxLength ?? Infinity) ? 'maxLength'
    : chars < (schema.minLength ?? 0) ? 'minLength'
      : schema.pattern && !new RegExp(schema.pattern, 'u').test(text) ? 'pattern' : null;
  if (wrong) faults.push(fault(schema, wrong, path));
}

/**
 * @param {Schema} schema
 * @param {number} number
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkNumber(schema, number, path, faults) {
  const wrong = number > (schema.maximum ?? Infinity) ? 'maximum'
    : number >= (schema.exclusiveMaximum ?? Infinity) ? 'exclusiveMaximum'
      : number < (schema.minimum ?? -Infinity) ? 'minimum'
        : number <= (schema.exclusiveMinimum ?? -Infinity) ? 'exclusiveMinimum' : null;
  if (wrong) faults.push(fault(schema, wrong, path));
}

/**
 * @param {Schema} schema
 * @param {unknown[]} list
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkList(schema, list, path, faults) {
  if (list.length > (schema.maxItems ?? Infinity)) {
    faults.push(fault(schema, 'maxItems', path));
    return;
  }
  if (list.length < (schema.minItems ?? 0)) faults.push(fault(schema, 'minItems', path));
  if (schema.items) list.forEach((item, index) => checkValue(schema.items, item, `${path}[${index}]`, faults));
}

/**
 * Declared members first, in their order, then those that nobody knows.
 * @param {Schema} schema
 * @param {Record<string, unknown>} object
 * @param {string} path
 * @param {Fault[]} faults
 */
function checkObject(schema, object, path, faults) {
  /** @param {string} name */
  const at = (name) => (path === '' ? name : `${path}.${name}`);
  /** @type {Record<string, Schema>} */
  const properties = schema.properties ?? {};
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  for (const [name, property] of Object.entries(properties)) {
    if (names.includes(name)) checkValue(property, object[name], at(name), faults);
    else if (schema.required?.includes(name)) faults.push(fault(schema, 'required', at(name)));
  }
  const others = names.filter((name) => !Object.hasOwn(properties, name));
  const before = faults.length;
  for (const name of others) {
    if (schema.additionalProperties === false) faults.push(fault(schema, 'additionalProperties', at(name)));
    for (const [pattern, member] of Object.entries(schema.patternProperties ?? {})) {
      if (new RegExp(pattern, 'u').test(name)) checkValue(member, object[name], at(name), faults);
    }
    if (schema.propertyNames) checkValue(schema.propertyNames, name, at(name), faults);
    if (typeof schema.additionalProperties === 'object') checkValue(schema.additionalProperties, object[name], at(name), faults);
  }
  // Counted last, when its members are good.
  if (faults.length === before && others.length > (schema.maxProperties ?? Infinity)) faults.push(fault(schema, 'maxProperties', path));
}
