import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAuthor, describeEntry, describeSource, describeVersion, listChanges } from '../../metricbox/web/static/lib/changes.js';
import { describeExpiry } from '../../metricbox/web/static/lib/durations.js';
import { errorsByField, fieldSentence } from '../../metricbox/web/static/lib/faults.js';
import { fileName } from '../../metricbox/web/static/lib/file-name.js';
import { PASSWORD_BYTES, suggestPassword } from '../../metricbox/web/static/lib/suggest-password.js';
import { describeBrowser } from '../../metricbox/web/static/lib/user-agent.js';

/** @type {import('../../metricbox/web/types/app').AuditEntry} */
const ENTRY = {
  id: '1', at: '2026-11-25T10:00:00Z', author: 'ada@example.org', via: 'session', source: '10.0.0.7', action: 'change', resourceType: 'dashboard',
  resourceId: 'd1', resourceName: 'Web servers',
};

test('entries of the audit log in words', () => {
  assert.equal(describeEntry(ENTRY), 'Changed dashboard Web servers');
  assert.equal(describeEntry({ ...ENTRY, resourceName: '' }), 'Changed dashboard d1');
  assert.equal(describeEntry({ ...ENTRY, resourceName: 'a\u202eb' }), 'Changed dashboard a\\u{202e}b');
  assert.equal(describeEntry({ ...ENTRY, action: 'sign_in', resourceType: 'session' }), 'Signed in');
  assert.equal(describeEntry({ ...ENTRY, action: 'sign_in_failed', resourceType: 'user', resourceName: '' }), 'Could not sign in');
  assert.equal(describeEntry({ ...ENTRY, action: 'sign_in_failed', resourceType: 'user', resourceName: 'x@y' }), 'Could not sign in as x@y');
  assert.equal(describeAuthor({ ...ENTRY, author: '', via: 'nobody' }), 'somebody');
  assert.equal(describeAuthor({ ...ENTRY, author: '', via: 'settings' }), 'metricbox');
  assert.equal(describeSource(ENTRY), 'from 10.0.0.7');
  assert.equal(describeSource({ ...ENTRY, via: 'token' }), 'from 10.0.0.7, with a token');
  assert.equal(describeSource({ ...ENTRY, source: '', via: 'command' }), 'by the command line');
  assert.equal(describeSource({ ...ENTRY, action: 'sign_in', via: 'nobody' }), 'from 10.0.0.7');
});

test('what changed: one row a field, values as a person writes them', () => {
  assert.deepEqual(listChanges({ isPublic: false, name: 'a' }, { isPublic: true, name: 'a' }), [{ name: 'Is public', before: 'no', after: 'yes' }]);
  assert.deepEqual(listChanges({ timeRange: { from: 'now-1h', to: 'now' } }, { timeRange: { from: 'now-6h', to: 'now' } }),
    [{ name: 'Time range, from', before: 'now-1h', after: 'now-6h' }]);
  assert.deepEqual(listChanges({ metrics_raw: '7d' }, { metrics_raw: '30d' }), [{ name: 'Metrics raw', before: '7d', after: '30d' }]);
  assert.deepEqual(listChanges({}, { password: '***' }), [{ name: 'Password', before: '–', after: 'a secret' }]);
  assert.deepEqual(listChanges({ unit: '' }, { unit: null }), []);
});

test('what is new or gone has one side; short things in it are told in one line', () => {
  assert.deepEqual(listChanges(null, { title: 'CPU', position: { x: 0, y: 4, w: 6, h: 4 }, options: {}, tags: [] }), [
    { name: 'Title', before: '–', after: 'CPU' },
    { name: 'Position', before: '–', after: 'x 0, y 4, w 6, h 4' },
    { name: 'Options', before: '–', after: 'none' },
    { name: 'Tags', before: '–', after: 'none' },
  ]);
  assert.deepEqual(listChanges({ role: 'viewer' }, null), [{ name: 'Role', before: 'viewer', after: '–' }]);
});

test('lists of named things are compared by name, whatever their order', () => {
  const before = { panels: [{ title: 'A', query: 'x' }, { title: 'CPU Busy', query: 'y' }] };
  const after = { panels: [{ title: 'CPU Busy', query: 'z' }, { title: 'A', query: 'x' }] };
  assert.deepEqual(listChanges(before, after), [{ name: 'Panels, CPU Busy, query', before: 'y', after: 'z' }]);
  const twice = { panels: [{ title: 'A', query: 'x' }, { title: 'A', query: 'y' }] };
  assert.deepEqual(listChanges(twice, { panels: [{ title: 'A', query: 'x' }] }), [{ name: 'Panels, A (2)', before: 'title A, query y', after: '–' }]);
});

test('a value that changes its kind is shown whole, and hostile text is made visible', () => {
  assert.deepEqual(listChanges({ query: 'x' }, { query: [{ query: 'a\u202eb' }] }), [{ name: 'Query', before: 'x', after: '[\n {\n  "query": "a\\u{202e}b"\n }\n]' }]);
  assert.deepEqual(listChanges({ 'a\u202eb': 1 }, {}), [{ name: 'A\\u{202e}b', before: '1', after: '–' }]);
});

test('a version in words', () => {
  assert.equal(describeVersion('name, timeRange'), 'Changed name, time range');
  assert.equal(describeVersion('created'), 'Created');
  assert.equal(describeVersion('panel timeRanges: query'), 'Panel timeRanges: query');
});

test('faults stand at the field they belong to, the first of each', () => {
  const labels = { email: 'E-mail', starred: 'Starred' };
  const faults = [
    { field: 'email', message: 'is required' }, { field: 'email', message: 'must be a text' }, { field: 'starred[3]', message: 'must be a text' },
    { field: 'role', message: 'is not a known field' },
  ];
  assert.deepEqual(errorsByField(faults, labels), { email: 'E-mail is required', starred: 'Starred must be a text', form: 'role is not a known field' });
  assert.deepEqual(errorsByField([], labels), {});
  assert.equal(fieldSentence('Code', 'This is not the code.'), 'This is not the code.');
});

test('browsers by the names that people use', () => {
  const [mozilla, gecko] = ['Mozilla/5.0', 'AppleWebKit/537.36 (KHTML, like Gecko)'];
  assert.equal(describeBrowser(`${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`), 'Firefox on Linux');
  assert.equal(describeBrowser(`${mozilla} (Windows NT 10.0; Win64; x64) ${gecko} Chrome/140.0.0.0 Safari/537.36`), 'Chrome on Windows');
  assert.equal(describeBrowser(`${mozilla} (Windows NT 10.0; Win64; x64) ${gecko} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`), 'Edge on Windows');
  assert.equal(describeBrowser(`${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15`), 'Safari on macOS');
  assert.equal(describeBrowser(`${mozilla} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1`), 'Safari on iPhone');
  assert.equal(describeBrowser(`${mozilla} (Linux; Android 15) ${gecko} Chrome/140.0.0.0 Mobile Safari/537.36`), 'Chrome on Android');
  assert.equal(describeBrowser('curl/8.5.0'), 'curl');
  assert.equal(describeBrowser(''), 'Unknown browser');
});

test('suggested passwords hold all of the randomness and no letters that look alike', () => {
  assert.equal(suggestPassword(new Uint8Array(PASSWORD_BYTES)), 'aaaa-aaaa-aaaa-aaaa');
  const all = new Set();
  for (let byte = 0; byte < 256; byte += 1) all.add(suggestPassword(new Uint8Array(PASSWORD_BYTES).fill(byte)));
  assert.equal(all.size, 32);
  for (const password of all) assert.ok(!/[l1o0]/.test(String(password)));
});

test('file names are no paths', () => {
  assert.equal(fileName('Web servers', 'json'), 'Web servers.json');
  assert.equal(fileName('../../etc/passwd', 'json'), 'etc passwd.json');
  assert.equal(fileName('\u202e.exe', 'json'), 'exe.json');
  assert.equal(fileName('Größe 温度', 'json'), 'Größe 温度.json');
  assert.equal(fileName('///', 'json'), 'dashboard.json');
  assert.equal(fileName('x'.repeat(300), 'json').length, 85);
});

test('when a token ends', () => {
  assert.equal(describeExpiry(1000, 1000), 'expired');
  assert.equal(describeExpiry(31_000, 1000), 'in 1 min');
  assert.equal(describeExpiry(3_600_000 * 5, 0), 'in 5 h');
  assert.equal(describeExpiry(86_400_000 * 30, 5000), 'in 30 days');
});
