// Marks on the time axis of a chart for alerts that fired: elements over the canvas, so that they have the focus and are read.
// They stand beside uPlot's own layer: presses on them are none on the chart.
import { concerns, groupMarks, groupTexts, worstOf } from '../lib/alert-marks.js';

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('../lib/alert-marks.js').AlertMark} AlertMark */
/** @typedef {import('../lib/alert-marks.js').MarkGroup} MarkGroup */

/** Room of a mark, see annotations.css. */
const ROOM_PX = 24;
const BUBBLE_PX = 280;

/** @type {WeakMap<UPlot, HTMLElement>} */
const layers = new WeakMap();

/**
 * @param {readonly AlertMark[]} marks
 * @returns {(u: UPlot, frame: import('../lib/frames.js').Frame) => void} draws them on a chart, and takes away what was there
 */
export function annotate(marks) {
  return (u, frame) => {
    const shown = marks.filter((mark) => concerns(mark.labels, frame.series));
    const layer = layers.get(u);
    if (shown.length > 0 || layer) draw(u, layer ?? makeLayer(u), shown);
  };
}

/** @param {UPlot} u */
function makeLayer(u) {
  const layer = document.createElement('div');
  layer.className = 'alert-marks';
  layer.setAttribute('role', 'group');
  layer.addEventListener('keydown', walk);
  u.over.after(layer);
  layers.set(u, layer);
  return layer;
}

/**
 * @param {UPlot} u
 * @param {HTMLElement} layer
 * @param {AlertMark[]} shown
 */
function draw(u, layer, shown) {
  const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = u.over;
  Object.assign(layer.style, { left: `${left}px`, top: `${top + height}px`, width: `${width}px` });
  layer.style.setProperty('--plot-height', `${height}px`);
  const groups = groupMarks(shown, (tsMs) => u.valToPos(tsMs, 'x'), width, ROOM_PX);
  layer.hidden = groups.length === 0;
  layer.setAttribute('aria-label', `Alert marks, ${shown.length}`);
  // The same element for the same alert: it may have the focus.
  const before = new Map([...layer.querySelectorAll('a')].map((link) => [link.dataset['key'] ?? '', link]));
  const active = document.activeElement;
  const links = groups.map((group) => fillLink(before.get(group.key) ?? makeLink(group.key), group, width));
  const tabbed = links.find((link) => link === active) ?? links.find((link) => link.tabIndex === 0) ?? links.at(-1);
  for (const link of links) link.tabIndex = link === tabbed ? 0 : -1;
  const bars = shown.flatMap((mark) => makeBar(mark, u, width));
  const next = [...bars, ...links];
  const isSame = layer.querySelectorAll('a').length === links.length && links.every((link, index) => layer.querySelectorAll('a')[index] === link);
  if (!isSame) layer.replaceChildren(...next);
  else {
    // To move a link is to take its focus.
    for (const bar of layer.querySelectorAll('.alert-bar')) bar.remove();
    layer.prepend(...bars);
  }
  if (!isSame && active instanceof HTMLElement && links.some((link) => link === active)) active.focus({ preventScroll: true });
}

/** How long it fired, as a line along the axis. @param {AlertMark} mark @param {UPlot} u @param {number} width */
function makeBar(mark, u, width) {
  const from = Math.max(0, u.valToPos(mark.startMs, 'x'));
  const to = Math.min(width, mark.endMs === null ? width : u.valToPos(mark.endMs, 'x'));
  if (to < 0 || from > width || to - from < 1) return [];
  const bar = document.createElement('span');
  bar.className = `alert-bar is-${mark.severity}`;
  Object.assign(bar.style, { left: `${from}px`, width: `${to - from}px` });
  return [bar];
}

/** @param {string} key */
function makeLink(key) {
  const link = document.createElement('a');
  link.dataset['key'] = key;
  link.tabIndex = -1;
  link.append(document.createElement('span'), document.createElement('span'));
  return link;
}

/**
 * @param {HTMLAnchorElement} link
 * @param {MarkGroup} group
 * @param {number} width
 */
function fillLink(link, group, width) {
  const worst = worstOf(group);
  const texts = groupTexts(group);
  link.className = `alert-mark is-${worst.severity}`;
  link.href = worst.href;
  link.setAttribute('aria-label', texts.join('; '));
  link.style.left = `${group.x - ROOM_PX / 2}px`;
  const [shape, bubble] = link.children;
  if (shape instanceof HTMLElement) {
    shape.className = 'alert-shape';
    shape.textContent = group.marks.length > 1 ? String(group.marks.length) : worst.severity === 'info' ? 'i' : '!';
  }
  if (bubble instanceof HTMLElement) {
    bubble.className = 'alert-bubble';
    const size = Math.min(BUBBLE_PX, width);
    // Within the plot, whose panel cuts what stands out.
    const leftPx = Math.min(Math.max(0, group.x - size / 2), width - size) - (group.x - ROOM_PX / 2);
    Object.assign(bubble.style, { left: `${leftPx}px`, width: `${size}px` });
    bubble.replaceChildren(...texts.map((text) => {
      const line = document.createElement('span');
      line.textContent = text;
      return line;
    }));
  }
  return link;
}

/** Arrows walk the marks, not the samples under them. @param {KeyboardEvent} event */
function walk(event) {
  const layer = /** @type {HTMLElement} */ (event.currentTarget);
  const links = [...layer.querySelectorAll('a')];
  const at = links.findIndex((link) => link === document.activeElement);
  const steps = /** @type {Record<string, number>} */ ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 });
  const wanted = steps[event.key];
  if (wanted === undefined || at < 0) {
    // Enter follows the link, and would pin the chart's tooltip.
    if (event.key === 'Enter') event.stopPropagation();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const next = links[Math.min(links.length - 1, Math.max(0, wanted))];
  for (const link of links) link.tabIndex = link === next ? 0 : -1;
  next?.focus({ preventScroll: true });
}
