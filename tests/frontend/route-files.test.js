import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closure, read, STATIC } from './support/modules.js';

const MODULES_MAX = 30;
const OWN_FILES_MAX = 60;
// See docs/decisions/0017.
const OWN_BYTES_MAX = 270_000;

/** @param {string} name of a constant in router.js, a list of texts */
function listOf(name) {
  const text = new RegExp(`const ${name} = \\[([^\\]]*)\\]`).exec(read('router.js'))?.[1] ?? '';
  return [...text.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '');
}

const DASHBOARD_MODULES = listOf('DASHBOARD_MODULES');
const DASHBOARD_STYLES = listOf('DASHBOARD_STYLES');
const first = closure(['main.js', 'pages/dashboards-page.js']);
const dashboard = closure(['main.js', 'pages/dashboard-page.js']);

test('the page preloads what the list of dashboards needs, no more and no less', () => {
  const preloaded = [...read('index.html').matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map((match) => match[1]);
  assert.deepEqual(preloaded.sort(), first.filter((url) => url !== '/static/main.js'));
});

test('the first route has few modules, since files cost more than bytes', () => {
  assert.ok(first.length < MODULES_MAX, `${first.length} modules`);
});

test('a dashboard fetches its modules side by side', () => {
  assert.deepEqual([...DASHBOARD_MODULES].sort(), closure(['pages/dashboard-page.js']).filter((url) => !first.includes(url)));
});

test('own code of a dashboard stays in its budget', () => {
  const isOwn = (/** @type {string} */ url) => !url.includes('/vendor/');
  const modules = dashboard.filter(isOwn);
  const bytes = modules.reduce((sum, url) => sum + new TextEncoder().encode(read(url.replace('/static/', ''))).length, 0);
  assert.ok(bytes < OWN_BYTES_MAX, `${bytes} bytes`);
  assert.ok(modules.length <= OWN_FILES_MAX, `${modules.length} modules`);
});

test('every sheet of a dashboard exists', () => {
  for (const url of DASHBOARD_STYLES) assert.ok(existsSync(join(STATIC, url.replace('/static/', ''))), url);
});
