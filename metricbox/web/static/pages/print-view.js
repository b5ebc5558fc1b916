// A dashboard on paper: light colours, the width of A4, no panel cut in two, and above it what is shown and when. All of it in one
// go: the browser takes the page as it is when the handler of "beforeprint" returns.
import { drawing, effect } from '../ui/html.js';
import { loadStyle } from '../ui/style-sheet.js';
import { serverNowMs } from '../api/client.js';
import { describeRange, formatDateTime, resolveRange } from '../lib/time.js';
import { zoneName } from '../lib/zone.js';
import { queriesOf } from '../state/panel-data.js';
import { isPrinting } from '../state/theme.js';
import { range, zone } from '../state/time-range.js';

/** @typedef {import('../state/dashboard.js').DashboardStore} DashboardStore */

// A4 less margins of 10 mm, in CSS pixels; print.css has the same.
const PAPER_WIDTH_PX = 718;

/**
 * Makes a change and draws what follows from it before it returns; otherwise drawing waits for the end of the task.
 * @param {() => void} change
 */
function drawNow(change) {
  const { debounceRendering, requestAnimationFrame } = drawing;
  const run = (/** @type {() => void} */ work) => work();
  drawing.debounceRendering = run;
  drawing.requestAnimationFrame = run;
  try {
    change();
  } finally {
    Object.assign(drawing, { debounceRendering, requestAnimationFrame });
  }
}

function headerText() {
  const atMs = serverNowMs();
  const span = resolveRange(range.peek(), atMs, zone.peek());
  const shown = describeRange(range.peek(), atMs, zone.peek());
  const ends = span ? `${formatDateTime(span.startMs, zone.peek())} – ${formatDateTime(span.endMs, zone.peek())}` : '';
  return [shown === ends ? shown : `${shown}: ${ends}`, `Times are ${zoneName(zone.peek())}`, `Printed ${formatDateTime(atMs, zone.peek())}`];
}

/** @returns {HTMLElement} */
function buildHeader() {
  const header = document.createElement('header');
  header.className = 'print-header';
  const title = document.createElement('h1');
  title.textContent = document.title.replace(/ · metricbox$/, '');
  header.append(title);
  for (const text of headerText()) {
    const line = document.createElement('p');
    line.textContent = text;
    header.append(line);
  }
  return header;
}

/**
 * The grid's places as those of a CSS grid, which breaks between rows where gridstack's absolute boxes would be cut.
 * @param {HTMLElement} grid
 */
function placeItems(grid) {
  for (const item of grid.children) {
    if (!(item instanceof HTMLElement)) continue;
    const read = (/** @type {string} */ name, /** @type {number} */ fallback) => Number(item.getAttribute(name) ?? fallback);
    // Attributes of height and width 1 are left out by gridstack.
    item.style.setProperty('--print-column', `${read('gs-x', 0) + 1} / span ${read('gs-w', 1)}`);
    item.style.setProperty('--print-row', `${read('gs-y', 0) + 1} / span ${read('gs-h', 1)}`);
    const content = item.firstElementChild;
    if (content instanceof HTMLElement) item.style.setProperty('--print-height', `${content.offsetHeight}px`);
  }
}

/** @type {DashboardStore | null} of the page that is open */
let current = null;

// Longer than a slow answer, shorter than patience.
const WAIT_MAX_MS = 15_000;
const FRAMES_MAX = 120;

/**
 * Opens the print dialogue once all panels have their data: those out of sight are not asked for otherwise.
 * @returns {Promise<void>}
 */
export async function printPage() {
  const store = current;
  if (store === null) return;
  const added = store.shownPanels().filter((panel) => !store.visible.has(panel.id));
  for (const panel of added) store.setVisible(panel.id, true);
  await settled(store, added.map((panel) => panel.id));
  for (const panel of added) store.setVisible(panel.id, false);
  await drawn();
  window.print();
}

/** @returns {Promise<void>} when charts that have just got their data are there; they are made at their first size */
function drawn() {
  return new Promise((resolve) => {
    let frames = 0;
    const look = () => {
      frames += 1;
      const isReady = document.querySelector('.dashboard .chart:not(:has(canvas))') === null;
      if (frames > FRAMES_MAX || (frames > 2 && isReady)) resolve();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

/**
 * @param {DashboardStore} store
 * @param {string[]} ids
 * @returns {Promise<void>} when each of the panels has data, or a reason for having none
 */
function settled(store, ids) {
  const isSettled = (/** @type {string} */ id) => {
    const state = store.panelState(id).value;
    const panel = store.shownPanels().find((one) => one.id === id);
    return !panel || queriesOf(panel).length === 0 || (!state.isRefreshing && (state.frame !== null || state.error !== null || state.isUnreached));
  };
  return new Promise((resolve) => {
    const timer = setTimeout(done, WAIT_MAX_MS);
    const stop = effect(() => {
      // Every one is read, so that a change of any of them is noticed.
      const waiting = ids.filter((id) => !isSettled(id));
      if (waiting.length === 0) queueMicrotask(done);
    });
    function done() {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}

/**
 * @param {DashboardStore} store
 * @returns {() => void} stops it
 */
export function preparePrinting(store) {
  current = store;
  loadStyle('/static/styles/print.css');
  /** @type {HTMLElement | null} */
  let header = null;
  const before = () => {
    const page = document.querySelector('.dashboard');
    if (!(page instanceof HTMLElement) || header) return;
    drawNow(() => { isPrinting.value = true; });
    for (const grid of page.querySelectorAll('.grid')) if (grid instanceof HTMLElement) placeItems(grid);
    // Charts are pictures of their size on the screen, so the page is scaled as a whole.
    page.style.setProperty('--print-width', `${page.clientWidth}px`);
    page.style.setProperty('--print-zoom', String(PAPER_WIDTH_PX / page.clientWidth));
    header = buildHeader();
    page.before(header);
  };
  const after = () => {
    header?.remove();
    header = null;
    drawNow(() => { isPrinting.value = false; });
  };
  window.addEventListener('beforeprint', before);
  window.addEventListener('afterprint', after);
  return () => {
    window.removeEventListener('beforeprint', before);
    window.removeEventListener('afterprint', after);
    if (header) after();
    if (current === store) current = null;
  };
}
