// One crosshair for all charts of a page, matched by time and not by pixel, so that charts of other steps follow.
import uPlot from 'uplot';

/**
 * The cursor part of uPlot's options.
 * @param {string} syncKey
 * @param {string} surface fill of the markers' ring
 * @returns {uPlot.Cursor}
 */
export function cursorOptions(syncKey, surface) {
  return {
    y: true,
    // Under 5 px a drag is a click; the selection only reports, the page changes the range.
    drag: { x: true, y: false, setScale: false, dist: 5 },
    points: { size: 8, width: 1.5, stroke: surface },
    sync: {
      key: uPlot.sync(syncKey).key,
      // null: the height in the other chart means nothing, uPlot then syncs it by position and the style sheet hides it.
      scales: ['x', null],
      setSeries: false,
      // uPlot also broadcasts presses and releases: one drag would zoom once per chart.
      filters: { pub: isMove, sub: isMove },
    },
  };
}

/** @param {string} type */
function isMove(type) {
  return type !== 'mousedown' && type !== 'mouseup' && type !== 'dblclick';
}
