// Zoom by drag on a chart, as a uPlot plugin around one host. The tooltip and the keys come late (pointing.js): the first draw
// does not wait for them.

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('uplot').Plugin} Plugin */
/** @typedef {import('./chart-types.js').ChartSpec} ChartSpec */

// Under a second, a drag was an accident.
const ZOOM_MIN_MS = 1000;
const DRAG_MIN_PX = 5;

/**
 * @param {HTMLElement} host
 * @param {() => ChartSpec} current
 * @returns {Plugin}
 */
export function attachGestures(host, current) {
  const abort = new AbortController();
  /** @type {import('./pointing.js').Pointing | null} */
  let pointing = null;
  let isCancelled = false;

  /** @param {UPlot} u */
  const ready = (u) => {
    const options = { signal: abort.signal };
    u.over.addEventListener('pointerenter', () => host.classList.add('is-source'), options);
    u.over.addEventListener('pointerleave', () => host.classList.remove('is-source'), options);
    u.over.addEventListener('pointerdown', () => { isCancelled = false; }, options);
    u.over.addEventListener('dblclick', () => {
      pointing?.free();
      current().onZoomBack();
    }, options);
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || u.select.width === 0) return;
      isCancelled = true;
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }, options);
    import('./pointing.js').then(({ attachPointing }) => {
      if (!abort.signal.aborted) pointing = attachPointing(u, host, current, abort.signal);
    }).catch(() => undefined);
  };

  return {
    hooks: {
      ready,
      setSelect: (u) => {
        const { left, width } = u.select;
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        if (isCancelled || width < DRAG_MIN_PX) return;
        pointing?.free();
        const startMs = u.posToVal(left, 'x');
        const endMs = u.posToVal(left + width, 'x');
        if (endMs - startMs >= ZOOM_MIN_MS) current().onZoom({ startMs: Math.round(startMs), endMs: Math.round(endMs) });
      },
      setCursor: () => pointing?.follow(),
      destroy: () => {
        abort.abort();
        pointing?.free();
        host.classList.remove('is-source');
      },
    },
  };
}
