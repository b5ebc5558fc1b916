// The disk as a bar with the reserve, in words as well, and when it will be full.
import { Fragment, h } from '../ui/html.js';
import { serverNowMs } from '../api/client.js';
import { formatValue } from '../lib/format.js';
import { diskParts, forecastDisk, roughly } from '../lib/storage.js';

/** @typedef {import('../../types/app').Status} Status */

/** @param {{status: Status, freeSpace: import('../../types/app').QueryResult | null}} props */
export function StorageDisk({ status, freeSpace }) {
  const parts = diskParts(status);
  if (parts.total <= 0) return null;
  const forecast = forecastDisk(freeSpace, status.disk, serverNowMs());
  const isFull = parts.free <= parts.reserve;
  const share = (/** @type {number} */ bytes) => `${100 * bytes / parts.total}%`;
  /** @type {[string, string, number][]} */
  const shown = [['own', 'metricbox', parts.own], ['others', 'Everything else', parts.others], ['free', 'Free', parts.free]];
  return h('section', { class: 'status-section storage-disk' },
    h('h2', null, 'Disk'),
    // Said in words below.
    h('div', { class: 'disk-bar', 'aria-hidden': 'true' },
      h('span', { class: 'disk-part is-own', style: { width: share(parts.own) } }),
      h('span', { class: 'disk-part is-others', style: { width: share(parts.others) } }),
      h('span', { class: 'disk-reserve', style: { right: share(Math.min(parts.reserve, parts.total)) } })),
    h('ul', { class: 'disk-legend', 'aria-label': 'Disk' },
      shown.map(([kind, name, bytes]) => h('li', { key: kind }, h('span', { class: `disk-swatch is-${kind}`, 'aria-hidden': 'true' }), `${name} `, h('strong', null, formatValue(bytes, 'bytes')),
        kind === 'free' ? ` of ${formatValue(parts.total, 'bytes')}` : null)),
      h('li', null, h('span', { class: 'disk-swatch is-reserve', 'aria-hidden': 'true' }), 'Reserve ', h('strong', null, formatValue(parts.reserve, 'bytes')), ', below it new samples are refused')),
    isFull ? h('p', { class: 'disk-forecast is-over' }, 'The disk is full: new samples are refused. Free space on it, or keep samples for a shorter time.') : null,
    forecast === null || isFull ? null : h(Fragment, null,
      h('p', { class: 'disk-forecast' }, h('strong', null, `Full in ${roughly(forecast.fullInMs)} at this rate`),
        ` – ${formatValue(forecast.bytesPerDay, 'bytes')} a day, by the last ${roughly(forecast.spanMs)}.`)));
}
