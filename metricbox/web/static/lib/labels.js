// Names of series: their identity, the text in a legend, and how hostile text is made harmless to the eye.

/** @typedef {{name: string, tags: Record<string, string>}} SeriesName */

/**
 * Identity of a series: the same for the same name and tags in any order.
 * @param {SeriesName} series
 */
export function seriesKey(series) {
  const pairs = Object.keys(series.tags).sort().map((tag) => `${JSON.stringify(tag)}=${JSON.stringify(series.tags[tag])}`);
  return `${series.name}{${pairs.join(',')}}`;
}

/**
 * A short stand-in for a key in URLs (FNV-1a, 32 bit). Two of at most some hundred series of one panel collide about
 * once in ten million panels, and then only share a "hidden" mark.
 * @param {string} text
 */
export function shortHash(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash.toString(36);
}

/**
 * Control and bidirectional characters are shown as escapes: a name must not reorder or hide the text around it.
 * @param {string} text
 */
export function visibleText(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/**
 * @param {string} template "{{host}} {{name}}"; an absent tag is left out
 * @param {SeriesName} series
 */
export function fillTemplate(template, series) {
  const text = template.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_, key) => {
    if (key === 'name') return series.name;
    return Object.hasOwn(series.tags, key) ? series.tags[key] ?? '' : '';
  });
  return visibleText(text.replace(/\s+/g, ' ').trim());
}

/**
 * Tags that tell the series of one panel apart; the ones that all share are noise in every legend entry.
 * @param {SeriesName[]} all
 */
export function distinctTags(all) {
  /** @type {Map<string, Set<string>>} */
  const valuesByTag = new Map();
  for (const series of all) {
    for (const tag of Object.keys(series.tags)) {
      if (!valuesByTag.has(tag)) valuesByTag.set(tag, new Set());
    }
  }
  for (const series of all) {
    for (const [tag, values] of valuesByTag) values.add(Object.hasOwn(series.tags, tag) ? series.tags[tag] ?? '' : '');
  }
  return [...valuesByTag].filter(([, values]) => values.size > 1).map(([tag]) => tag).sort();
}

/**
 * @param {SeriesName} series
 * @param {string[]} tags as distinctTags answered
 * @param {boolean} hasManyNames
 */
function defaultName(series, tags, hasManyNames) {
  const values = tags.filter((tag) => Object.hasOwn(series.tags, tag)).map((tag) => series.tags[tag] ?? '');
  if (values.length === 0) return visibleText(series.name || 'value');
  return visibleText(hasManyNames ? `${series.name} ${values.join(' ')}` : values.join(' '));
}

/**
 * Legend texts of one panel, in the order of the series.
 * @param {(SeriesName & {template?: string | null})[]} all
 * @returns {string[]}
 */
export function legendTexts(all) {
  const tags = distinctTags(all);
  const hasManyNames = new Set(all.map((series) => series.name)).size > 1;
  return all.map((series) => {
    const filled = series.template ? fillTemplate(series.template, series) : '';
    return filled === '' ? defaultName(series, tags, hasManyNames) : filled;
  });
}
