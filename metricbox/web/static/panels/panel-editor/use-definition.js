// What is known of a metric, as state.
import { useEffect, useState } from '../../ui/html.js';
import { findMetric } from '../../api/metrics.js';

/** @typedef {import('../../../types/app').MetricDefinition} MetricDefinition */

/**
 * @param {string} name "" for none
 * @returns {MetricDefinition | null} null while it is not known, too
 */
export function useDefinition(name) {
  const [found, setFound] = useState(/** @type {MetricDefinition | null} */ (null));
  useEffect(() => {
    let isWanted = true;
    if (name !== '') {
      findMetric(name).then((metric) => {
        if (isWanted) setFound(metric);
      }).catch(() => undefined);
    }
    return () => { isWanted = false; };
  }, [name]);
  return found?.name === name ? found : null;
}
