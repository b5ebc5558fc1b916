import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, overlaps } from '../../metricbox/web/static/layout/grid-model.js';
import { REPEATS_MAX, repeatPlaces } from '../../metricbox/web/static/lib/repeat.js';
import { collapseRow, deleteRow, duplicateRow, moveRow, placeShown, rowIds } from '../../metricbox/web/static/lib/row-edits.js';
import { arrange, SHOWN_MAX } from '../../metricbox/web/static/lib/rows.js';

/** @typedef {import('../../metricbox/web/types/app').Panel} Panel */
/** @typedef {import('../../metricbox/web/types/app').ShownPanel} ShownPanel */
/** @typedef {import('../../metricbox/web/static/lib/rows.js').Arranged} Arranged */
/** @typedef {import('../../metricbox/web/static/lib/rows.js').Cell} Cell */

/**
 * @param {string} id
 * @param {[number, number, number, number]} place
 * @param {Panel['options']} [options]
 * @param {Panel['type']} [type]
 * @returns {Panel}
 */
function panel(id, [x, y, w, h], options = {}, type = 'line') {
  return { id, dashboardId: 'd', title: id, type, query: type === 'row' ? null : `up{host="$host"} + ${id}`, options, position: { x, y, w, h } };
}

/** @type {(id: string, y: number, options?: Panel['options']) => Panel} */
const row = (id, y, options = {}) => panel(id, [0, y, 12, 1], options, 'row');

/** @param {Panel[]} panels */
const cells = (panels) => cellsOf(panels, []);

/** @param {Record<string, string[]>} values */
const select = (values) => new Map(Object.entries(values));

/** @param {{id: string, x: number, y: number, w: number, h: number}[]} list */
const text = (list) => list.map(({ id, x, y, w, h }) => `${id} ${x},${y} ${w}x${h}`);

/**
 * What must hold of any page: in reading order, on 12 columns, without overlap, each id once.
 * @param {{cells: Cell[], panels: ShownPanel[]}} arranged
 */
function check(arranged) {
  const { cells: list } = arranged;
  assert.deepEqual(list.map((cell) => cell.id), arranged.panels.map((one) => one.id));
  assert.equal(new Set(list.map((cell) => cell.id)).size, list.length);
  list.forEach((cell, index) => {
    assert.ok(cell.x >= 0 && cell.w >= 1 && cell.x + cell.w <= 12 && cell.y >= 0 && cell.h >= 1, text([cell])[0]);
    const after = list[index + 1];
    if (after) assert.ok(cell.y < after.y || (cell.y === after.y && cell.x < after.x), 'reading order');
    for (const other of list.slice(index + 1)) assert.ok(!overlaps(cell, other), `${text([cell, other]).join(' overlaps ')}`);
  });
}

const TWO_ROWS = [
  panel('top', [0, 0, 6, 4]),
  row('disks', 4), panel('usage', [0, 5, 6, 4]), panel('io', [6, 5, 6, 4]),
  row('net', 9), panel('rx', [0, 10, 12, 3]),
];

test('a dashboard without rows and repeats stays as it is', () => {
  const panels = [panel('a', [0, 0, 6, 4]), panel('b', [6, 0, 6, 2]), panel('c', [6, 2, 3, 3])];
  const arranged = arrange(panels, cells(panels), select({}));
  assert.deepEqual(arranged.cells, cells(panels));
  assert.ok(panels.every((one, index) => arranged.panels[index] === one), 'the same objects');
  assert.deepEqual(arrange([], [], select({})), { cells: [], panels: [], notes: [] });
});

test('panels belong to the row above them, and an open row changes no place', () => {
  const arranged = arrange(TWO_ROWS, cells(TWO_ROWS), select({}));
  assert.deepEqual(arranged.cells, cells(TWO_ROWS));
  assert.deepEqual(arranged.panels.filter((one) => one.type === 'row').map((one) => [one.id, one.panelCount]), [['disks', 2], ['net', 1]]);
  assert.deepEqual(rowIds(TWO_ROWS, cells(TWO_ROWS)), ['disks', 'net']);
});

test('a collapsed row hides its panels and what is below moves up', () => {
  const panels = collapseRow(TWO_ROWS, 'disks', true);
  const arranged = arrange(panels, cells(panels), select({}));
  assert.deepEqual(text(arranged.cells), ['top 0,0 6x4', 'disks 0,4 12x1', 'net 0,5 12x1', 'rx 0,6 12x3']);
  check(arranged);
  assert.deepEqual(arrange(collapseRow(panels, 'disks', false), cells(panels), select({})).cells, cells(TWO_ROWS), 'and it comes back as it was');
  assert.deepEqual(panels.map((one) => one.position), TWO_ROWS.map((one) => one.position), 'nothing is saved of it');
});

test('a visitor opens and closes rows for himself', () => {
  const panels = collapseRow(TWO_ROWS, 'disks', true);
  const folded = new Map([['disks', false], ['net', true]]);
  const arranged = arrange(panels, cells(panels), select({}), { folded });
  assert.deepEqual(arranged.cells.map((cell) => cell.id), ['top', 'disks', 'usage', 'io', 'net']);
});

test('rows of a broken import become rows over the whole width', () => {
  const panels = [panel('r', [3, 0, 4, 5], {}, 'row'), panel('a', [0, 5, 6, 4]), panel('b', [7, 0, 5, 9]), panel('s', [0, 9, 1, 3], {}, 'row')];
  const arranged = arrange(panels, cells(panels), select({}));
  check(arranged);
  assert.deepEqual(arranged.cells.filter((cell) => 'rs'.includes(cell.id)).map(({ x, w, h }) => [x, w, h]), [[0, 12, 1], [0, 12, 1]]);
});

test('a panel is there once for each value, side by side, and what is below moves down', () => {
  const panels = [panel('cpu', [0, 0, 6, 4], { repeat: 'host' }), panel('below', [0, 4, 12, 3])];
  const arranged = arrange(panels, cells(panels), select({ host: ['a', 'b', 'c'] }));
  assert.deepEqual(text(arranged.cells), ['cpu~a 0,0 4x4', 'cpu~b 4,0 4x4', 'cpu~c 8,0 4x4', 'below 0,4 12x3']);
  assert.deepEqual(arranged.panels.map((one) => one.scope), [{ host: 'a' }, { host: 'b' }, { host: 'c' }, undefined]);
  check(arranged);
  const single = arrange(panels, cells(panels), select({ host: ['a'] }));
  assert.deepEqual(text(single.cells), ['cpu~a 0,0 12x4', 'below 0,4 12x3']);
});

test('repeats break into lines, by wish or where they would be too narrow', () => {
  const places = (/** @type {number} */ count, /** @type {Panel['options']} */ options, /** @type {Panel['type']} */ type = 'line') => (
    repeatPlaces(panel('p', [0, 0, 6, 4], options, type), count, 4).map(({ x, y, w }) => `${x},${y} ${w}`));
  assert.deepEqual(places(5, {}), ['0,0 3', '3,0 3', '6,0 3', '9,0 3', '0,4 3']);
  assert.deepEqual(places(6, {}, 'stat'), ['0,0 2', '2,0 2', '4,0 2', '6,0 2', '8,0 2', '10,0 2']);
  assert.deepEqual(places(3, { repeatPerRow: 2 }), ['0,0 6', '6,0 6', '0,4 6']);
  assert.deepEqual(places(2, { repeatPerRow: 6 }), ['0,0 6', '6,0 6'], 'fewer share the whole width');
  assert.deepEqual(places(1, { repeatPerRow: 1 }), ['0,0 12']);
  assert.deepEqual(places(5, { repeatPerRow: 5 }), ['0,0 2', '2,0 3', '5,0 2', '7,0 3', '10,0 2'], 'all twelve columns are used');
  assert.equal(places(12, { repeatPerRow: 12 })[5], '10,0 2', 'a column of one is too narrow');
});

test('B131: six repeats with a panel above them, beside them and below: nothing overlaps, nothing leaves its row', () => {
  const panels = [
    row('first', 0), panel('six', [0, 1, 4, 3], { repeat: 'host', repeatPerRow: 4 }), panel('beside', [4, 1, 8, 5]), panel('below', [0, 6, 12, 2]),
    row('second', 8), panel('other', [0, 9, 6, 4]),
  ];
  const hosts = select({ host: ['1', '2', '3', '4', '5', '6'] });
  const arranged = arrange(panels, cells(panels), hosts);
  check(arranged);
  assert.deepEqual(text(arranged.cells), [
    'first 0,0 12x1', 'six~1 0,1 3x3', 'six~2 3,1 3x3', 'six~3 6,1 3x3', 'six~4 9,1 3x3', 'six~5 0,4 3x3', 'six~6 3,4 3x3',
    'beside 4,7 8x5', 'below 0,12 12x2', 'second 0,14 12x1', 'other 0,15 6x4',
  ]);
  // A panel is added above: all move down by as much, the repeats too, since their places are kept nowhere.
  const more = [...panels.map((one) => ({ ...one, position: { ...one.position, y: one.position.y + 5 } })), panel('new', [0, 0, 12, 5])];
  const after = arrange(more, cells(more), hosts);
  check(after);
  assert.deepEqual(after.cells.slice(1), arranged.cells.map((cell) => ({ ...cell, y: cell.y + 5 })));
  // Another choice, and back.
  check(arrange(more, cells(more), select({ host: ['1', '2'] })));
  assert.deepEqual(arrange(more, cells(more), hosts).cells, after.cells);
});

test('any mix of rows, repeats and choices stays without overlap', () => {
  let seed = 7;
  const random = (/** @type {number} */ below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const panels = Array.from({ length: 1 + random(14) }, (_, index) => {
      /** @type {Panel['options']} */
      const options = { repeat: ['host', 'disk', 'none', null, null, null][random(6)] ?? null, repeatPerRow: random(3) === 0 ? 1 + random(12) : null, isCollapsed: random(4) === 0 };
      const w = 1 + random(12);
      return panel(`p${index}`, [random(13 - w), random(20), w, 1 + random(6)], options, random(4) === 0 ? 'row' : 'line');
    });
    const values = select({ host: Array.from({ length: random(9) }, (_, index) => `h${index}`), disk: Array.from({ length: random(4) }, (_, index) => `d${index}`) });
    for (const how of [{}, { isEditing: true }]) {
      const arranged = arrange(panels, cells(panels), values, how);
      check(arranged);
      if ('isEditing' in how) assert.ok(arranged.panels.every((one) => !one.scope));
    }
  }
});

test('a row is repeated with its panels, and a panel of it does not repeat by the same variable again', () => {
  const panels = [
    row('host', 0, { repeat: 'host' }), panel('cpu', [0, 1, 6, 4]), panel('load', [6, 1, 6, 4], { repeat: 'host' }), panel('disk', [0, 5, 12, 3], { repeat: 'disk' }),
    row('rest', 8), panel('all', [0, 9, 12, 3]),
  ];
  const arranged = arrange(panels, cells(panels), select({ host: ['a', 'b'], disk: ['x', 'y'] }));
  check(arranged);
  assert.deepEqual(arranged.panels.map((one) => [one.id, one.scope]), [
    ['host~a', { host: 'a' }], ['cpu~a', { host: 'a' }], ['load~a', { host: 'a' }], ['disk~a~x', { host: 'a', disk: 'x' }], ['disk~a~y', { host: 'a', disk: 'y' }],
    ['host~b', { host: 'b' }], ['cpu~b', { host: 'b' }], ['load~b', { host: 'b' }], ['disk~b~x', { host: 'b', disk: 'x' }], ['disk~b~y', { host: 'b', disk: 'y' }],
    ['rest', undefined], ['all', undefined],
  ]);
  assert.ok(arranged.panels.every((one) => one.id.startsWith(one.savedId ?? one.id) && panels.some((saved) => saved.id === (one.savedId ?? one.id))));
  const folded = arrange(panels, cells(panels), select({ host: ['a', 'b'], disk: ['x'] }), { folded: new Map([['host~a', true]]) });
  assert.deepEqual(folded.panels.map((one) => one.id), ['host~a', 'host~b', 'cpu~b', 'load~b', 'disk~b~x', 'rest', 'all'], 'each repeat of a row is opened and closed by itself');
});

test('what repeats by nothing that has values is there once', () => {
  const panels = [panel('a', [0, 0, 6, 4], { repeat: 'gone' }), panel('b', [6, 0, 6, 4], { repeat: 'empty' }), panel('c', [0, 4, 4, 4], { repeat: 'constructor' })];
  const arranged = arrange(panels, cells(panels), select({ empty: [] }));
  assert.deepEqual(arranged.cells, cells(panels));
  assert.ok(arranged.panels.every((one) => one.scope === undefined));
});

test('repeats are known by their value, whatever it holds, and stay the same objects', () => {
  const panels = [panel('p', [0, 0, 6, 4], { repeat: 'host' })];
  const hostile = ['a~b', '<img onerror=1>', '"', '\ud800', 'ä b', '%7E', '../..', '__proto__', '😀'];
  const first = arrange(panels, cells(panels), select({ host: [...hostile, 'a~b'] }));
  check(first);
  assert.deepEqual(first.panels.map((one) => one.scope?.host), hostile, 'a value that is chosen twice is there once');
  assert.ok(first.panels.every((one) => one.savedId === 'p' && !/[<>" ]/.test(one.id)));
  const fewer = arrange(panels, cells(panels), select({ host: ['"', '😀'] }));
  assert.ok(fewer.panels.every((one) => first.panels.includes(one)), 'no chart is drawn anew for a choice of another host');
});

test('more repeats than anybody can look at are cut, and that is said', () => {
  const values = select({ host: Array.from({ length: 120 }, (_, index) => `h${index}`) });
  const panels = [panel('cpu', [0, 0, 6, 4], { repeat: 'host' }), panel('below', [0, 4, 12, 3])];
  const arranged = arrange(panels, cells(panels), values);
  check(arranged);
  assert.equal(arranged.panels.length, REPEATS_MAX + 1);
  assert.deepEqual(arranged.notes, ['“cpu” is shown for 50 of the 120 values of host. Choose fewer to see the others.']);
  const nested = [row('r', 0, { repeat: 'host' }), panel('a', [0, 1, 6, 4], { repeat: 'disk' }), row('s', 5), panel('b', [0, 6, 6, 4])];
  const page = arrange(nested, cells(nested), select({ host: [...values.get('host') ?? []], disk: Array.from({ length: 40 }, (_, index) => `d${index}`) }));
  check(page);
  assert.equal(page.panels.length, SHOWN_MAX + 2);
  assert.deepEqual(page.panels.slice(-2).map((one) => one.id), ['s', 'b'], 'what is saved is always there');
  assert.equal(page.notes.length, 2);
});

test('a row moves with its panels, and not above what has no row', () => {
  const up = moveRow(TWO_ROWS, cells(TWO_ROWS), 'net', -1);
  assert.deepEqual(up.map((one) => [one.id, one.position.y]), [['top', 0], ['net', 4], ['rx', 5], ['disks', 8], ['usage', 9], ['io', 9]]);
  assert.deepEqual(moveRow(up, cells(up), 'net', 1), TWO_ROWS);
  assert.deepEqual(moveRow(TWO_ROWS, cells(TWO_ROWS), 'disks', -1), TWO_ROWS);
  assert.deepEqual(moveRow(TWO_ROWS, cells(TWO_ROWS), 'net', 1), TWO_ROWS);
  assert.deepEqual(moveRow(TWO_ROWS, cells(TWO_ROWS), 'nobody', 1), TWO_ROWS);
});

test('a row is deleted with its panels, or they go to the one above', () => {
  const gone = deleteRow(TWO_ROWS, cells(TWO_ROWS), 'disks', { withPanels: true });
  assert.deepEqual(gone.map((one) => [one.id, one.position.y]), [['top', 0], ['net', 4], ['rx', 5]]);
  const collapsed = collapseRow(TWO_ROWS, 'disks', true);
  const kept = deleteRow(collapsed, cells(collapsed), 'net', { withPanels: false });
  assert.deepEqual(kept.map((one) => [one.id, one.position.y]), [['top', 0], ['disks', 4], ['usage', 5], ['io', 5], ['rx', 9]]);
  assert.equal(kept[1]?.options.isCollapsed, null, 'they would have vanished into a closed row');
});

test('a row is duplicated with its panels, right below', () => {
  let made = 0;
  const doubled = duplicateRow(TWO_ROWS, cells(TWO_ROWS), 'disks', () => `new${made += 1}`);
  assert.deepEqual(doubled.map((one) => [one.id, one.title, one.position.x, one.position.y]), [
    ['top', 'top', 0, 0], ['disks', 'disks', 0, 4], ['usage', 'usage', 0, 5], ['io', 'io', 6, 5],
    ['new1', 'disks copy', 0, 9], ['new2', 'usage', 0, 10], ['new3', 'io', 6, 10], ['net', 'net', 0, 14], ['rx', 'rx', 0, 15],
  ]);
});

test('hidden panels follow their row when others move, and a panel that is put into a closed row opens it', () => {
  const panels = collapseRow(TWO_ROWS, 'disks', true);
  const shown = arrange(panels, cells(panels), select({}), { isEditing: true }).cells;
  assert.deepEqual(placeShown(panels, cells(panels), shown), panels, 'no move, no change');
  const at = (/** @type {Record<string, number>} */ ys) => shown.map((cell) => ({ ...cell, y: ys[cell.id] ?? cell.y }));
  const under = placeShown(panels, cells(panels), at({ net: 0, rx: 1, top: 4, disks: 8 }));
  assert.deepEqual(under.map((one) => [one.id, one.position.x, one.position.y]), [
    ['net', 0, 0], ['rx', 0, 1], ['top', 0, 4], ['disks', 0, 8], ['usage', 0, 9], ['io', 6, 9],
  ]);
  assert.equal(under[3]?.options.isCollapsed, true);
  const into = placeShown(panels, cells(panels), at({ disks: 0, top: 1, net: 5, rx: 6 }));
  assert.deepEqual(into.map((one) => one.id), ['disks', 'usage', 'io', 'top', 'net', 'rx']);
  assert.equal(into[0]?.options.isCollapsed, null);
});
