// The panel as it will be, as wide for its height as it stands on the dashboard.
import { h, useEffect, useRef, useState } from '../../ui/html.js';
import { fitPreview } from '../../lib/preview-size.js';
import { PanelFrame } from '../panel-frame.js';

/**
 * @typedef {object} PreviewProps
 * @property {{width: number, height: number}} size of the panel on the dashboard, in pixels
 * @property {import('../panel-frame.js').PanelFrameProps} frame
 * @property {string} [note] below it
 */

/** @param {PreviewProps} props */
export function Preview({ size, frame, note }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    /** @param {Partial<typeof room>} part */
    const note = (part) => setRoom((before) => {
      const next = { ...before, ...part };
      return before.width === next.width && before.height === next.height ? before : next;
    });
    const observer = new ResizeObserver((entries) => note({ width: entries.at(-1)?.contentRect.width ?? 0 }));
    observer.observe(element);
    const onResize = () => note({ height: window.innerHeight });
    onResize();
    window.addEventListener('resize', onResize);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', onResize);
    };
  }, []);
  const fitted = room.width > 0 ? fitPreview(size, room.width, room.height) : null;
  return h('div', { class: 'preview', ref: box },
    fitted ? h('div', { class: 'preview-panel', style: { width: `${fitted.width}px`, height: `${fitted.height}px` } }, h(PanelFrame, frame)) : h('div', { class: 'preview-panel', 'aria-busy': 'true' }),
    note ? h('p', { class: 'preview-note', role: 'status' }, note) : null);
}
