// What the dashboard's edit mode does to panels: each takes all panels and answers all of them. Pure; places are settled by
// EditSession.apply.

/** @typedef {import('../../types/app').Panel} Panel */
/** @typedef {import('../../types/app').Position} Position */

const COLUMNS = 12;
// The server's limit.
const TITLE_MAX = 200;
const COPY = ' (copy)';

/**
 * @param {readonly Panel[]} panels
 * @param {Position} place
 */
function isFree(panels, { x, y, w, h }) {
  return !panels.some(({ position: other }) => other.x < x + w && x < other.x + other.w && other.y < y + h && y < other.y + other.h);
}

/**
 * @param {readonly Panel[]} panels
 * @param {{w: number, h: number}} size
 * @returns {Position} under all panels, or beside the last ones where there is room
 */
export function placeAtEnd(panels, { w, h }) {
  const bottom = panels.reduce((most, { position }) => Math.max(most, position.y + position.h), 0);
  for (let y = Math.max(0, bottom - h); y < bottom; y += 1) {
    for (let x = 0; x + w <= COLUMNS; x += 1) if (isFree(panels, { x, y, w, h })) return { x, y, w, h };
  }
  return { x: 0, y: bottom, w, h };
}

/**
 * @param {readonly Panel[]} panels
 * @param {string} id
 * @param {string} newId
 * @returns {Panel[]} the copy beside the panel where there is room, else below it
 */
export function duplicatePanel(panels, id, newId) {
  const panel = panels.find((one) => one.id === id);
  if (!panel) return [...panels];
  const { x, y, w, h } = panel.position;
  const beside = { x: x + w, y, w, h };
  const copy = { ...panel, id: newId, title: panel.title === '' ? '' : panel.title.slice(0, TITLE_MAX - COPY.length) + COPY };
  if (beside.x + w <= COLUMNS && isFree(panels, beside)) return [...panels, { ...copy, position: beside }];
  // What is below gives way.
  const rest = panels.map((one) => (one.position.y >= y + h ? { ...one, position: { ...one.position, y: one.position.y + h } } : one));
  return [...rest, { ...copy, position: { x, y: y + h, w, h } }];
}
