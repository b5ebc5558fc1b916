// A dashboard alone on a screen: no bars, nothing to click away. On a wall (kiosk=tv) it goes from one dashboard to the next, keeps
// the screen awake, and says in large letters when what it shows is old.
import { Fragment, h, useEffect, useRef, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Icon } from '../ui/icon.js';
import { useStyle } from '../ui/use-style.js';
import { serverNowMs } from '../api/client.js';
import { parseDuration } from '../lib/durations.js';
import { formatClock } from '../lib/time.js';
import { formatUrlState } from '../lib/url-state.js';
import { changeUrlState, navigate, path, urlState } from '../state/location.js';
import { newVersion, nowMs, offline } from '../state/notices.js';
import { starred } from '../state/preferences.js';
import { zone } from '../state/time-range.js';

const SHOWN_MS = 30_000;
const SHOWN_MIN_MS = 5000;
const POINTER_MS = 3000;

export function Kiosk() {
  const isReady = useStyle('/static/styles/kiosk.css');
  const isTv = urlState.value.kiosk === 'tv';
  const isMoving = usePointer();
  useCycle(isTv);
  useWakeLock(isTv);
  useEffect(() => {
    // Nobody is there to press Reload.
    if (newVersion.value !== null) window.location.reload();
  }, [newVersion.value]);
  if (!isReady) return h(Fragment, null);
  return h(Fragment, null,
    isTv ? h(Bar, {}) : null,
    h(Staleness, {}),
    h('div', { class: isMoving ? 'kiosk-exit is-shown' : 'kiosk-exit' }, h(Button, {
      icon: 'close', onClick: () => changeUrlState({ kiosk: null, list: [], every: null }, { replace: true }),
    }, 'Leave kiosk (Esc)')));
}

function Bar() {
  return h('div', { class: 'kiosk-bar' },
    h('span', { class: 'kiosk-title' }, document.title.replace(/ · metricbox$/, '')),
    h('time', { class: 'kiosk-clock' }, formatClock(serverNowMs() + 0 * nowMs.value, zone.value)));
}

/** What was seen fresh last, and a banner while nothing is. */
function Staleness() {
  const freshAtMs = useRef(nowMs.peek());
  const isLost = offline.value !== null || (nowMs.value > 0 && document.querySelector('.panel.is-stale') !== null);
  useEffect(() => {
    if (!isLost) freshAtMs.current = serverNowMs();
  });
  if (!isLost) return h(Fragment, null);
  return h('div', { class: 'kiosk-stale', role: 'alert' }, h(Icon, { name: 'warning', size: 36 }),
    h('span', null, `No new data since ${formatClock(freshAtMs.current, zone.value)}`));
}

/** @returns {boolean} whether the pointer moved lately; otherwise it is hidden */
function usePointer() {
  const [isMoving, setMoving] = useState(false);
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const rest = () => setMoving(false);
    const onMove = () => {
      clearTimeout(timer);
      timer = setTimeout(rest, POINTER_MS);
      setMoving(true);
    };
    window.addEventListener('pointermove', onMove, { passive: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pointermove', onMove);
    };
  }, []);
  useEffect(() => {
    document.documentElement.classList.toggle('has-no-pointer', !isMoving);
    return () => document.documentElement.classList.remove('has-no-pointer');
  }, [isMoving]);
  return isMoving;
}

/** @param {boolean} isOn */
function useCycle(isOn) {
  const { list, every } = urlState.value;
  const shownMs = Math.max(SHOWN_MIN_MS, parseDuration(every ?? '') || SHOWN_MS);
  const address = path.value;
  useEffect(() => {
    const ids = list.length > 0 ? list : [...starred.peek()];
    if (!isOn || ids.length === 0) return undefined;
    const timer = setTimeout(() => {
      const at = ids.findIndex((id) => address === `/dashboard/${id}`);
      const next = ids[(at + 1) % ids.length];
      // Each has its own range and variables; only what concerns the screen goes along.
      const { kiosk, theme, tz } = urlState.peek();
      if (next !== undefined && ids.length > 1) navigate(`/dashboard/${next}${formatUrlState({ ...emptyState(), kiosk, theme, tz, list, every })}`, { replace: true });
    }, shownMs);
    return () => clearTimeout(timer);
  }, [isOn, address, shownMs, list.join(' ')]);
}

/** @returns {import('../lib/url-state.js').UrlState} */
function emptyState() {
  return { ...urlState.peek(), from: null, to: null, refresh: null, vars: {}, panel: null, hide: [] };
}

/** @param {boolean} isOn */
function useWakeLock(isOn) {
  useEffect(() => {
    // Missing on plain HTTP, and a browser may refuse: then the system's own settings decide.
    if (!isOn || !('wakeLock' in navigator)) return undefined;
    /** @type {WakeLockSentinel | null} */
    let lock = null;
    let isWanted = true;
    const ask = async () => {
      if (document.hidden) return;
      try {
        lock = await navigator.wakeLock.request('screen');
        if (!isWanted) await lock.release();
      } catch {
        // See above.
      }
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      isWanted = false;
      document.removeEventListener('visibilitychange', ask);
      lock?.release().catch(() => undefined);
    };
  }, [isOn]);
}
