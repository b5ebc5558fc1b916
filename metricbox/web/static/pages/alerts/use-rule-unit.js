// The unit of a rule's values: its own, or that of its metric, where the query is a selection of it.
import { useMemo } from '../../ui/html.js';
import { isSelection, metricOf } from '../../lib/explore-query.js';
import { useDefinition } from '../../panels/panel-editor/use-definition.js';

/**
 * @param {{query: string, unit: string} | null} rule
 * @returns {string | null}
 */
export function useRuleUnit(rule) {
  const own = rule?.unit.trim() ?? '';
  const query = own === '' ? rule?.query ?? '' : '';
  const metric = useMemo(() => (query !== '' && isSelection(query) ? metricOf(query) : ''), [query]);
  const definition = useDefinition(metric);
  return own || definition?.unit || null;
}
