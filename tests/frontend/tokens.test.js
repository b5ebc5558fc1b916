import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from './support/modules.js';

/** @param {string} selector @returns {Record<string, string>} */
function tokens(selector) {
  const css = read('styles/tokens.css');
  const start = css.indexOf(selector);
  const block = css.slice(css.indexOf('{', start), css.indexOf('}', start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]));
}

/** Relative luminance of WCAG. @param {string} hex */
function luminance(hex) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} left @param {string} right */
function contrast(left, right) {
  const [low = 0, high = 0] = [luminance(left), luminance(right)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

for (const theme of ['dark', 'light']) {
  const color = tokens(`:root[data-theme="${theme}"]`);
  /** @param {string} name */
  const get = (name) => {
    const value = color[name];
    assert.ok(value, `${theme} has no --${name}`);
    return value;
  };

  test(`${theme}: text reaches 4.5 on every ground`, () => {
    for (const text of ['text', 'text-muted', 'accent', 'ok', 'warning', 'critical', 'no-data']) {
      for (const ground of ['bg', 'surface', 'raised']) {
        assert.ok(contrast(get(text), get(ground)) >= 4.5, `${text} on ${ground}: ${contrast(get(text), get(ground)).toFixed(2)}`);
      }
    }
    assert.ok(contrast(get('on-accent'), get('accent')) >= 4.5);
    assert.ok(contrast(get('bg'), get('critical')) >= 4.5, 'text of the danger button');
  });

  test(`${theme}: controls and series reach 3.0`, () => {
    for (const ground of ['bg', 'surface']) assert.ok(contrast(get('control-border'), get(ground)) >= 3);
    for (let slot = 1; slot <= 10; slot += 1) {
      assert.ok(contrast(get(`series-${slot}`), get('surface')) >= 3, `series-${slot}`);
    }
  });
}
