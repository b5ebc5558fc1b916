import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOfKey, NOTHING_PENDING, pressKey, SHORTCUTS, spellKeys } from '../../metricbox/web/static/lib/shortcuts.js';

const NONE = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, isAltGraph: false };

test('keys have one name on all keyboards', () => {
  assert.equal(nameOfKey({ ...NONE, key: 'g' }), 'g');
  assert.equal(nameOfKey({ ...NONE, key: '?', shiftKey: true }), '?');
  assert.equal(nameOfKey({ ...NONE, key: 'E', shiftKey: true }), 'Shift+e');
  assert.equal(nameOfKey({ ...NONE, key: 'K', ctrlKey: true }), 'Mod+k');
  assert.equal(nameOfKey({ ...NONE, key: 'k', metaKey: true }), 'Mod+k');
  assert.equal(nameOfKey({ ...NONE, key: 'Z', metaKey: true, shiftKey: true }), 'Mod+Shift+z');
  assert.equal(nameOfKey({ ...NONE, key: '[', ctrlKey: true, altKey: true, isAltGraph: true }), '[');
  assert.equal(nameOfKey({ ...NONE, key: 'r', altKey: true }), '');
  assert.equal(nameOfKey({ ...NONE, key: 'Shift', shiftKey: true }), '');
});

test('presses after one another are one shortcut, unless they are far apart', () => {
  const first = pressKey(NOTHING_PENDING, 'g', 1000);
  assert.equal(first.shortcut, null);
  assert.equal(pressKey(first.pending, 'd', 1500).shortcut?.id, 'go-dashboards');
  // Too late: the second press begins anew.
  const late = pressKey(first.pending, 'd', 9000);
  assert.equal(late.shortcut, null);
  assert.equal(pressKey(late.pending, 'k', 9100).shortcut?.id, 'kiosk');
  // A press that leads nowhere may begin another one.
  assert.equal(pressKey(first.pending, 'r', 1500).shortcut?.id, 'refresh');
});

test('no shortcut hides another', () => {
  for (const one of SHORTCUTS) {
    for (const other of SHORTCUTS) {
      if (one === other) continue;
      assert.ok(!one.keys.every((key, index) => other.keys[index] === key), `${one.id} hides ${other.id}`);
    }
  }
  assert.equal(new Set(SHORTCUTS.map((item) => item.id)).size, SHORTCUTS.length);
});

test('keys are spelled as they stand on the keyboard', () => {
  const palette = SHORTCUTS.find((item) => item.id === 'palette');
  assert.ok(palette);
  assert.deepEqual(spellKeys(palette, false), [['Ctrl', 'K']]);
  assert.deepEqual(spellKeys(palette, true), [['⌘', 'K']]);
});
