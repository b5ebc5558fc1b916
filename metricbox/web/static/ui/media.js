// Media queries as state.
import { useEffect, useState } from './html.js';

/**
 * @param {string} query
 * @returns {boolean}
 */
export function useMedia(query) {
  const [isMatching, setMatching] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const onChange = () => setMatching(list.matches);
    list.addEventListener('change', onChange);
    onChange();
    return () => list.removeEventListener('change', onChange);
  }, [query]);
  return isMatching;
}
