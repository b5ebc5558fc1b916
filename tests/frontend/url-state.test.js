import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyUrlState, formatUrlState, parseUrlState } from '../../metricbox/web/static/lib/url-state.js';

/** A small generator with a fixed seed: a failure can be repeated. @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const TEXTS = ['now-1h', '2026-11-01T08:00:00Z', 'a b', 'ä&=?#+%', '"><svg>', '', '\u202e', '__proto__', '😀', 'off', 'x'];

test('parse(format(x)) is x', () => {
  const next = numbers(20261125);
  /** @returns {string} */
  const text = () => TEXTS[Math.floor(next() * TEXTS.length)] ?? '';
  const some = () => (next() < 0.5 ? null : text() || 'x');
  for (let round = 0; round < 500; round += 1) {
    const state = emptyUrlState();
    state.from = some();
    state.to = some();
    state.tz = some();
    state.panel = some();
    state.kiosk = some();
    state.every = some();
    state.list = next() < 0.5 ? [] : [text() || 'k', 'b.!c'];
    state.theme = some();
    // "off" is how "" is written, so it is no interval of its own.
    state.refresh = next() < 0.3 ? null : next() < 0.5 ? '' : '10s';
    state.hide = next() < 0.5 ? [] : [text() || 'k', 'b.!c'];
    for (const name of ['q', 'type', 'sql']) if (next() < 0.5) state.own[name] = [text() || 'x', 'y'];
    for (let count = Math.floor(next() * 3); count > 0; count -= 1) {
      const name = text() || 'v';
      Object.defineProperty(state.vars, name, { value: [text(), text()], enumerable: true, configurable: true, writable: true });
    }
    assert.deepEqual(parseUrlState(formatUrlState(state)), state);
  }
});

test('defaults are left out', () => {
  assert.equal(formatUrlState(emptyUrlState()), '');
  assert.equal(formatUrlState({ ...emptyUrlState(), refresh: '' }), '?refresh=off');
});

test('what a link does not say is absent', () => {
  assert.deepEqual(parseUrlState('?from=&unknown=1&var-=x'), emptyUrlState());
  assert.deepEqual(parseUrlState('?var-host=a&var-host=b').vars, { host: ['a', 'b'] });
});
