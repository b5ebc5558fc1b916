// Our own icons: strokes on a 24 px field, drawn in the text's colour.
import { h } from './html.js';

/** @type {Record<string, string>} SVG path data; circles are written as arcs. */
const PATHS = {
  dashboards: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5 20 20',
  more: 'M12 5.5h.01M12 12h.01M12 18.5h.01',
  clock: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 8v4.5l3 2',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4.5v4.9h-4.9',
  down: 'M7 10l5 5 5-5',
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.5 6l6 6-6 6',
  zoomOut: 'M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5 20 20M7.5 10.500h6',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  warning: 'M12 4.5 21 19.500H3zM12 10v4.500M12 17h.01',
  critical: 'M8.3 3.500h7.400l4.8 4.800v7.400l-4.8 4.800H8.300l-4.8-4.800V8.300zM12 7.500v5.500M12 16.300h.01',
  info: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 11.500v4.500M12 8h.01',
  close: 'M6 6l12 12M18 6 6 18',
  trash: 'M4.5 7h15M9.5 7V4.500h5V7M6.5 7l1 12.500h9l1-12.500M10 10.500v5.500M14 10.500v5.5',
  copy: 'M9 9h10.500v10.500H9zM5 15H4.500V4.500H15V5',
  key: 'M8 11.500a4 4 0 1 1 0 8a4 4 0 0 1 0-8M11 12.5 19.5 4M16 7.500l3 3',
  user: 'M12 4.500a3.75 3.75 0 1 1 0 7.500a3.75 3.75 0 0 1 0-7.500M4.5 20c.8-3.8 3.8-5.5 7.5-5.500s6.7 1.7 7.5 5.5',
  signOut: 'M10 4.500H5v15h5M14.5 8l4 4-4 4M18 12H9.5',
  sun: 'M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8M12 3v1.500M12 19.500V21M3 12h1.500M19.5 12H21M5.6 5.600l1.1 1.100M17.3 17.300l1.1 1.100M5.6 18.400l1.1-1.100M17.3 6.700l1.1-1.1',
  moon: 'M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  stop: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M6.500 6.500l11 11',
  history: 'M4.500 12a7.500 7.500 0 1 0 2.200-5.300L4 9.400M4 4.500v4.900h4.900M12 8v4.500l3 2',
  download: 'M12 4v11M7 10.500l5 5 5-5M5 20h14',
  upload: 'M12 15.500v-11M7 9l5-5 5 5M5 20h14',
  open: 'M5 12h13M13 6.500l5.5 5.5-5.5 5.5',
  globe: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M4 12h16M12 4c5 5 5 11 0 16c-5-5-5-11 0-16',
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @typedef {object} IconProps
 * @property {string} name
 * @property {number} [size]
 * @property {string} [label] spoken; without it the icon is decoration
 */

/** @param {IconProps} props */
export function Icon({ name, size = 16, label }) {
  const spoken = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': /** @type {const} */ ('true') };
  return h('svg', {
    class: 'icon', width: size, height: size, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor',
    'stroke-width': name === 'more' ? 3 : 1.75, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', ...spoken,
  }, h('path', { d: PATHS[name] ?? '' }));
}
