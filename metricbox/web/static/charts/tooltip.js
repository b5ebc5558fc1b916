// The tooltip of a chart: plain DOM, since it follows the pointer and must not wait for a render. All text goes in as text.

const ROWS_MAX = 12;
const OFFSET_PX = 14;
const EDGE_PX = 8;

/**
 * @typedef {object} TooltipRow
 * @property {string} text
 * @property {string} value formatted
 * @property {number} order what the rows are sorted by, largest first
 * @property {string} color
 * @property {boolean} isNearest
 */

/**
 * @typedef {object} TooltipContent
 * @property {string} time
 * @property {TooltipRow[]} rows
 * @property {string[]} notes where it comes from
 */

/**
 * Sorted by value, cut to what fits; the nearest series stays in even when it is far down.
 * @param {TooltipRow[]} rows
 * @returns {{rows: TooltipRow[], rest: number}}
 */
export function chooseRows(rows) {
  const sorted = [...rows].sort((left, right) => right.order - left.order);
  if (sorted.length <= ROWS_MAX) return { rows: sorted, rest: 0 };
  const chosen = sorted.slice(0, ROWS_MAX);
  const nearest = sorted.find((row) => row.isNearest);
  if (nearest && !chosen.includes(nearest)) chosen[ROWS_MAX - 1] = nearest;
  return { rows: chosen, rest: sorted.length - ROWS_MAX };
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {TooltipContent} content */
function buildContent(content) {
  const { rows, rest } = chooseRows(content.rows);
  const body = element('div', 'tooltip-body');
  body.append(element('div', 'tooltip-time', content.time));
  for (const row of rows) {
    const line = element('div', row.isNearest ? 'tooltip-row is-nearest' : 'tooltip-row');
    const swatch = element('span', 'tooltip-swatch');
    swatch.style.backgroundColor = row.color;
    line.append(swatch, element('span', 'tooltip-name', row.text), element('span', 'tooltip-value', row.value));
    body.append(line);
  }
  if (rest > 0) body.append(element('div', 'tooltip-rest', `and ${rest} more`));
  for (const note of content.notes) body.append(element('div', 'tooltip-foot', note));
  return body;
}

/**
 * The whole tooltip as text, all series and not only those that fit.
 * @param {TooltipContent} content
 */
export function tooltipText(content) {
  const rows = [...content.rows].sort((left, right) => right.order - left.order);
  return [content.time, ...rows.map((row) => `${row.text}\t${row.value}`), ...content.notes].join('\n');
}

/**
 * What a pinned one has beside its content: a way to take the text along, and what closes it.
 * @param {HTMLElement} box
 * @param {TooltipContent} content
 * @param {() => void} close
 */
function buildActions(box, content, close) {
  const line = element('div', 'tooltip-actions');
  const hint = element('span', 'tooltip-foot', 'Esc closes');
  hint.setAttribute('role', 'status');
  const button = (/** @type {string} */ text, /** @type {() => void} */ run) => {
    const node = element('button', 'tooltip-button', text);
    node.setAttribute('type', 'button');
    node.addEventListener('click', run);
    return node;
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(tooltipText(content));
      hint.textContent = 'Copied';
    } catch {
      // Plain HTTP has no clipboard.
      getSelection()?.selectAllChildren(box);
      hint.textContent = 'Selected: press Ctrl+C';
    }
  };
  line.append(button('Copy', copy), button('Close', close), hint);
  return line;
}

/**
 * One tooltip for one chart.
 * @returns {{show: (content: TooltipContent, at: {x: number, y: number}) => void, pin: () => void, hide: () => void,
 *   isPinned: () => boolean, destroy: () => void}}
 */
export function createTooltip() {
  /** @type {HTMLElement | null} */
  let box = null;
  /** @type {TooltipContent | null} */
  let shown = null;
  let at = { x: 0, y: 0 };
  let isPinned = false;

  const free = () => {
    isPinned = false;
    box?.remove();
    box = null;
    document.removeEventListener('keydown', onKey, true);
    document.removeEventListener('pointerdown', onPress, true);
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    free();
  };
  /** @param {Event} event */
  const onPress = (event) => {
    if (box && event.target instanceof Node && !box.contains(event.target)) free();
  };

  return {
    show(content, place) {
      if (isPinned) return;
      if (!box) {
        box = element('div', 'chart-tooltip');
        document.body.append(box);
      }
      shown = content;
      at = place;
      box.replaceChildren(buildContent(content));
      move(box, at);
    },
    pin() {
      if (!box || !shown || isPinned) return;
      isPinned = true;
      box.classList.add('is-pinned');
      box.setAttribute('role', 'group');
      box.setAttribute('aria-label', `Values at ${shown.time}`);
      // Who reads it is not to lose it to the next refresh (api/poll.js).
      box.dataset.holdsRefresh = '';
      box.append(buildActions(box, shown, free));
      move(box, at);
      document.addEventListener('keydown', onKey, true);
      document.addEventListener('pointerdown', onPress, true);
    },
    hide() {
      if (!isPinned) free();
    },
    isPinned: () => isPinned,
    destroy: free,
  };
}

/**
 * Right below the pointer, on its other side where the viewport ends.
 * @param {HTMLElement} box
 * @param {{x: number, y: number}} at
 */
function move(box, at) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const isRight = at.x + OFFSET_PX + width + EDGE_PX <= window.innerWidth;
  const left = isRight ? at.x + OFFSET_PX : at.x - OFFSET_PX - width;
  const top = Math.min(at.y + OFFSET_PX, window.innerHeight - height - EDGE_PX);
  box.style.transform = `translate(${Math.max(EDGE_PX, Math.round(left))}px, ${Math.max(EDGE_PX, Math.round(top))}px)`;
}
