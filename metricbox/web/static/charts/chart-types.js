// The shapes that the files of this folder pass to each other. Types only.

/**
 * @typedef {object} Palette colours of the theme in use, read once per theme
 * @property {string} name theme and contrast: two palettes of one name are equal
 * @property {string} text
 * @property {string} muted
 * @property {string} grid
 * @property {string} surface
 * @property {string} accent
 * @property {string} info
 * @property {string} warning
 * @property {string} critical
 * @property {string[]} series ten colours by slot
 */

/** @typedef {'off' | 'line' | 'tooltips'} Crosshair what a pointer in one chart shows in the others */

/**
 * @typedef {object} ChartSpec
 * @property {'line' | 'area' | 'bar'} kind
 * @property {import('../lib/frames.js').Frame} frame
 * @property {ReadonlyMap<string, number>} slots colour slot by series key
 * @property {ReadonlySet<string>} hidden series keys
 * @property {string | null} focus key of the series to bring forward
 * @property {boolean} isStacked
 * @property {'gap' | 'join' | 'zero'} nulls
 * @property {string | null} unit
 * @property {number | null} decimals
 * @property {number | null} min
 * @property {number | null} max
 * @property {'left' | 'right'} side
 * @property {boolean} isLog
 * @property {typeof import('./log-scale.js') | null} [log] its code, set by the chart
 * @property {import('../lib/reading.js').Threshold[]} thresholds
 * @property {import('../lib/time.js').Span} span what the time axis shows
 * @property {string} zone
 * @property {Palette} palette
 * @property {string} label what the chart is, for screen readers
 * @property {string} table where the values come from, under the tooltip; "" when not known
 * @property {Crosshair} crosshair
 * @property {string} syncKey charts of one key share the crosshair
 * @property {(span: import('../lib/time.js').Span) => void} onZoom
 * @property {() => void} onZoomBack
 * @property {(text: string) => void} onSpeak
 * @property {(u: import('uplot'), divisor: number) => void} [onDraw] after each drawing, see alert-overlay.js and annotations.js
 */

export {};
