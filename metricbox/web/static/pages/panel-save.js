// Done, and what may come between: faults at the fields, somebody else's change of the same panel, a panel that is gone.
import { h, useState } from '../ui/html.js';
import { ApiError, messageOf } from '../api/client.js';
import { cellsOf, findPlace } from '../layout/grid-model.js';
import { errorsByField } from '../lib/faults.js';
import { cleanOptions, describeField, FIELD_LABELS, labelOfField, queryOf, takeTheirs, TYPES_WITHOUT_QUERY } from '../lib/panel-draft.js';
import { sizeOf } from '../lib/panel-options.js';
import { validateRequest } from '../lib/validate.js';
import { linkFault } from '../panels/panel-editor/links-field.js';
import { showToast } from '../state/notices.js';
import { openDialog } from './open-dialog.js';
import { CollisionDialog, GoneDialog } from './save-dialogs.js';

/** @typedef {import('../../types/app').Dashboard} Dashboard */
/** @typedef {import('../state/panel-draft.js').PanelDraft} PanelDraft */
/** @typedef {import('../lib/panel-draft.js').Draft} Draft */

/**
 * What the server would say, before it is asked.
 * @param {Draft} draft
 * @returns {Record<string, string>} by field
 */
export function faultsOf(draft) {
  const query = queryOf(draft);
  const hasNoQuery = TYPES_WITHOUT_QUERY.has(draft.type);
  const request = { title: draft.title, type: draft.type, options: cleanOptions(draft.options), ...(query === null ? { query: 'x' } : { query }) };
  const errors = errorsByField(validateRequest('PanelCreate', request), FIELD_LABELS);
  if (query === null && !hasNoQuery) errors.query ??= 'Write a query first: a metric name is enough.';
  const link = (draft.options.links ?? []).map((one) => linkFault(one)).findIndex((fault) => fault !== null);
  if (link >= 0) errors['options.links'] = `Link ${link + 1}: ${linkFault(draft.options.links?.[link] ?? { title: '', url: '' })?.text}`;
  return errors;
}

/**
 * @param {Draft} draft
 * @returns {(dashboard: Dashboard) => import('../../types/app').Position} the first free place for a new panel
 */
function placeFor({ type }) {
  return (dashboard) => {
    const { w, h: height } = sizeOf(type);
    return findPlace(cellsOf(dashboard.panels, dashboard.layout ?? []), w, height);
  };
}

/**
 * @param {{draft: PanelDraft, dashboard: Dashboard, leave: () => void}} wish
 * @returns {{save: () => Promise<boolean>, errors: Record<string, string>, isBusy: boolean, forgetErrors: () => void}} save answers
 *   false when something has to be mended first
 */
export function useSave({ draft, leave }) {
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  /** @param {Draft} [chosen] @returns {Promise<boolean>} */
  const send = async (chosen) => {
    try {
      const outcome = await draft.save(placeFor(draft.draft.peek()), chosen);
      if (outcome.kind === 'collision') {
        openDialog((close) => h(CollisionDialog, {
          what: 'panel', collisions: outcome.collisions, labelOf: labelOfField, describe: describeField, onClose: close,
          onSave: (theirs) => {
            close();
            send(takeTheirs(outcome.draft, outcome.collisions.filter(({ field }) => theirs.has(field))));
          },
        }));
        return true;
      }
      if (outcome.kind === 'gone') {
        openDialog((close) => h(GoneDialog, {
          what: 'panel', title: 'This panel was removed meanwhile', text: 'Somebody else took it off the dashboard while you were editing it.', onClose: close,
          onSave: () => {
            close();
            draft.becomeNew();
            send();
          },
        }));
        return true;
      }
      showToast(outcome.isMerged ? "Saved, together with a colleague's change" : outcome.hasOthers ? 'Saved. Somebody else saved this dashboard in the same moment: its history shows both' : 'Saved');
      leave();
      return true;
    } catch (error) {
      const found = error instanceof ApiError ? errorsByField(error.details, FIELD_LABELS) : {};
      setErrors(Object.keys(found).length > 0 ? found : { form: messageOf(error) });
      return false;
    }
  };
  const save = async () => {
    if (draft.isSaving.peek()) return true;
    const found = !draft.isNew && !draft.isChanged.peek() ? {} : faultsOf(draft.draft.peek());
    setErrors(found);
    if (Object.keys(found).length > 0) return false;
    if (draft.isNew || draft.isChanged.peek()) return send();
    draft.forget();
    leave();
    return true;
  };
  return { save, errors, isBusy: draft.isSaving.value, forgetErrors: () => { if (Object.keys(errors).length > 0) setErrors({}); } };
}
