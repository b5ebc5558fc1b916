// Two people changed the same fields of a dashboard: both values side by side, and the person chooses.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { messageOf } from '../api/client.js';
import { describePlace } from '../layout/keyboard-move.js';
import { listChanges, wordsOf } from '../lib/changes.js';
import { PLACES } from '../lib/dashboard-merge.js';
import { visibleText } from '../lib/labels.js';
import { navigate } from '../state/location.js';
import { showToast } from '../state/notices.js';

/** @typedef {import('../lib/dashboard-merge.js').Collision} Collision */
/** @typedef {import('../lib/dashboard-merge.js').Side} Side */
/** @typedef {Map<string, Side>} Choices */

/** @param {Collision} collision */
function titleOf({ panel, field }) {
  if (field === PLACES) return 'Places of panels';
  const words = wordsOf(field.replace(/^options\//, ''));
  if (panel === '') return words.charAt(0).toUpperCase() + words.slice(1);
  return field === '' ? visibleText(panel) : `${visibleText(panel)}: ${words}`;
}

/**
 * @param {Collision} collision
 * @param {Side} side
 * @returns {string[]} lines
 */
function linesOf(collision, side) {
  const value = collision[side];
  if (value === undefined) return [collision.field === '' ? 'Removed' : 'Not set'];
  if (collision.field === '') return ['Kept, with the changes'];
  if (collision.field === PLACES) {
    return Object.entries(/** @type {Record<string, import('../../types/app').Position | undefined>} */ (value)).flatMap(([title, place]) => (place ? [describePlace(visibleText(title), place)] : []));
  }
  // What is the same on both sides needs no choice, so only the rest is told.
  return listChanges({ value: collision.mine }, { value: collision.theirs }).map((row) => {
    const name = row.name.replace(/^Value(, )?/, '');
    const text = side === 'mine' ? row.before : row.after;
    return name === '' ? text : `${name}: ${text}`;
  });
}

/** @param {{session: import('../state/edit-session.js').EditSession, conflict: {collisions: Collision[]}}} props */
export function ConflictDialog({ session, conflict: { collisions } }) {
  const [choices, setChoices] = useState(/** @type {Choices} */ (new Map()));
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const choose = (/** @type {[string, Side][]} */ made) => setChoices(new Map([...choices, ...made]));
  const all = (/** @type {Side} */ side) => choose(collisions.map(({ key }) => [key, side]));
  const missing = collisions.filter(({ key }) => !choices.has(key)).length;
  const saveCopy = async () => {
    setBusy(true);
    try {
      const id = await session.saveCopy();
      showToast('Saved as a copy; the dashboard itself is your colleague’s');
      navigate(`/dashboard/${id}`);
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };
  return h(Dialog, { title: 'A colleague changed the same things', onClose: () => undefined, isStubborn: true, isWide: true },
    error === '' ? null : h('p', { class: 'form-error', role: 'alert' }, error),
    h('p', { class: 'dialog-text' }, 'Everything else was put together. Choose for each of these which one stays.'),
    h('div', { class: 'conflict-all' },
      h(Button, { onClick: () => all('mine') }, 'All mine'),
      h(Button, { onClick: () => all('theirs') }, 'All theirs')),
    h('div', { class: 'conflicts' }, collisions.map((collision) => h('fieldset', { key: collision.key, class: 'conflict' },
      h('legend', { class: 'conflict-title' }, titleOf(collision)),
      /** @type {Side[]} */ (['mine', 'theirs']).map((side) => h('label', { key: side, class: 'conflict-side' },
        h('input', { type: 'radio', name: collision.key, checked: choices.get(collision.key) === side, onChange: () => choose([[collision.key, side]]) }),
        h('span', { class: 'conflict-text' },
          h('span', { class: 'conflict-who' }, side === 'mine' ? 'Mine' : 'Theirs'),
          linesOf(collision, side).map((line, index) => h('span', { key: index, class: 'conflict-value' }, line)))))))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: saveCopy, isBusy }, 'Save mine as a copy'),
      h(Button, { kind: 'primary', isDisabled: missing > 0, onClick: () => session.resolve(choices) }, missing > 0 ? `Save (${missing} to choose)` : 'Save')));
}
