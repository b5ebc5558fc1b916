// Series colours are slots, not colours: a slot keeps its hue name when the theme changes.

export const SLOT_NAMES = ['blue', 'orange', 'teal', 'pink', 'gold', 'purple', 'sky', 'brick', 'lime', 'slate'];
export const SLOT_COUNT = SLOT_NAMES.length;

/** Series 11-20 repeat the slots dashed, 21-30 dotted; after that the three rounds begin again. */
const DASHES = [[], [6, 4], [2, 3]];

/**
 * @param {number} slot any whole number from 0
 * @returns {{color: number, dash: number[]}} color is an index into the palette
 */
export function slotStyle(slot) {
  return { color: slot % SLOT_COUNT, dash: DASHES[Math.floor(slot / SLOT_COUNT) % DASHES.length] ?? [] };
}

/**
 * Gives each key a slot and keeps those that have one, so that a series that comes or goes recolours no other. The lowest
 * free slot is taken first; keys are served in sorted order, so that two browsers agree.
 * @param {ReadonlyMap<string, number>} previous
 * @param {string[]} keys
 * @param {number} [first] slot that the panel's options name
 * @returns {Map<string, number>}
 */
export function assignSlots(previous, keys, first = 0) {
  /** @type {Map<string, number>} */
  const slots = new Map();
  for (const key of keys) {
    const slot = previous.get(key);
    if (slot !== undefined) slots.set(key, slot);
  }
  const taken = new Set(slots.values());
  let next = first;
  for (const key of keys.filter((item) => !slots.has(item)).sort()) {
    while (taken.has(next)) next += 1;
    slots.set(key, next);
    taken.add(next);
  }
  return slots;
}

/**
 * The slot that a panel's `color` option names: a hue name or a number from 1.
 * @param {unknown} option
 */
export function slotOfOption(option) {
  const byName = typeof option === 'string' ? SLOT_NAMES.indexOf(option.toLowerCase()) : -1;
  if (byName >= 0) return byName;
  const number = Number(option);
  return Number.isInteger(number) && number >= 1 && number <= SLOT_COUNT ? number - 1 : 0;
}

/**
 * A hex colour with an alpha, for fills on the canvas.
 * @param {string} hex "#rrggbb"
 * @param {number} alpha
 */
export function withAlpha(hex, alpha) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex.trim());
  if (!match) return hex;
  const [red, green, blue] = match.slice(1).map((part) => Number.parseInt(part, 16));
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
