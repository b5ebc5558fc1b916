// Saving a rule, and what may come between: faults at the fields, somebody else's change of the same rule, a rule that is gone,
// and leaving without saving.
import { h, useEffect, useRef, useState } from '../../ui/html.js';
import { createRule, getRule, updateRule } from '../../api/alerts.js';
import { ApiError } from '../../api/client.js';
import { errorsByField } from '../../lib/faults.js';
import { visibleText } from '../../lib/labels.js';
import { describeRuleField, draftFaults, draftOfRule, isSameRule, labelOfRuleField, mergeRules, newRuleDraft, requestOf, RULE_LABELS, ruleChanges, takeTheirFields } from '../../lib/rule-draft.js';
import { validateRequest } from '../../lib/validate.js';
import { navigate } from '../../state/location.js';
import { showToast } from '../../state/notices.js';
import { askBeforeLeaving } from '../ask-before-leaving.js';
import { openDialog } from '../open-dialog.js';
import { CollisionDialog, GoneDialog } from '../save-dialogs.js';
import { errorsOf } from '../use-form.js';

/** @typedef {import('../../../types/app').AlertRule} AlertRule */
/** @typedef {import('../../lib/rule-draft.js').RuleDraft} RuleDraft */
/** @typedef {Record<string, string>} Errors */
/** @typedef {import('../../ui/html.js').SignalOf<RuleDraft>} DraftSignal */
/** @typedef {{rule: AlertRule | null, draft: RuleDraft}} Base as the server has it, as far as this page knows */

const DONE = '/alerts?tab=rules';

/** @param {RuleDraft} draft @returns {Errors} what the server would say, before it is asked */
function faultsOf(draft) {
  return { ...errorsByField(validateRequest('AlertRuleCreate', requestOf(draft)), RULE_LABELS), ...draftFaults(draft) };
}

/**
 * @param {DraftSignal} draft
 * @param {Base} base
 * @param {string} usualUnit that a new one gets which names none
 * @returns {Promise<string>} what was done
 */
async function send(draft, base, usualUnit) {
  const wish = draft.peek();
  if (base.rule === null) {
    await createRule(requestOf({ ...wish, unit: wish.unit.trim() || usualUnit }));
    return `Made "${visibleText(wish.name.trim())}"`;
  }
  const changes = ruleChanges(base.draft, wish);
  if (Object.keys(changes).length > 0) await updateRule(base.rule.id, { ...changes, version: base.rule.version });
  return 'Saved';
}

/**
 * Somebody was faster: both changes together, or asked about where they collide.
 * @param {{id: string, draft: DraftSignal, base: Base, save: () => void}} wish base is brought up to date
 * @returns {Promise<string | null>} what was done; null when it is asked about
 */
async function settle({ id, draft, base, save }) {
  const newer = await getRule(id);
  const theirs = draftOfRule(newer);
  const merged = mergeRules(base.draft, draft.peek(), theirs);
  Object.assign(base, { rule: newer, draft: theirs });
  draft.value = merged.draft;
  if (merged.collisions.length === 0) {
    await updateRule(id, { ...ruleChanges(theirs, merged.draft), version: newer.version });
    return 'Saved, together with a colleague’s change';
  }
  openDialog((close) => h(CollisionDialog, {
    what: 'rule', collisions: merged.collisions, labelOf: labelOfRuleField, describe: describeRuleField, onClose: close,
    onSave: (chosen) => {
      close();
      draft.value = takeTheirFields(merged, chosen);
      save();
    },
  }));
  return null;
}

/**
 * @param {object} wish
 * @param {DraftSignal} wish.draft
 * @param {AlertRule | null} wish.rule as it was loaded; null for a new one
 * @param {RuleDraft} wish.first what a new one begins with
 * @param {string} wish.usualUnit of the metric, so that messages show values as the pages do
 */
export function useRuleSave({ draft, rule, first, usualUnit }) {
  const [errors, setErrors] = useState(/** @type {Errors} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const base = useRef(/** @type {Base} */ ({ rule, draft: rule ? draftOfRule(rule) : first }));
  const isDone = useRef(false);
  const isChanged = !isSameRule(base.current.draft, draft.value);
  const latest = useRef(isChanged);
  latest.current = isChanged;
  const leave = (/** @type {string} */ text) => {
    isDone.current = true;
    showToast(text);
    navigate(DONE);
  };
  /** @returns {Promise<boolean>} false when something has to be mended first */
  const save = async () => {
    if (isBusy) return true;
    const found = faultsOf(draft.peek());
    setErrors(found);
    if (Object.keys(found).length > 0) return false;
    setBusy(true);
    const id = base.current.rule?.id;
    try {
      const text = await send(draft, base.current, usualUnit).catch((error) => {
        if (id !== undefined && error instanceof ApiError && error.status === 409) return settle({ id, draft, base: base.current, save: () => { saveLatest.current(); } });
        throw error;
      });
      if (text !== null) leave(text);
      return true;
    } catch (error) {
      if (id !== undefined && error instanceof ApiError && error.status === 404) {
        openDialog((close) => h(GoneDialog, {
          what: 'rule', title: 'This rule was deleted meanwhile', text: 'Somebody else deleted it while you were editing it.', onClose: close,
          onSave: () => {
            close();
            Object.assign(base.current, { rule: null, draft: newRuleDraft() });
            saveLatest.current();
          },
        }));
        return true;
      }
      setErrors(errorsOf(error, RULE_LABELS));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const saveLatest = useRef(save);
  saveLatest.current = save;
  useEffect(() => askBeforeLeaving({ what: 'rule', isHeld: () => latest.current && !isDone.current, save: () => { saveLatest.current(); }, discard: () => { isDone.current = true; } }), []);
  /** @param {string[]} fields of the draft that were changed */
  const forget = (fields) => {
    if (Object.keys(errors).length === 0) return;
    setErrors(Object.fromEntries(Object.entries(errors).filter(([name]) => name !== 'form' && !fields.some((field) => name === field || name === `notification.${field}`))));
  };
  return { save, errors, isBusy, isChanged, forget };
}
