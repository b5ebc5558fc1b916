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
  up: 'M7 14l5-5 5 5',
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
  table: 'M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9',
  link: 'M9.500 14.500l5-5M11 7l1.500-1.500a3.900 3.900 0 0 1 5.500 5.500L16.500 12.500M13 17l-1.500 1.500a3.900 3.900 0 0 1-5.500-5.500L7.500 11.500',
  share: 'M17 3.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5M7 9.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5M17 15.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5M9.200 10.800l5.600-3.400M9.200 13.200l5.600 3.400',
  star: 'M12 4l2.500 5.200 5.700.7-4.200 3.900 1.100 5.700L12 16.700 6.900 19.500 8 13.800 3.800 9.900l5.700-.7z',
  pin: 'M4.500 4.500h15v15h-15zM10 4.500v15',
  eye: 'M2.500 12c2-4 5.500-6 9.500-6s7.500 2 9.500 6c-2 4-5.500 6-9.500 6s-7.500-2-9.500-6M12 9.500a2.500 2.500 0 1 1 0 5a2.500 2.500 0 0 1 0-5',
  eyeOff: 'M4 4l16 16M9 6.500c1-.3 2-.5 3-.5c4 0 7.500 2 9.500 6c-.7 1.400-1.600 2.500-2.700 3.500M15 17.500c-1 .3-2 .5-3 .5c-4 0-7.500-2-9.500-6c.7-1.400 1.600-2.500 2.700-3.5',
  undo: 'M8.500 5.500 4.500 9.500l4 4M5 9.500h9a5 5 0 0 1 0 10h-4',
  redo: 'M15.500 5.500l4 4-4 4M19 9.500h-9a5 5 0 0 0 0 10h4',
  move: 'M12 3.500v17M3.500 12h17M9.500 6 12 3.500 14.500 6M9.500 18l2.500 2.500 2.500-2.500M6 9.500 3.500 12 6 14.500M18 9.500l2.500 2.500-2.500 2.500',
  resize: 'M5 5h14v14H5zM11 19v-6H5',
  pencil: 'M4.500 19.500l1-4L16 5l3 3L8.500 18.500zM13.500 7.500l3 3',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  explore: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M15.500 8.500l-2 5-5 2 2-5z',
  hosts: 'M4.500 4.500h15v6h-15zM4.500 13.500h15v6h-15zM8 7.500h.01M8 16.500h.01M12 7.500h4M12 16.500h4',
  bell: 'M6.500 16.500V11a5.500 5.500 0 0 1 11 0v5.500l1.500 1.500H5zM10.500 20.500h3',
  bellOff: 'M4 4l16 16M17.500 13.500V11a5.500 5.500 0 0 0-8-4.900M6.500 9.500v7L5 18h12M10.500 20.500h3',
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
    'stroke-width': name === 'more' || name === 'grip' ? 3 : 1.75, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', ...spoken,
  }, h('path', { d: PATHS[name] ?? '' }));
}
