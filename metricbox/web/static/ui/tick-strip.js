// A row of small marks, one for each hour, readable from across the room. Its text stands for it where it is not seen.
import { h } from './html.js';

/** @param {{ticks: readonly string[], text: string}} props ticks: classes; text: all of it as a sentence */
export function TickStrip({ ticks, text }) {
  return h('span', { class: 'ticks', role: 'img', 'aria-label': text, title: text },
    ticks.map((tick, index) => h('span', { key: index, class: `tick is-${tick}`, 'aria-hidden': 'true' })));
}
