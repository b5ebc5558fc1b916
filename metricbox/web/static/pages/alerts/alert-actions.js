// What can be done about one alert that fires: say that it was seen, and mute it for a while.
import { Fragment, h, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Icon } from '../../ui/icon.js';
import { Menu } from '../../ui/menu.js';
import { TextArea } from '../../ui/text-area.js';
import { messageOf, serverNowMs } from '../../api/client.js';
import { acknowledgeEvent } from '../../api/events.js';
import { createSilence, deleteSilence } from '../../api/silences.js';
import { describeLabels, formatMoment, matchersOf, quickSilences } from '../../lib/alerts.js';
import { visibleText } from '../../lib/labels.js';
import { lookAtAlerts } from '../../state/alerts.js';
import { showToast } from '../../state/notices.js';
import { preferredZone } from '../../state/preferences.js';
import { user } from '../../state/session.js';
import { openDialog } from '../open-dialog.js';

/** @typedef {import('../../../types/app').AlertEvent} AlertEvent */
/** @typedef {import('../../state/alert-list.js').AlertList} AlertList */

/** @param {{event: AlertEvent, list: AlertList}} props */
export function AlertActions({ event, list }) {
  const name = visibleText(event.ruleName);
  const about = `${name} ${describeLabels(event.labels)}`.trim();
  const isSeen = Boolean(event.acknowledgedBy);
  return h(Fragment, null,
    isSeen ? h(Button, { kind: 'quiet', onClick: () => openComment(event, list), aria: { 'aria-label': `Comment on ${about}` } }, event.comment ? 'Comment…' : 'Add a comment')
      : h(Button, { icon: 'check', onClick: () => acknowledge(event, list), title: 'Acknowledge: others see that you have seen it', aria: { 'aria-label': `Ack ${about}` } }, 'Ack'),
    h(Menu, {
      label: `Silence ${about}`, buttonClass: 'button is-plain',
      items: [
        ...quickSilences(serverNowMs(), preferredZone.value).map(({ label, endsMs }) => ({ label, icon: 'bellOff', onSelect: () => { silence(event, endsMs, list); } })),
        { label: 'More silences', icon: 'clock', href: '/alerts?tab=silences', startsGroup: true },
      ],
      children: [h(Icon, { name: 'bellOff' }), 'Silence', h(Icon, { name: 'down', size: 14 })],
    }));
}

/**
 * At once, and back when the server does not want it.
 * @param {AlertEvent} event
 * @param {AlertList} list
 */
async function acknowledge(event, list) {
  list.changeEvent({ ...event, acknowledgedBy: user.peek()?.email ?? '' });
  try {
    const saved = await acknowledgeEvent(event.id);
    list.changeEvent(saved);
    showToast(`Acknowledged ${visibleText(event.ruleName)}`, { action: { label: 'Add a comment', run: () => openComment(saved, list) } });
  } catch (error) {
    list.changeEvent(event);
    showToast(`Not acknowledged: ${messageOf(error)}`, { kind: 'error' });
  }
}

/** @param {AlertEvent} event @param {AlertList} list */
function openComment(event, list) {
  openDialog((close) => h(CommentDialog, { event, list, onClose: close }));
}

/** @param {{event: AlertEvent, list: AlertList, onClose: () => void}} props */
function CommentDialog({ event, list, onClose }) {
  const [comment, setComment] = useState(event.comment);
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (/** @type {Event} */ submit) => {
    submit.preventDefault();
    if (isBusy) return;
    setBusy(true);
    try {
      list.changeEvent(await acknowledgeEvent(event.id, comment.trim()));
      showToast('Comment saved');
      onClose();
    } catch (error) {
      setFault(messageOf(error));
      setBusy(false);
    }
  };
  return h(Dialog, { title: `Comment on ${visibleText(event.ruleName)}`, onClose },
    h('form', { class: 'form', onSubmit },
      fault === '' ? null : h('p', { class: 'form-error', role: 'alert' }, fault),
      h(TextArea, { label: 'Comment', name: 'comment', rows: 3, value: comment, onInput: setComment, help: 'Everybody who may see alerts reads it.' }),
      h('div', { class: 'form-actions' }, h(Button, { onClick: onClose }, 'Cancel'), h(Button, { type: 'submit', kind: 'primary', isBusy }, 'Save'))));
}

/**
 * @param {AlertEvent} event
 * @param {number} endsMs
 * @param {AlertList} list
 */
async function silence(event, endsMs, list) {
  const until = formatMoment(endsMs, serverNowMs(), preferredZone.peek());
  try {
    const made = await createSilence({ matchers: matchersOf(event.labels), endsAt: new Date(endsMs).toISOString(), reason: `Quick silence of ${event.ruleName}` });
    const undo = async () => {
      try {
        await deleteSilence(made.id);
      } catch (error) {
        showToast(`The silence stays: ${messageOf(error)}`, { kind: 'error' });
      }
      list.refresh();
    };
    showToast(`Silenced until ${until}`, { action: { label: 'Undo', run: undo } });
    list.refresh();
    lookAtAlerts();
  } catch (error) {
    showToast(`Not silenced: ${messageOf(error)}`, { kind: 'error' });
  }
}
