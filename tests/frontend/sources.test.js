import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { importMap, importsOf, listFiles, read, STATIC, WEB, withoutComments } from './support/modules.js';

// pages -> panels -> charts | layout -> ui -> lib; state and api beside them. Nothing imports a page but the router.
/** @type {Record<string, string[]>} */
const MAY_IMPORT = {
  pages: ['pages', 'panels', 'layout', 'ui', 'lib', 'state', 'api'],
  panels: ['panels', 'charts', 'ui', 'lib', 'state', 'api'],
  charts: ['charts', 'ui', 'lib'],
  layout: ['layout', 'ui', 'lib'],
  ui: ['ui', 'lib'],
  state: ['state', 'api', 'lib', 'ui/html.js'],
  api: ['api', 'lib'],
  lib: ['lib'],
};
const MAY_NAME_VENDOR = new Map([['ui/html.js', ['htm', 'preact', 'preact/hooks', '@preact/signals']], ['layout/grid.js', ['gridstack']]]);
const ROOT_FILES = ['main.js', 'router.js'];
const FORBIDDEN = [
  /\.(inner|outer)HTML\b/, /insertAdjacentHTML/, /document\.write/, /dangerouslySetInnerHTML/, /\beval\s*\(/, /new Function\b/, /\bsrcdoc\b/,
  /createContextualFragment/, /DOMParser/, /javascript:/, /crypto\.randomUUID/, /\bhttps?:\/\/(?!same\.invalid)/,
];
const LINES_MAX = 300;
const FUNCTION_LINES_MAX = 60;

const files = listFiles();

test('imports go down the levels only', () => {
  const faults = [];
  for (const name of files) {
    const level = name.split('/')[0] ?? '';
    const allowed = MAY_IMPORT[level];
    const { fixed, lazy } = importsOf(name);
    if (allowed === undefined) {
      assert.ok(ROOT_FILES.includes(name), `${name} is in no level`);
      continue;
    }
    for (const target of [...fixed, ...lazy].filter((item) => item.endsWith('.js'))) {
      const isAllowed = allowed.some((item) => target === item || target.startsWith(`${item}/`));
      if (!isAllowed) faults.push(`${name} imports ${target}: ${level} may import ${allowed.join(', ')}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('only the adapters name a vendored library', () => {
  const faults = [];
  for (const name of files) {
    for (const target of importsOf(name).fixed.filter((item) => !item.endsWith('.js'))) {
      const isChart = name.startsWith('charts/') && target === 'uplot';
      if (!isChart && !MAY_NAME_VENDOR.get(name)?.includes(target)) faults.push(`${name} imports ${target}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('every import leads to a file', () => {
  const map = importMap();
  for (const name of files) {
    const { fixed, lazy } = importsOf(name);
    for (const target of [...fixed, ...lazy]) {
      const path = target.endsWith('.js') ? target : (map[target] ?? 'missing').replace(/^\/static\//, '');
      assert.ok(existsSync(join(STATIC, path)), `${name} imports ${target}`);
    }
  }
});

test('nothing turns text into markup or code, and nothing names another origin', () => {
  const faults = [];
  for (const name of files) {
    const source = withoutComments(read(name));
    for (const pattern of FORBIDDEN) if (pattern.test(source)) faults.push(`${name}: ${pattern}`);
  }
  assert.deepEqual(faults, []);
});

test('style sheets load nothing from elsewhere', () => {
  for (const name of listFiles(STATIC, (file) => file.endsWith('.css'))) {
    assert.ok(!/url\(|@import/.test(read(name).replace(/\/\*[\s\S]*?\*\//g, '')), name);
  }
});

test('the page has no inline script but the import map, no inline style, and one module', () => {
  const html = read('index.html');
  const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map((match) => match[0]);
  assert.deepEqual(scripts, ['<script type="importmap">', '<script type="module" src="/static/main.js">']);
  assert.ok(!/\sstyle=|\son[a-z]+=|<style/i.test(html));
  assert.ok(html.indexOf('type="importmap"') < html.indexOf('modulepreload'), 'the map comes before what uses it');
  assert.match(html, /<noscript>[^<]+<\/noscript>/);
  for (const [, target] of html.matchAll(/(?:href|src)="([^"]+)"/g)) {
    assert.match(target ?? '', /^\/static\//);
    assert.ok(existsSync(join(STATIC, (target ?? '').replace('/static/', ''))), target);
  }
});

test('files and functions stay short enough to read', () => {
  const faults = [];
  for (const name of files) {
    const lines = read(name).trimEnd().split('\n');
    if (lines.length > LINES_MAX) faults.push(`${name} has ${lines.length} lines`);
    let start = -1;
    lines.forEach((line, index) => {
      if (/^(export )?(async )?function\b/.test(line)) start = index;
      if (line === '}' && start >= 0) {
        if (index - start + 1 > FUNCTION_LINES_MAX) faults.push(`${name}:${start + 1} is a function of ${index - start + 1} lines`);
        start = -1;
      }
    });
  }
  assert.deepEqual(faults, []);
});

test('import map, jsconfig and vendor table agree', () => {
  const table = readFileSync(join(WEB, 'vendor.toml'), 'utf8');
  /** @type {Record<string, string>} */
  const urls = {};
  /** @type {Record<string, string[]>} */
  const types = {};
  for (const [, target = '', name = '', typeFile = ''] of table.matchAll(/^to = "([^"]+)"\nimport = "([^"]+)"\ntypes = "([^"]+)"/gm)) {
    urls[name] = `/${target}`;
    types[name] = [`./${typeFile}`];
    assert.ok(existsSync(join(WEB, target)), target);
    assert.ok(existsSync(join(WEB, typeFile)), typeFile);
  }
  assert.ok(Object.keys(urls).length > 0);
  assert.deepEqual(importMap(), urls);
  const config = JSON.parse(readFileSync(join(WEB, 'jsconfig.json'), 'utf8'));
  assert.deepEqual(config.compilerOptions.paths, types);
});
