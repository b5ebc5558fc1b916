// The sheet of a part that comes late, as a hook: the part draws itself once it is there.
import { useEffect, useState } from './html.js';
import { loadStyle } from './style-sheet.js';

/**
 * @param {string} href a path under /static/styles
 * @returns {boolean} whether the part may draw itself
 */
export function useStyle(href) {
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    let isWanted = true;
    loadStyle(href).then(() => {
      if (isWanted) setReady(true);
    });
    return () => { isWanted = false; };
  }, [href]);
  return isReady;
}
