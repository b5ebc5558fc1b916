// How the data came: each query's request, what the server said of its answer, how long it took; and the request for a shell.
import { h, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { asCurl } from '../../lib/curl.js';
import { formatDuration } from '../../lib/durations.js';
import { formatValue } from '../../lib/format.js';
import { visibleText } from '../../lib/labels.js';

/** @typedef {import('../../state/draft-data.js').Round} Round */
/** @typedef {import('../../state/draft-data.js').Asked} Asked */

/**
 * @typedef {object} InspectTabProps
 * @property {Round | null} round
 */

/** @param {InspectTabProps} props */
export function InspectTab({ round }) {
  if (round === null || round.asked.length === 0) return h('p', { class: 'tab-empty' }, 'Nothing was asked yet.');
  return h('div', { class: 'inspect-tab' },
    h('p', { class: 'field-help' }, `Asked and answered in ${formatValue(round.tripMs, 'ms')}, from here to the server and back.`),
    round.asked.map((asked, index) => h(Inspected, { key: index, asked, letter: String.fromCharCode(65 + index) })));
}

/** @param {{asked: Asked, letter: string}} props */
function Inspected({ asked: { params, item }, letter }) {
  const facts = 'data' in item ? factsOf(item.meta, item.data.series.length, item.data.times.length) : [['Error', visibleText(item.error)]];
  // Of this page's address: what is typed into a shell must reach the same server.
  const curl = asCurl({ method: 'POST', url: `${window.location.origin}/api/v1/query`, body: params });
  return h('section', { class: 'inspected', 'aria-label': `Query ${letter}` },
    h('h3', { class: 'inspected-title' }, `Query ${letter}`),
    h('dl', { class: 'inspected-facts' }, facts.map(([name, value]) => [h('dt', { key: `${name} name` }, name), h('dd', { key: `${name} value` }, value)])),
    h('pre', { class: 'inspected-text', tabIndex: 0, 'aria-label': `Request of query ${letter}` }, JSON.stringify(params, null, 2).split('\n').map(visibleText).join('\n')),
    h(CopyCurl, { text: curl, letter }));
}

/**
 * @param {import('../../../types/app').QueryMeta} meta
 * @param {number} series
 * @param {number} steps
 * @returns {[string, string][]}
 */
function factsOf(meta, series, steps) {
  return [
    ['Table', meta.table],
    ['Step', formatDuration(meta.stepMs)],
    ['Series', meta.seriesTotal > series ? `${series.toLocaleString()} of ${meta.seriesTotal.toLocaleString()}` : series.toLocaleString()],
    ['Steps', steps.toLocaleString()],
    ['Samples read', (meta.samplesRead ?? 0).toLocaleString()],
    ['Time on the server', formatValue(meta.tookMs, 'ms')],
    ['Cached', meta.cached ? 'yes' : 'no'],
    ...(meta.warnings ?? []).map((warning) => /** @type {[string, string]} */ (['Warning', visibleText(warning)])),
  ];
}

/** @param {{text: string, letter: string}} props */
function CopyCurl({ text, letter }) {
  const [hint, setHint] = useState('');
  const [isShown, setShown] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setHint('Copied. It needs a token with the right to read, in METRICBOX_TOKEN.');
    } catch {
      // Plain HTTP has no clipboard, so the text is shown to be copied.
      setShown(true);
      setHint('Select the text and copy it. It needs a token with the right to read, in METRICBOX_TOKEN.');
    }
  };
  return h('div', { class: 'inspected-curl' },
    h(Button, { icon: 'copy', onClick: copy, aria: { 'aria-label': `Copy query ${letter} as curl` } }, 'Copy as curl'),
    isShown ? h('pre', { class: 'inspected-text', tabIndex: 0, 'aria-label': `Query ${letter} as curl` }, text) : null,
    h('p', { class: 'field-help', role: 'status' }, hint));
}
