// The small lines beside rules: one batch of queries for all that are shown, once in a while.
import { useEffect, useState } from '../../ui/html.js';
import { Poller } from '../../api/poll.js';
import { runBatches } from '../../api/query.js';
import { isSelection } from '../../lib/explore-query.js';
import { canExplore } from '../../state/session.js';

/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../../types/app').QueryParams} QueryParams */
/** @typedef {{values: (number | null)[]}} Spark */

const INTERVAL_MS = 60_000;
const RANGE = { start: 'now-6h', end: 'now', step: '5m' };

/**
 * The worst of a rule's series at each time.
 * @param {AlertRule} rule
 * @returns {QueryParams}
 */
function askFor({ query, condition }) {
  const worst = condition === 'lt' || condition === 'lte' ? 'min' : 'max';
  // Text in parentheses would make a difference of a name with a dash.
  return isSelection(query) ? { ...RANGE, query, aggregation: worst, groupBy: [] } : { ...RANGE, query: `${worst}(${query})` };
}

/**
 * @param {AlertRule[]} rules
 * @returns {ReadonlyMap<string, Spark>} by id; a rule whose query fails has none
 */
export function useRuleSparks(rules) {
  const [sparks, setSparks] = useState(/** @type {ReadonlyMap<string, Spark>} */ (new Map()));
  const wish = JSON.stringify(rules.map((rule) => [rule.id, rule.query, rule.condition]));
  useEffect(() => {
    if (rules.length === 0 || !canExplore()) return undefined;
    const poller = new Poller({
      intervalMs: INTERVAL_MS, onState: () => undefined,
      run: async (abortSignal) => {
        await runBatches(rules.map(askFor), (first, items) => setSparks((before) => {
          const next = new Map(before);
          items.forEach((item, offset) => {
            const rule = rules[first + offset];
            if (!rule) return;
            const [series] = 'data' in item && !Array.isArray(item.data) ? item.data.series : [];
            next.set(rule.id, { values: series?.values ?? [] });
          });
          return next;
        }), abortSignal);
      },
    });
    poller.runNow();
    return () => poller.stop();
  }, [wish]);
  return sparks;
}
