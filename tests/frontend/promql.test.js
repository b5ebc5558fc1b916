import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGGREGATIONS, FUNCTIONS } from '../../metricbox/web/static/lib/promql-functions.js';
import { explainFault } from '../../metricbox/web/static/lib/promql-faults.js';
import { escapePattern, indexOfPosition, quoteText, splitPattern, unquoteText } from '../../metricbox/web/static/lib/promql-text.js';
import { tokenize } from '../../metricbox/web/static/lib/promql-tokens.js';
import { applySuggestion, fixedSuggestions, metricSuggestion, placeOf, tagSuggestion, valueSuggestion } from '../../metricbox/web/static/lib/promql-complete.js';
import { HOSTILE, randomOf } from './support/promql-samples.js';

/** @param {string} text */
const kinds = (text) => tokenize(text).filter((token) => token.kind !== 'space').map((token) => `${token.kind} ${token.text}`);

/**
 * The place at the mark.
 * @param {string} marked
 */
function placeAt(marked) {
  const caret = marked.indexOf('^');
  return placeOf(marked.replace('^', ''), caret);
}

test('tokens are told apart by where they stand', () => {
  assert.deepEqual(kinds('sum by (host) (rate(a.b{by=~"x"}[5m])) * 8 # end'), [
    'aggregation sum', 'keyword by', 'open (', 'label host', 'close )', 'open (', 'function rate', 'open (', 'metric a.b', 'open {', 'label by', 'operator =~',
    'string "x"', 'close }', 'open [', 'duration 5m', 'close ]', 'close )', 'close )', 'operator *', 'number 8', 'comment # end',
  ]);
  assert.deepEqual(kinds('sum + rate + TOPK(2, x)'), ['metric sum', 'operator +', 'metric rate', 'operator +', 'aggregation TOPK', 'open (', 'number 2', 'comma ,', 'metric x', 'close )']);
  assert.deepEqual(kinds('up{a="b'), ['metric up', 'open {', 'label a', 'operator =', 'bad "b']);
  assert.deepEqual(kinds('$m{h="$h"}[${w:raw}] [[x]] Inf 0x1f 1e3'), [
    'variable $m', 'open {', 'label h', 'operator =', 'string "$h"', 'close }', 'open [', 'variable ${w:raw}', 'close ]', 'variable [[x]]', 'number Inf', 'number 0x1f', 'number 1e3',
  ]);
});

test('tokens cover any text, in order, and never throw', () => {
  const random = randomOf(1);
  const pieces = [...HOSTILE, 'sum', 'by', '(', ')', '{', '}', '[', ']', '"', "'", '`', '\\', '=', '=~', '5m', '1e', '.', ',', '#', '\n', ' ', '$', '${', '[[', '@', '\u{1f600}', '\ud800', 'é'];
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('');
    const tokens = tokenize(text);
    assert.equal(tokens.map((token) => token.text).join(''), text);
    let at = 0;
    for (const token of tokens) {
      assert.equal(token.start, at);
      assert.equal(token.end, at + token.text.length);
      at = token.end;
    }
    for (let caret = 0; caret <= text.length; caret += 1) {
      const place = placeOf(text, caret);
      assert.ok(place.start <= caret && caret <= Math.max(place.end, caret), `${JSON.stringify(text)} ${caret}`);
    }
  }
});

test('quoted texts come back, whatever they hold', () => {
  for (const text of HOSTILE) assert.equal(unquoteText(quoteText(text)), text);
  assert.equal(quoteText('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(unquoteText("'it\\'s \\x41\\u00e9\\101'"), "it's AéA");
  assert.equal(unquoteText('`a\\d"`'), 'a\\d"');
  for (const bad of ['"a', 'a', '"\\d"', '"\\xff"', '"\\ud800"', '']) assert.equal(unquoteText(bad), null, bad);
});

test('lists of values as a pattern come back', () => {
  for (const first of HOSTILE) {
    for (const second of HOSTILE) assert.deepEqual(splitPattern(`${escapePattern(first)}|${escapePattern(second)}`), [first, second]);
  }
  assert.equal(escapePattern('$host'), '[$]host', 'no variable begins there');
  for (const pattern of ['web.*', 'a', '(a|b)', 'a|b+', 'a|$host', 'a|\\d', 'a\\']) assert.equal(splitPattern(pattern), null, pattern);
});

test('each place wants its own', () => {
  const wants = (/** @type {string} */ marked) => {
    const { wants: what, prefix, metric, tag } = placeAt(marked);
    return [what, prefix, metric, tag].filter((part) => part !== '').join(' ');
  };
  assert.equal(wants('^'), 'expression');
  assert.equal(wants('sum(ra^'), 'expression ra');
  assert.equal(wants('up{^'), 'tag up');
  assert.equal(wants('up{host="a", de^}'), 'tag de up');
  assert.equal(wants('{"my-metric", ho^'), 'tag ho my-metric');
  assert.equal(wants('up{host=^}'), 'value up host');
  assert.equal(wants('up{host="we^'), 'value we up host');
  assert.equal(wants('up{host=~"we^"}'), 'value we up host');
  assert.equal(wants('sum by (^) (up)'), 'tag up');
  assert.equal(wants('sum(up) by (ho^'), 'tag ho up');
  assert.equal(wants('rate(up[^'), 'window');
  assert.equal(wants('rate(up[$__ra^])'), 'window $__ra');
  assert.equal(wants('up # su^'), 'none');
  assert.equal(wants('label_replace(up, "a^'), 'none');
  assert.equal(wants('up{host="a"^}'), 'none');
  assert.equal(wants('up * 8^'), 'none');
});

/** @param {string} marked @param {import('../../metricbox/web/static/lib/promql-complete.js').Suggestion} suggestion @returns {string} with the mark where the caret is */
function taken(marked, suggestion) {
  const next = applySuggestion(marked.replace('^', ''), placeAt(marked), suggestion);
  return `${next.text.slice(0, next.caret)}^${next.text.slice(next.caret)}`;
}

test('a suggestion takes the place of what is written of it, and escapes (B151)', () => {
  const hostile = valueSuggestion('a"b\\c', 1, false);
  assert.equal(taken('up{host="a^', hostile), 'up{host="a\\"b\\\\c"^');
  assert.equal(taken('up{host="a^"}', hostile), 'up{host="a\\"b\\\\c"^}');
  assert.equal(taken('up{host=^}', hostile), 'up{host="a\\"b\\\\c"^}');
  assert.equal(taken('up{host="a^}', hostile), 'up{host="a\\"b\\\\c"^}');
  assert.equal(taken('up{host=~"a^"}', valueSuggestion('a"b\\c', 1, true)), 'up{host=~"a\\"b\\\\\\\\c"^}');
  assert.equal(taken('up{^}', tagSuggestion('a-b', 1)), 'up{"a-b"^}');
  assert.equal(taken('my^', metricSuggestion({ name: 'my-metric', type: 'gauge' })), '{"my-metric"}^');
  const [rate] = fixedSuggestions(placeAt('ra^'), []);
  assert.equal(rate?.label, 'rate');
  if (!rate) return;
  assert.equal(taken('ra^', rate), 'rate(^)');
  assert.equal(taken('ra^(up[5m])', rate), 'rate(^up[5m])');
});

test('variables are offered where they may stand', () => {
  const labels = (/** @type {string} */ marked) => fixedSuggestions(placeAt(marked), ['host']).map((one) => one.text);
  assert.deepEqual(labels('up{host="$^'), ['"$host"']);
  assert.ok(labels('sum by ($h^').includes('$host'));
  assert.deepEqual(labels('rate(up[$__r^'), ['$__rate_interval', '$__range']);
  assert.deepEqual(labels('label_join(up, "$^'), []);
});

test('every function has a signature and a line of help', () => {
  for (const table of [FUNCTIONS, AGGREGATIONS]) {
    for (const [name, { signature, help }] of table) {
      assert.ok(signature.startsWith(`${name}(`), name);
      assert.ok(help.length > 3, name);
    }
  }
  assert.equal(FUNCTIONS.get('quantile_over_time')?.signature, 'quantile_over_time(quantile, series[window])');
});

/** @param {string} message @param {string} text @param {number} [position] */
const fault = (message, text, position) => explainFault({ message: `query: ${message}`, details: [{ field: 'query', message, ...(position === undefined ? {} : { position }) }] }, text);

test('faults say where and what to write instead', () => {
  assert.deepEqual(fault("1:4: parse error: unclosed '('", 'sum(up', 3), { message: "Unclosed '('", place: 'Column 4', index: 3, help: 'It is never closed by )' });
  assert.equal(fault('2:1: parse error: unexpected )', 'a\n)', 2).place, 'Line 2, column 1');
  // Characters of two halves count as one on the server.
  assert.equal(fault('1:3: parse error: x', '\u{1f600} )', 2).index, 3);
  assert.equal(indexOfPosition('\u{1f600}a', 1), 2);
  assert.equal(fault('1:9: parse error: unexpected x', 'up{a="$b"}').place, '', 'a text with variables put in is not the one here');
  assert.match(fault("1:1: parse error: expected type matrix in call to function 'rate', got vector", 'rate(up)', 0).help, /rate\(metric\[5m\]\)/);
  assert.match(fault("1:1: parse error: unknown function with name 'rte'", 'rte(up)', 0).help, /Did you mean rate\(/);
  assert.match(fault("1:1: parse error: expected 3 argument(s) in call to 'clamp', got 1", 'clamp(up)', 0).help, /clamp\(series, min, max\)/);
  assert.equal(explainFault({ message: 'Too much.' }, 'up').message, 'Too much.');
});
