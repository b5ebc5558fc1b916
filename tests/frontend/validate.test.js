import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemas } from '../../metricbox/web/static/lib/schemas.gen.js';
import { validate } from '../../metricbox/web/static/lib/validate.js';

/**
 * @param {import('../../metricbox/web/static/lib/schemas.gen.js').Schema} schema
 * @param {unknown} value
 */
const says = (schema, value) => validate(schema, value).map(({ field, message }) => `${field} ${message}`);

test('types', () => {
  const object = (/** @type {object} */ property) => ({ type: 'object', properties: { a: property } });
  assert.deepEqual(says(object({ type: 'string' }), { a: 5 }), ['a must be a text']);
  assert.deepEqual(says(object({ type: 'integer' }), { a: 1.5 }), ['a must be a whole number']);
  assert.deepEqual(says(object({ type: 'integer' }), { a: true }), ['a must be a whole number']);
  assert.deepEqual(says(object({ type: 'number' }), { a: NaN }), ['a must be a number']);
  assert.deepEqual(says(object({ type: 'boolean' }), { a: 0 }), ['a must be true or false']);
  assert.deepEqual(says(object({ type: 'array' }), { a: {} }), ['a must be a list']);
  assert.deepEqual(says(object({ type: 'object' }), { a: [] }), ['a must be an object']);
  assert.deepEqual(says(object({ type: ['string', 'null'] }), { a: null }), []);
  assert.deepEqual(says(object({ type: 'string' }), { a: null }), ['a must be a text']);
  assert.deepEqual(says({ type: 'object' }, []), ['body must be an object']);
});

test('a member that is undefined is absent, as in JSON', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
  assert.deepEqual(says(schema, { a: undefined, b: undefined }), ['a is required']);
});

test('members that nobody knows come last, in the order they were sent; inherited names are not members', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
  assert.deepEqual(says(schema, { z: 1, constructor: 2 }), ['a is required', 'z is not a known field', 'constructor is not a known field']);
});

test('texts are counted in code points and have one fault at most', () => {
  const schema = { type: 'string', minLength: 2, maxLength: 3, pattern: '^x' };
  assert.deepEqual(says(schema, '😀'), ['body must have at least 2 characters']);
  assert.deepEqual(says({ ...schema, pattern: '' }, '😀😀😀'), []);
  assert.deepEqual(says(schema, 'abcd'), ['body must have at most 3 characters']);
  assert.equal(validate(schema, 'abc').length, 1);
});

test('limits of numbers', () => {
  assert.deepEqual(says({ type: 'integer', minimum: 0, exclusiveMaximum: 12 }, 12), ['body must be less than 12']);
  assert.deepEqual(says({ type: 'integer', minimum: 0 }, -1), ['body must be at least 0']);
  assert.deepEqual(says({ type: 'number', exclusiveMinimum: 0, maximum: 1 }, 0), ['body must be more than 0']);
  assert.deepEqual(says({ type: 'number', maximum: 1 }, 1.5), ['body must be at most 1']);
  assert.deepEqual(says({ type: 'number', minimum: 0, maximum: 1 }, 1), []);
});

test('paths of lists and of names', () => {
  const schema = { type: 'object', properties: { list: { type: 'array', items: { type: 'object', properties: { w: { type: 'integer' } } } } } };
  assert.deepEqual(says(schema, { list: [{ w: 1 }, { w: 'x' }] }), ['list[1].w must be a whole number']);
  const tags = { type: 'object', additionalProperties: { type: 'string' }, propertyNames: { maxLength: 1 }, maxProperties: 1 };
  assert.deepEqual(says(tags, { ab: 5 }), ['ab must have at most 1 characters', 'ab must be a text']);
  assert.deepEqual(says(tags, { a: 'x', b: 'y' }), ['body must have at most 1 entries']);
});

test('a list that is too long is not read any further', () => {
  assert.deepEqual(says({ type: 'array', items: { type: 'string' }, maxItems: 1 }, [1, 2]), ['body must have at most 1 entries']);
});

test('one of several: the sentence of the whole, or what each of them misses', () => {
  const options = [{ type: 'string', minLength: 1 }, { type: 'array', items: { type: 'string' } }, { type: 'null' }];
  assert.deepEqual(says({ anyOf: options }, null), []);
  assert.deepEqual(says({ anyOf: options }, 5), ['body must be a text', 'body must be a list']);
  const named = { anyOf: options, 'x-messages': { anyOf: 'must be a text or a list' } };
  assert.deepEqual(says(named, 5), ['body must be a text or a list']);
  assert.deepEqual(says(named, ''), ['body must have at least 1 characters']);
});

test("a schema's own sentence goes first", () => {
  const schema = { type: 'string', enum: ['a', 'b'], 'x-messages': { enum: "must be one of 'a' or 'b'", null: 'must not be null' } };
  assert.deepEqual(says(schema, 5), ["body must be one of 'a' or 'b'"]);
  assert.deepEqual(says(schema, null), ['body must not be null']);
});

test('members are looked at by the pattern of their names', () => {
  const schema = { type: 'object', patternProperties: { '^[a-z]+$': { type: 'string', maxLength: 2 } } };
  assert.deepEqual(says(schema, { ab: 'cd', 1: 5 }), []);
  assert.deepEqual(says(schema, { ab: 'cde' }), ['ab must have at most 2 characters']);
});

test('every keyword of the generated schemas is known', () => {
  const known = new Set(['type', 'properties', 'required', 'additionalProperties', 'propertyNames', 'patternProperties', 'items', 'anyOf', 'enum', 'pattern', 'x-messages',
    'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']);
  /** @type {string[]} */
  const unknown = [];
  /** @param {unknown} schema */
  const walk = (schema) => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [keyword, value] of Object.entries(schema)) {
      if (!known.has(keyword)) unknown.push(keyword);
      if (keyword === 'properties' || keyword === 'patternProperties') Object.values(value).forEach(walk);
      else if (keyword === 'anyOf') value.forEach(walk);
      else if (['items', 'propertyNames', 'additionalProperties'].includes(keyword)) walk(value);
      // Compiled as validate() does it.
      if (keyword === 'pattern') new RegExp(value, 'u');
    }
  };
  Object.values(schemas).forEach(walk);
  assert.deepEqual(unknown, []);
});
