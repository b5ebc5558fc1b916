// Style sheets that only some parts of the pages need, each fetched once: by the router for a page, by parts that come late
// for themselves.

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/**
 * @param {string} href a path under /static/styles
 * @returns {Promise<void>} when it is there, or will not come: a missing sheet makes a page ugly, not absent
 */
export function loadStyle(href) {
  let loading = sheets.get(href);
  if (!loading) {
    loading = new Promise((resolve) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      link.addEventListener('load', () => resolve());
      link.addEventListener('error', () => resolve());
      document.head.append(link);
    });
    sheets.set(href, loading);
  }
  return loading;
}
