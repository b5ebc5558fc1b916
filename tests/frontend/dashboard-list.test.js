import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseDashboards } from '../../metricbox/web/static/lib/dashboard-list.js';

/**
 * @param {string} name
 * @param {Partial<import('../../metricbox/web/types/app').Dashboard>} [more]
 */
const dashboard = (name, more) => /** @type {import('../../metricbox/web/types/app').Dashboard} */ (
  { id: name, name, description: '', ownerId: 'me', isPublic: false, updatedAt: '2026-11-25T10:00:00Z', ...more });

const LIST = [
  dashboard('Web 10'),
  dashboard('web 9', { ownerId: 'other', isPublic: true, updatedAt: '2026-11-25T12:00:00Z' }),
  dashboard('Press', { description: 'temperature, cycles' }),
];

/** @type {import('../../metricbox/web/static/lib/dashboard-list.js').ListWish} */
const ALL = { filter: 'all', order: 'name', search: '', userId: 'me', starred: new Set(['Press']), lastOpened: { Press: '2026-11-01T00:00:00Z', 'web 9': '2026-11-02T00:00:00Z' } };

/** @param {Partial<typeof ALL>} wish */
const names = (wish) => chooseDashboards(LIST, { ...ALL, ...wish }).map((item) => item.name);

test('filters, search and orders', () => {
  assert.deepEqual(names({}), ['Press', 'web 9', 'Web 10']);
  assert.deepEqual(names({ order: 'opened' }), ['web 9', 'Press', 'Web 10']);
  assert.deepEqual(names({ order: 'changed' }), ['web 9', 'Press', 'Web 10']);
  assert.deepEqual(names({ filter: 'mine' }), ['Press', 'Web 10']);
  assert.deepEqual(names({ filter: 'starred' }), ['Press']);
  assert.deepEqual(names({ filter: 'public' }), ['web 9']);
  assert.deepEqual(names({ search: 'PRESS cycles' }), ['Press']);
  // A dashboard of this name was never opened, whatever objects inherit.
  assert.equal(chooseDashboards([dashboard('constructor')], { ...ALL, order: 'opened' }).length, 1);
});
