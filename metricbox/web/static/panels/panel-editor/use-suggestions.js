// Suggestions for a place in a query, those of the server among them, as state.
import { useEffect, useRef, useState } from '../../ui/html.js';
import { listTags, listTagValues, searchMetrics } from '../../api/metrics.js';
import { fixedSuggestions, metricSuggestion, placeOf, tagSuggestion, valueSuggestion } from '../../lib/promql-complete.js';

/** @typedef {import('../../lib/promql-complete.js').Place} Place */
/** @typedef {import('../../lib/promql-complete.js').Suggestion} Suggestion */
/** @typedef {{place: Place, list: Suggestion[], isLoading: boolean}} Offer */

const TYPING_MS = 150;
const SHOWN_MAX = 60;
// Of what is not asked from the server, before metrics: more would hide them.
const WORDS_MAX = 8;

/**
 * @param {Place} place
 * @returns {Promise<Suggestion[]>}
 */
async function fromServer({ wants, prefix, metric, tag, isPattern }) {
  if (wants === 'expression') return (await searchMetrics(prefix)).list.map(metricSuggestion);
  if (wants === 'tag') {
    const wanted = prefix.toLowerCase();
    return (await listTags(metric)).filter((one) => one.value.toLowerCase().includes(wanted)).map((one) => tagSuggestion(one.value, one.count));
  }
  if (wants === 'value') return (await listTagValues(metric, tag, prefix)).list.map((one) => valueSuggestion(one.value, one.count, isPattern));
  return [];
}

/**
 * @param {string[]} variableNames
 * @returns {{offer: Offer | null, open: (text: string, caret: number) => void, close: () => void}}
 */
export function useSuggestions(variableNames) {
  const [offer, setOffer] = useState(/** @type {Offer | null} */ (null));
  const turn = useRef(0);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const close = () => {
    turn.current += 1;
    clearTimeout(timer.current);
    setOffer(null);
  };
  useEffect(() => () => {
    turn.current += 1;
    clearTimeout(timer.current);
  }, []);
  /** @param {string} text @param {number} caret */
  const open = (text, caret) => {
    close();
    const place = placeOf(text, caret);
    if (place.wants === 'none') return;
    const own = turn.current;
    const fixed = fixedSuggestions(place, variableNames);
    const words = place.wants === 'expression' && place.prefix !== '' ? fixed.slice(0, WORDS_MAX) : fixed;
    // What is offered already stays while the server is asked, and is only added to.
    setOffer({ place, list: place.wants === 'window' ? words : words.slice(0, SHOWN_MAX), isLoading: place.wants !== 'window' });
    if (place.wants === 'window') return;
    timer.current = setTimeout(() => {
      fromServer(place).catch(() => []).then((found) => {
        if (own !== turn.current) return;
        const list = place.prefix === '' && place.wants === 'expression' ? [...found, ...fixed] : merge(words, found, place.prefix);
        setOffer({ place, list: list.slice(0, SHOWN_MAX), isLoading: false });
      });
    }, TYPING_MS);
  };
  return { offer, open, close };
}

/**
 * What begins as written comes before what only holds it.
 * @param {Suggestion[]} words
 * @param {Suggestion[]} found
 * @param {string} prefix
 */
function merge(words, found, prefix) {
  const wanted = prefix.toLowerCase();
  const begins = (/** @type {Suggestion} */ one) => Number(one.label.toLowerCase().startsWith(wanted));
  return [...words, ...found].sort((left, right) => begins(right) - begins(left));
}
