import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignSlots, SLOT_NAMES, slotOfOption, slotStyle, withAlpha } from '../../metricbox/web/static/lib/color.js';
import { distinctTags, fillTemplate, legendTexts, seriesKey, shortHash, visibleText } from '../../metricbox/web/static/lib/labels.js';
import { safeNextPath } from '../../metricbox/web/static/lib/next-path.js';

test('a key is the same for the same tags in any order, and no tag can forge another', () => {
  assert.equal(seriesKey({ name: 'm', tags: { a: '1', b: '2' } }), seriesKey({ name: 'm', tags: { b: '2', a: '1' } }));
  assert.notEqual(seriesKey({ name: 'm', tags: { a: '1","b"="2' } }), seriesKey({ name: 'm', tags: { a: '1', b: '2' } }));
});

test('legend templates', () => {
  const series = { name: 'cpu', tags: { host: 'web1', zone: 'a' } };
  assert.equal(fillTemplate('{{host}}', series), 'web1');
  assert.equal(fillTemplate('{{ name }} on {{host}}/{{zone}}', series), 'cpu on web1/a');
  assert.equal(fillTemplate('{{missing}} {{host}}', series), 'web1');
  assert.equal(fillTemplate('{{constructor}}', series), '');
  assert.equal(fillTemplate('plain {host}', series), 'plain {host}');
});

test('without a template a legend names what differs', () => {
  const list = [{ name: 'm', tags: { host: 'a', job: 'x' } }, { name: 'm', tags: { host: 'b', job: 'x' } }];
  assert.deepEqual(distinctTags(list), ['host']);
  assert.deepEqual(legendTexts(list), ['a', 'b']);
  assert.deepEqual(legendTexts([{ name: 'm', tags: { host: 'a' } }]), ['m']);
  assert.deepEqual(legendTexts([{ name: 'm', tags: {} }, { name: 'n', tags: {} }]), ['m', 'n']);
  assert.deepEqual(legendTexts([{ name: 'm', tags: { host: 'a' } }, { name: 'n', tags: { host: 'b' } }]), ['m a', 'n b']);
  assert.deepEqual(legendTexts([{ name: 'm', tags: { host: 'a' }, template: '{{nothing}}' }]), ['m']);
});

test('a tag whose value is a name of Object is no special tag', () => {
  assert.deepEqual(legendTexts([{ name: 'm', tags: { a: 'constructor' } }, { name: 'm', tags: {} }]), ['constructor', 'm']);
});

test('characters that reorder or hide text are shown as what they are', () => {
  assert.equal(visibleText('a\u202eb\u0000\n'), 'a\\u{202e}b\\u{0}\\u{a}');
  assert.equal(visibleText('<img src=x> ü 😀'), '<img src=x> ü 😀');
});

test('hashes are short and differ', () => {
  const hashes = new Set(Array.from({ length: 2000 }, (_, index) => shortHash(`series ${index}`)));
  assert.equal(hashes.size, 2000);
  assert.match(shortHash('x'), /^[0-9a-z]{1,7}$/);
});

test('a series keeps its slot when others come and go', () => {
  const first = assignSlots(new Map(), ['b', 'a', 'c']);
  assert.deepEqual([...first].sort(), [['a', 0], ['b', 1], ['c', 2]]);
  const second = assignSlots(first, ['c', 'd']);
  assert.equal(second.get('c'), 2);
  assert.equal(second.get('d'), 0);
  assert.equal(assignSlots(first, ['a', 'b', 'c', 'd']).get('d'), 3);
});

test('a panel\'s colour is a slot by name or number', () => {
  assert.equal(slotOfOption('teal'), 2);
  assert.equal(slotOfOption(3), 2);
  assert.equal(slotOfOption('#ff0000'), 0);
  assert.equal(slotOfOption(undefined), 0);
  assert.equal(assignSlots(new Map(), ['a'], 4).get('a'), 4);
  assert.equal(SLOT_NAMES.length, 10);
});

test('after ten series the slots come again dashed, then dotted', () => {
  assert.deepEqual(slotStyle(0), { color: 0, dash: [] });
  assert.deepEqual(slotStyle(12), { color: 2, dash: [6, 4] });
  assert.deepEqual(slotStyle(25), { color: 5, dash: [2, 3] });
  assert.deepEqual(slotStyle(30), { color: 0, dash: [] });
});

test('a colour with an alpha', () => {
  assert.equal(withAlpha('#ff8000', 0.5), 'rgba(255, 128, 0, 0.5)');
  assert.equal(withAlpha('red', 0.5), 'red');
});

test('after signing in only a path of this site is opened (B164, B165)', () => {
  for (const bad of ['//evil', '/\\evil', 'https:evil', 'https://evil', '/%2f/evil', '/%2F%2Fevil', '/%5cevil', '\\\\evil', 'javascript:alert(1)', '/\tevil', '/\n/evil', '/a\\b', '', null, undefined, 'dashboard/1', '/%', '/login', '/login?next=/', '/setup', '/./login', '//%2fevil', '/%09/evil', '/..//evil']) {
    assert.equal(safeNextPath(bad), '/', String(bad));
  }
  for (const good of ['/', '/dashboard/1', '/dashboard/1?from=now-1h&to=now&hide=a.b', '/settings/tokens#x', '/?q=a%2Fb']) {
    assert.equal(safeNextPath(good), good);
  }
});
