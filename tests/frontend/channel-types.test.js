import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHANNEL_KINDS, CHANNEL_TYPES, describeTarget, formOfSettings, missingSettings, settingsOfForm } from '../../metricbox/web/static/lib/channel-types.js';
import { schemas } from '../../metricbox/web/static/lib/schemas.gen.js';

test('there is a form for every kind that the API takes', () => {
  assert.deepEqual([...CHANNEL_TYPES].sort(), [...schemas.ChannelCreate?.properties.type.enum].sort());
});

test('a new form begins with what is usual', () => {
  const form = formOfSettings('email', null);
  assert.deepEqual([form.port?.text, form.security?.text, form.host?.text], ['587', 'starttls', '']);
});

test('a form becomes settings of the right types, without what is empty', () => {
  const form = formOfSettings('email', null);
  Object.assign(form, { to: { text: 'a@example.org, b@example.org;c@example.org', isSet: false, rows: [] }, from: { text: ' m@example.org ', isSet: false, rows: [] }, host: { text: 'mail', isSet: false, rows: [] } });
  assert.deepEqual(settingsOfForm('email', form), { to: ['a@example.org', 'b@example.org', 'c@example.org'], from: 'm@example.org', host: 'mail', port: 587, security: 'starttls' });
  assert.deepEqual(missingSettings('email', form), {});
});

test('a port that is no number goes as it is, to be refused by name', () => {
  const form = { ...formOfSettings('email', null), port: { text: 'smtp', isSet: false, rows: [] } };
  assert.equal(settingsOfForm('email', form).port, 'smtp');
});

test('secrets stay masked until they are replaced', () => {
  const settings = { url: 'http://x', headers: { Authorization: '***', 'X-Team': '***' }, secret: '***' };
  const form = formOfSettings('webhook', settings);
  assert.deepEqual(settingsOfForm('webhook', form), settings);
  assert.deepEqual([form.secret?.text, form.secret?.isSet], ['', true]);
  const replaced = {
    ...form, secret: { text: ' new ', isSet: false, rows: [] },
    headers: { text: '', isSet: false, rows: [{ name: 'Authorization', value: 'Bearer 2', isSet: false }, { name: ' ', value: 'x', isSet: false }] },
  };
  // Spaces may be part of a secret.
  assert.deepEqual(settingsOfForm('webhook', replaced), { url: 'http://x', headers: { Authorization: 'Bearer 2' }, secret: ' new ' });
  assert.deepEqual(settingsOfForm('webhook', { ...form, secret: { text: '', isSet: false, rows: [] } }), { url: 'http://x', headers: settings.headers });
});

test('what is required is named by its label', () => {
  assert.deepEqual(missingSettings('slack', formOfSettings('slack', null)), { 'settings.url': 'Webhook address is required' });
  assert.deepEqual(missingSettings('slack', formOfSettings('slack', { url: '***' })), {});
});

test('a target in one line has no secret', () => {
  assert.equal(describeTarget({ settings: { url: '***' } }), 'address kept as a secret');
  assert.equal(describeTarget({ settings: { to: ['a@x', 'b@x'] } }), 'a@x, b@x');
  assert.equal(describeTarget({ settings: { url: 'http://x' } }), 'http://x');
  for (const kind of Object.values(CHANNEL_KINDS)) assert.ok(kind.help.endsWith('.'));
});
