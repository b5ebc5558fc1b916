// The time controls of the page that is open: its range, zone and refresh interval are the link's.
import { Fragment, h, useEffect } from '../ui/html.js';
import { RefreshPicker, TimePicker } from '../ui/time-controls.js';
import { serverNowMs } from '../api/client.js';
import { isRelative } from '../lib/time.js';
import { showToast } from '../state/notices.js';
import {
  backToNow, isPaused, leaveTime, moveRange, pickRange, range, recentRanges, refresh, setPageZone, setRefresh, unknownZone, zone,
} from '../state/time-range.js';

/** @param {{isBusy: boolean, onRefresh: () => void}} props */
export function PageTime({ isBusy, onRefresh }) {
  const unknown = unknownZone.value;
  useEffect(() => {
    if (unknown !== '') showToast(`The time zone "${unknown}" is not known to this browser: times are UTC`, { kind: 'error' });
  }, [unknown]);
  useEffect(() => leaveTime, []);
  const isFixed = !isRelative(range.value);
  return h(Fragment, null,
    h(TimePicker, {
      range: range.value, zone: zone.value, now: serverNowMs, recent: recentRanges, onChange: pickRange, onMove: moveRange, onNow: backToNow, onZone: setPageZone,
    }),
    h(RefreshPicker, {
      value: refresh.value, isPaused: isFixed || isPaused.value, why: isFixed ? 'the range is fixed' : 'press p to go on', isBusy, onRefresh, onChange: setRefresh,
    }));
}
