// What the panels of a page share. The same object until something in it changes: a new one redraws all charts.
import { useMemo } from '../ui/html.js';
import { serverNowMs } from '../api/client.js';
import { resolveRange } from '../lib/time.js';
import { chartMarks, crosshair } from '../state/crosshair.js';
import { changeUrlState, urlState } from '../state/location.js';
import { speak } from '../state/notices.js';
import { palette } from '../state/theme.js';
import { range, zone, zoomBack, zoomTo } from '../state/time-range.js';

/**
 * @param {string} dashboardId
 * @returns {import('../../types/app').PanelContext | null} null until the palette is read
 */
export function usePanelContext(dashboardId) {
  const colors = palette.value;
  const { hide } = urlState.value;
  const hideText = hide.join(' ');
  const { from, to } = range.value;
  const shownZone = zone.value;
  const shownCrosshair = crosshair.value;
  const marks = chartMarks.value;
  return useMemo(() => {
    const span = resolveRange({ from, to }, serverNowMs(), shownZone);
    if (!colors || !span) return null;
    return {
      span, zone: shownZone, palette: colors, hide, syncKey: dashboardId, crosshair: shownCrosshair, marks, onZoom: zoomTo, onZoomBack: zoomBack, onSpeak: speak,
      onHide: (/** @type {string[]} */ marks) => changeUrlState({ hide: marks }, { replace: true }),
    };
  }, [colors, hideText, from, to, shownZone, shownCrosshair, marks, dashboardId]);
}
