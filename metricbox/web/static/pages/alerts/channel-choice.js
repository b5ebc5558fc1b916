// Which channels a rule tells.
import { h, useEffect, useState } from '../../ui/html.js';
import { CheckField } from '../../ui/check-field.js';
import { listChannelNames } from '../../api/alerts.js';
import { isAbort, messageOf } from '../../api/client.js';
import { visibleText } from '../../lib/labels.js';
import { isAdmin } from '../../state/session.js';

/** @typedef {import('../../../types/app').ChannelName} ChannelName */

/**
 * @typedef {object} ChannelChoiceProps
 * @property {string[]} chosen ids
 * @property {(ids: string[]) => void} onChange
 * @property {string | null} [error]
 * @property {(channels: ChannelName[]) => import('../../ui/html.js').Children} [renderBelow] with all that there are
 */

/** @param {ChannelChoiceProps} props */
export function ChannelChoice({ chosen, onChange, error, renderBelow }) {
  const [list, setList] = useState(/** @type {ChannelName[] | null} */ (null));
  const [fault, setFault] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    listChannelNames(abort.signal).then(setList).catch((problem) => {
      if (!isAbort(problem)) setFault(messageOf(problem));
    });
    return () => abort.abort();
  }, []);
  const gone = list === null ? [] : chosen.filter((id) => !list.some((one) => one.id === id));
  const toggle = (/** @type {string} */ id) => (/** @type {boolean} */ isOn) => onChange(isOn ? [...chosen, id] : chosen.filter((one) => one !== id));
  return h('div', { class: 'rule-channels', role: 'group', 'aria-label': 'Channels' },
    h('span', { class: 'field-label' }, 'Channels'),
    fault === '' ? null : h('p', { class: 'field-error', role: 'alert' }, `The channels could not be listed: ${fault}`),
    list?.length === 0 ? h('p', { class: 'field-help' }, 'There are no channels yet. ', isAdmin() ? h('a', { href: '/settings/channels' }, 'Add one') : 'An administrator can add one.') : null,
    (list ?? []).map((one) => h(CheckField, { key: one.id, label: `${visibleText(one.name)} · ${one.type}${one.enabled ? '' : ' (switched off)'}`, value: chosen.includes(one.id), onChange: toggle(one.id) })),
    gone.map((id) => h(CheckField, { key: id, label: 'A channel that was deleted', value: true, onChange: toggle(id) })),
    list !== null && list.length > 0 && chosen.length === 0 ? h('p', { class: 'field-help' }, 'Nobody is told; the alert shows on these pages alone.') : null,
    error ? h('p', { class: 'field-error', role: 'alert' }, error) : null,
    list !== null && renderBelow ? renderBelow(list) : null);
}
