// What a variable would offer as it stands in its form: asked shortly after typing stops.
import { useEffect, useState } from '../ui/html.js';
import { isAbort } from '../api/client.js';
import { previewVariable } from '../api/variables.js';
import { validateRequest } from '../lib/validate.js';

/** @typedef {import('../../types/app').VariablePreview} VariablePreview */
/** @typedef {import('../../types/app').VariableOptions} VariableOptions */

/**
 * @typedef {object} Preview
 * @property {VariableOptions | null} options the last good ones
 * @property {unknown} error of the last question
 * @property {boolean} isAsking
 */

const TYPING_MS = 300;

/** @type {Preview} */
const NOTHING = { options: null, error: null, isAsking: false };

/**
 * @param {string} dashboardId
 * @param {VariablePreview} wish
 * @returns {Preview}
 */
export function useVariablePreview(dashboardId, wish) {
  const [preview, setPreview] = useState(NOTHING);
  const text = JSON.stringify(wish);
  useEffect(() => {
    // What is not whole yet needs no answer.
    if (validateRequest('VariablePreview', wish).length > 0) {
      setPreview(NOTHING);
      return undefined;
    }
    const abort = new AbortController();
    setPreview((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(async () => {
      try {
        const options = await previewVariable(dashboardId, wish, abort.signal);
        setPreview({ options, error: null, isAsking: false });
      } catch (error) {
        if (!isAbort(error) && !abort.signal.aborted) setPreview({ options: null, error, isAsking: false });
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [dashboardId, text]);
  return preview;
}
