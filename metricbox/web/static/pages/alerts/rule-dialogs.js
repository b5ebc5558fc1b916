// What the editor of a rule asks before it saves or goes.
import { h, useState } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { describeRuleField, labelOfRuleField } from '../../lib/rule-draft.js';

/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {import('../../lib/rule-draft.js').RuleCollision} RuleCollision */

/** @param {{onKeep: () => void, onDiscard: () => void, onSave: () => void}} props */
export function LeaveDialog({ onKeep, onDiscard, onSave }) {
  return h(Dialog, { title: 'This rule has changes that are not saved', onClose: onKeep },
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onDiscard }, 'Discard'),
      h(Button, { onClick: onKeep }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, 'Save')));
}

/** @param {{onClose: () => void, onSave: () => void}} props */
export function GoneDialog({ onClose, onSave }) {
  return h(Dialog, { title: 'This rule was deleted meanwhile', onClose },
    h('p', { class: 'dialog-text' }, 'Somebody else deleted it while you were editing it.'),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: onSave }, 'Save as a new rule')));
}

/**
 * @typedef {object} RuleConflictProps
 * @property {RuleDraft} draft with mine in the fields that collide
 * @property {RuleCollision[]} collisions
 * @property {(draft: RuleDraft) => void} onSave
 * @property {() => void} onClose
 */

/** @param {RuleConflictProps} props */
export function RuleConflictDialog({ draft, collisions, onSave, onClose }) {
  const [theirs, setTheirs] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  /** @param {string} field @param {boolean} isTheirs */
  const choose = (field, isTheirs) => setTheirs(new Set(isTheirs ? [...theirs, field] : [...theirs].filter((one) => one !== field)));
  const chosen = () => /** @type {RuleDraft} */ ({ ...draft, ...Object.fromEntries(collisions.filter(({ field }) => theirs.has(field)).map((one) => [one.field, one.theirs])) });
  return h(Dialog, { title: 'Somebody else changed this rule', onClose, isWide: true },
    h('p', { class: 'dialog-text' }, 'Both changes touch the same fields. Choose what is kept.'),
    h('div', { class: 'collision-all' },
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set()) }, 'All of mine'),
      h(Button, { kind: 'quiet', onClick: () => setTheirs(new Set(collisions.map(({ field }) => field))) }, 'All of theirs')),
    h('div', { class: 'collisions' }, collisions.map((collision) => h('fieldset', { key: collision.field, class: 'collision' },
      h('legend', { class: 'field-label' }, labelOfRuleField(collision.field)),
      h(Side, { collision, side: 'mine', isChosen: !theirs.has(collision.field), onChoose: () => choose(collision.field, false) }),
      h(Side, { collision, side: 'theirs', isChosen: theirs.has(collision.field), onChoose: () => choose(collision.field, true) })))),
    h('div', { class: 'form-actions' },
      h(Button, { onClick: onClose }, 'Keep editing'),
      h(Button, { kind: 'primary', onClick: () => onSave(chosen()) }, 'Save')));
}

/** @param {{collision: RuleCollision, side: 'mine' | 'theirs', isChosen: boolean, onChoose: () => void}} props */
function Side({ collision, side, isChosen, onChoose }) {
  return h('label', { class: isChosen ? 'collision-side is-chosen' : 'collision-side' },
    h('input', { type: 'radio', name: `collision ${collision.field}`, checked: isChosen, onChange: onChoose }),
    h('span', { class: 'collision-name' }, side === 'mine' ? 'Mine' : 'Theirs'),
    h('span', { class: 'collision-value' }, describeRuleField(collision[side])));
}
