import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSafeAddress, parseInline, parseMarkdown } from '../../metricbox/web/static/lib/markdown.js';

/** @param {string} text */
const text = (text) => ({ type: 'text', text });

test('blocks of each kind', () => {
  const blocks = parseMarkdown('# Title\n\ntwo\nlines\n\n---\n> quoted\n> *twice*\n\n```sh\na < b\n```\n');
  assert.deepEqual(blocks.map((block) => block.type), ['heading', 'paragraph', 'rule', 'quote', 'code']);
  assert.deepEqual(blocks[1], { type: 'paragraph', children: [text('two lines')] });
  assert.deepEqual(blocks[4], { type: 'code', text: 'a < b' });
});

test('lists nest, keep their numbers, and end where the text does', () => {
  const [list, after] = parseMarkdown('3. one\n   - inner\n   - more\n4. two\n\nafter');
  assert.equal(list?.type, 'list');
  if (list?.type !== 'list') return;
  assert.equal(list.start, 3);
  assert.equal(list.isOrdered, true);
  assert.equal(list.items.length, 2);
  assert.deepEqual(list.items[0]?.map((block) => block.type), ['paragraph', 'list']);
  assert.deepEqual(after, { type: 'paragraph', children: [text('after')] });
});

test('tables have an alignment for each column, and as many cells as heads', () => {
  const [table] = parseMarkdown('| a | b |\n|---|--:|\n| 1 | x \\| y | extra |\n| 2 |');
  assert.deepEqual(table, {
    type: 'table', align: ['start', 'end'], head: [[text('a')], [text('b')]], rows: [[[text('1')], [text('x | y')]], [[text('2')], []]],
  });
});

test('emphasis, code, breaks; underscores inside names are a part of them', () => {
  assert.deepEqual(parseInline('a **b** *c* ~~d~~ `e*` \\*f'), [
    text('a '), { type: 'strong', children: [text('b')] }, text(' '), { type: 'em', children: [text('c')] }, text(' '),
    { type: 'del', children: [text('d')] }, text(' '), { type: 'code', text: 'e*' }, text(' *f'),
  ]);
  assert.deepEqual(parseInline('system_cpu_percent and 2 * 3 * 4'), [text('system_cpu_percent and 2 * 3 * 4')]);
  assert.deepEqual(parseMarkdown('one  \ntwo')[0], { type: 'paragraph', children: [text('one'), { type: 'break' }, text('two')] });
});

test('links lead to http, https or a path of this server, all else is text (B148)', () => {
  const good = ['http://a.invalid/x?y=1#z', 'https://a.invalid/(b)', '/dashboard/1?from=now-1h'];
  for (const href of good) assert.deepEqual(parseInline(`[x](${href})`), [{ type: 'link', href, children: [text('x')] }]);
  const bad = ['javascript:alert(1)', 'JaVaScRiPt:alert`1`', 'data:text/html,x', '//evil.invalid', '/\\evil.invalid', 'vbscript:x', 'relative', '', 'https:evil', ' java\tscript:x'];
  for (const href of bad) {
    const found = JSON.stringify(parseInline(`[x](${href}) [x](<${href}>)`));
    assert.ok(!found.includes('"link"'), `${href}: ${found}`);
    assert.equal(isSafeAddress(href), false);
  }
  assert.deepEqual(parseInline('see https://a.invalid/b.')[1], { type: 'link', href: 'https://a.invalid/b', children: [text('https://a.invalid/b')] });
});

test('tags of HTML are text like any other (B148)', () => {
  const hostile = '<iframe src="https://a.invalid"></iframe> <svg onload=alert(1)> <img src=x onerror=alert(1)> <script>x</script>';
  const kinds = new Set();
  JSON.stringify(parseMarkdown(`${hostile}\n\n<div>\n\n- <b>x</b>`), (key, value) => {
    if (key === 'type') kinds.add(value);
    return value;
  });
  assert.deepEqual([...kinds].sort(), ['link', 'list', 'paragraph', 'text']);
});

test('no text is too deep or takes long', () => {
  const nasty = ['>'.repeat(20_000), '*'.repeat(20_000), '[x]('.repeat(5000), '`'.repeat(19_999), '- '.repeat(10_000), '**a '.repeat(5000), '['.repeat(20_000),
    '| a '.repeat(5000), `${'| a '.repeat(500)}\n${'|-'.repeat(500)}`, '_a '.repeat(6000), '~~'.repeat(10_000), '\\'.repeat(20_000), 'https://'.repeat(2500)];
  // A search that goes back for each mark does not come to an end here.
  for (const content of nasty) assert.ok(parseMarkdown(content).length > 0, content.slice(0, 8));
});
