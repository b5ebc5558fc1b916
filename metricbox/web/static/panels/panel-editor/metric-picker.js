// Which metric: searched on the server, with type, unit and description.
import { h } from '../../ui/html.js';
import { searchMetrics } from '../../api/metrics.js';
import { SearchPicker } from './search-picker.js';

/** @typedef {import('../../../types/app').MetricDefinition} MetricDefinition */

/**
 * @typedef {object} MetricPickerProps
 * @property {string} value
 * @property {string[]} variableNames
 * @property {(name: string) => void} onChange
 */

const NAME = /^(?:[A-Za-z_:][A-Za-z0-9_:.\-/]*|\$[A-Za-z_]\w*)$/;

/** @param {MetricPickerProps} props */
export function MetricPicker({ value, variableNames, onChange }) {
  return h(SearchPicker, {
    label: 'Metric', summary: value || 'Choose a metric', isEmpty: value === '', chosen: value === '' ? [] : [value], onChoose: onChange,
    ownChoice: (search) => (NAME.test(search) ? search : ''),
    load: async (search, page) => {
      const { list, total } = await searchMetrics(search, page);
      const variables = page === 1 && search.startsWith('$') ? variableNames.map((name) => ({ value: `$${name}`, detail: 'variable' })).filter((item) => item.value.includes(search)) : [];
      return { list: [...variables, ...list.map((metric) => ({ value: metric.name, detail: describeMetric(metric), help: metric.description ?? '' }))], total: total + variables.length };
    },
  });
}

/** @param {MetricDefinition} metric @returns {string} "gauge, percent" */
export function describeMetric({ type, unit, seriesCount }) {
  const count = seriesCount === null || seriesCount === undefined ? '' : `${seriesCount.toLocaleString()} series`;
  return [type === 'unknown' ? '' : type, unit ?? '', count].filter((part) => part !== '').join(', ');
}
