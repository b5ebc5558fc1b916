// Dark, light, or what the system says; and the colours of the theme in use for code that draws on canvas.
import { computed, effect, signal } from '../ui/html.js';
import { urlState } from './location.js';

/** @typedef {'system' | 'dark' | 'light'} Theme */
/** @typedef {import('../charts/chart-types.js').Palette} Palette */

const KEY = 'metricbox.theme';
const MOTION_KEY = 'metricbox.motion';
// As lib/color.js has them; not imported, because every page loads this file and only dashboards need that one.
const SLOTS = 10;
/** @type {Theme[]} */
export const THEMES = ['system', 'dark', 'light'];

/**
 * @param {string | null | undefined} text
 * @returns {Theme}
 */
function readTheme(text) {
  return THEMES.find((theme) => theme === text) ?? 'system';
}

/**
 * Storage can be forbidden; then the choice lasts as long as the page.
 * @param {string} key
 */
function readStored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
const contrastQuery = window.matchMedia('(prefers-contrast: more)');
const systemIsDark = signal(darkQuery.matches);
const isHighContrast = signal(contrastQuery.matches);

export const themeChoice = signal(readTheme(readStored(KEY)));
/** Paper is white, whatever the screen is. */
export const isPrinting = signal(false);
export const theme = computed(() => {
  if (isPrinting.value) return 'light';
  const wanted = readTheme(urlState.value.theme ?? themeChoice.value);
  if (wanted !== 'system') return wanted;
  return systemIsDark.value ? 'dark' : 'light';
});

/**
 * For this browser; state/preferences.js has it for the account.
 * @param {Theme} choice
 */
export function keepTheme(choice) {
  themeChoice.value = choice;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // See readStored.
  }
}

/** Of this browser, beside what its system asks for. */
export const hasLessMotion = signal(readStored(MOTION_KEY) === 'less');

/** @param {boolean} isOn */
export function setLessMotion(isOn) {
  hasLessMotion.value = isOn;
  try {
    localStorage.setItem(MOTION_KEY, isOn ? 'less' : '');
  } catch {
    // See readStored.
  }
}

/** The palette in use; null before the first style sheet is in. Read once per theme, never inside a drawing function. */
export const palette = signal(/** @type {Palette | null} */ (null));

/**
 * @param {string} name
 * @returns {Palette}
 */
function readPalette(name) {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} token */
  const read = (token) => style.getPropertyValue(token).trim();
  return {
    name,
    text: read('--text'),
    muted: read('--text-muted'),
    grid: read('--grid-line'),
    surface: read('--surface'),
    accent: read('--accent'),
    info: read('--info'),
    warning: read('--warning'),
    critical: read('--critical'),
    series: Array.from({ length: SLOTS }, (_, slot) => read(`--series-${slot + 1}`)),
  };
}

/** @returns {() => void} */
export function startTheme() {
  const onDark = () => { systemIsDark.value = darkQuery.matches; };
  const onContrast = () => { isHighContrast.value = contrastQuery.matches; };
  darkQuery.addEventListener('change', onDark);
  contrastQuery.addEventListener('change', onContrast);
  const stopEffect = effect(() => {
    document.documentElement.classList.toggle('has-less-motion', hasLessMotion.value);
    document.documentElement.dataset.theme = theme.value;
    palette.value = readPalette(`${theme.value}${isHighContrast.value ? ' contrast' : ''}`);
  });
  return () => {
    stopEffect();
    darkQuery.removeEventListener('change', onDark);
    contrastQuery.removeEventListener('change', onContrast);
  };
}
