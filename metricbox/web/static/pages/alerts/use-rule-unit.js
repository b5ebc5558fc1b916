// The unit of a rule's values: that of its metric, where the query is a selection of it. Rules have none of their own.
import { useMemo } from '../../ui/html.js';
import { isSelection, metricOf } from '../../lib/explore-query.js';
import { useDefinition } from '../../panels/panel-editor/use-definition.js';

/**
 * @param {string} query
 * @returns {string | null}
 */
export function useRuleUnit(query) {
  const metric = useMemo(() => (query !== '' && isSelection(query) ? metricOf(query) : ''), [query]);
  return useDefinition(metric)?.unit || null;
}
