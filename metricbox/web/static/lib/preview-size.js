// How large a panel's preview is: as wide for its height as the panel is on the dashboard. Pure.

// A small panel may grow as far as its drawing still looks like what it will be.
const GROWTH_MAX = 1.5;
const HEIGHT_SHARE = 0.46;
const HEIGHT_MIN = 180;

/**
 * @param {{width: number, height: number}} size
 * @param {number} width that there is
 * @param {number} windowHeight
 */
export function fitPreview(size, width, windowHeight) {
  const tallest = Math.max(HEIGHT_MIN, windowHeight * HEIGHT_SHARE);
  const scale = Math.min(GROWTH_MAX, width / size.width, tallest / size.height);
  return { width: Math.floor(size.width * scale), height: Math.floor(size.height * scale) };
}
