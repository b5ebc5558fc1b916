// What an editor asks before it saves or goes: leaving with changes, a thing that is gone, the same fields changed by two.
import { h, useState } from '../ui/html.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';

/** @typedef {'panel' | 'rule'} Edited what is edited, in words */
/** @typedef {{field: string, mine: unknown, theirs: unknown}} Collision */

/** @param {{what: Edited, onKeep: () => void, onDiscard: () => void, onSave: () => void}} props */
export function LeaveDialog({ what, onKeep, onDiscard, onSave }) {
  return h(Dialog, { title: `This ${what} has changes that are not saved`, onClose: onKeep },
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onDiscard }, 'Discard'),
      h(Button, { onClick: onKeep }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, 'Save')));
}

/** @param {{what: Edited, title: string, text: string, onClose: () => void, onSave: () => void}} props */
export function GoneDialog({ what, title, text, onClose, onSave }) {
  return h(Dialog, { title, onClose },
    h('p', { class: 'dialog-text' }, text),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, `Save as a new ${what}`)));
}

/**
 * @typedef {object} CollisionDialogProps
 * @property {Edited} what
 * @property {readonly Collision[]} collisions
 * @property {(field: string) => string} labelOf
 * @property {(value: unknown) => string} describe
 * @property {(theirs: ReadonlySet<string>) => void} onSave the fields that are to be as the other has them
 * @property {() => void} onClose
 */

/** @param {CollisionDialogProps} props */
export function CollisionDialog({ what, collisions, labelOf, describe, onSave, onClose }) {
  const [theirs, setTheirs] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  /** @param {string} field @param {boolean} isTheirs */
  const choose = (field, isTheirs) => setTheirs(new Set(isTheirs ? [...theirs, field] : [...theirs].filter((one) => one !== field)));
  /** @param {Collision} collision @param {'mine' | 'theirs'} side */
  const renderSide = ({ field, ...sides }, side) => {
    const isTheirs = side === 'theirs';
    return h(Side, { name: field, side, text: describe(sides[side]), isChosen: theirs.has(field) === isTheirs, onChoose: () => choose(field, isTheirs) });
  };
  return h(Dialog, { title: `Somebody else changed this ${what}`, onClose, isWide: true },
    h('p', { class: 'dialog-text' }, 'Both changes touch the same fields. Choose what is kept.'),
    h('div', { class: 'collision-all' },
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set()) }, 'All of mine'),
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set(collisions.map(({ field }) => field))) }, 'All of theirs')),
    h('div', { class: 'collisions' }, collisions.map((collision) => h('fieldset', { key: collision.field, class: 'collision' },
      h('legend', { class: 'field-label' }, labelOf(collision.field)), renderSide(collision, 'mine'), renderSide(collision, 'theirs')))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: () => onSave(theirs) }, 'Save')));
}

/** @param {{name: string, side: 'mine' | 'theirs', text: string, isChosen: boolean, onChoose: () => void}} props */
function Side({ name, side, text, isChosen, onChoose }) {
  return h('label', { class: isChosen ? 'collision-side is-chosen' : 'collision-side' },
    h('input', { type: 'radio', name: `collision ${name}`, checked: isChosen, onChange: onChoose }),
    h('span', { class: 'collision-name' }, side === 'mine' ? 'Mine' : 'Theirs'),
    h('span', { class: 'collision-value' }, text));
}
