// What the editor of a panel asks before it saves or goes.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { describeField, labelOfField, takeTheirs } from '../lib/panel-draft.js';

/** @typedef {import('../lib/panel-draft.js').Draft} Draft */
/** @typedef {import('../lib/panel-draft.js').Collision} Collision */

/** @param {{onKeep: () => void, onDiscard: () => void, onSave: () => void}} props */
export function LeaveDialog({ onKeep, onDiscard, onSave }) {
  return h(Dialog, { title: 'This panel has changes that are not saved', onClose: onKeep },
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onDiscard }, 'Discard'),
      h(Button, { onClick: onKeep }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, 'Save')));
}

/** @param {{onClose: () => void, onSave: () => void}} props */
export function GoneDialog({ onClose, onSave }) {
  return h(Dialog, { title: 'This panel was removed meanwhile', onClose },
    h('p', { class: 'dialog-text' }, 'Somebody else took it off the dashboard while you were editing it.'),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, 'Save as a new panel')));
}

/**
 * @typedef {object} CollisionDialogProps
 * @property {Draft} draft with mine in the fields that collide
 * @property {Collision[]} collisions
 * @property {(draft: Draft) => void} onSave
 * @property {() => void} onClose
 */

/** @param {CollisionDialogProps} props */
export function CollisionDialog({ draft, collisions, onSave, onClose }) {
  const [theirs, setTheirs] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  /** @param {string} field @param {boolean} isTheirs */
  const choose = (field, isTheirs) => {
    const next = new Set(theirs);
    if (isTheirs) next.add(field);
    else next.delete(field);
    setTheirs(next);
  };
  return h(Dialog, { title: 'Somebody else changed this panel', onClose, isWide: true },
    h('p', { class: 'dialog-text' }, 'Both changes touch the same fields. Choose what is kept.'),
    h('div', { class: 'collision-all' },
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set()) }, 'All of mine'),
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set(collisions.map(({ field }) => field))) }, 'All of theirs')),
    h('div', { class: 'collisions' }, collisions.map((collision) => h('fieldset', { key: collision.field, class: 'collision' },
      h('legend', { class: 'field-label' }, labelOfField(collision.field)),
      h(Side, { collision, side: 'mine', isChosen: !theirs.has(collision.field), onChoose: () => choose(collision.field, false) }),
      h(Side, { collision, side: 'theirs', isChosen: theirs.has(collision.field), onChoose: () => choose(collision.field, true) })))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: () => onSave(takeTheirs(draft, collisions.filter(({ field }) => theirs.has(field)))) }, 'Save')));
}

/** @param {{collision: Collision, side: 'mine' | 'theirs', isChosen: boolean, onChoose: () => void}} props */
function Side({ collision, side, isChosen, onChoose }) {
  return h('label', { class: isChosen ? 'collision-side is-chosen' : 'collision-side' },
    h('input', { type: 'radio', name: `collision ${collision.field}`, checked: isChosen, onChange: onChoose }),
    h('span', { class: 'collision-name' }, side === 'mine' ? 'Mine' : 'Theirs'),
    h('span', { class: 'collision-value' }, describeField(collision[side])));
}
