// What all forms do: check against the server's schema, send, and put what is wrong at its field.
import { useRef, useState } from '../ui/html.js';
import { focusFirstError } from '../ui/field.js';
import { ApiError, messageOf } from '../api/client.js';
import { errorsByField } from '../lib/faults.js';
import { validateRequest } from '../lib/validate.js';

/** @typedef {Record<string, string>} Errors by field; "form" is what belongs to none */

/**
 * @template T
 * @typedef {object} FormWish
 * @property {string} model name of the request's model in schemas.gen.js
 * @property {Record<string, string>} labels field of the request -> its label in the form
 * @property {() => T} read the request as it would be sent
 * @property {(request: T) => Promise<void>} send
 * @property {(request: T) => Errors} [check] what no schema can know
 * @property {(error: unknown) => Errors | null} [explain] a failure in the form's own words; null for the server's
 */

/**
 * @template T
 * @param {FormWish<T>} wish
 */
export function useForm({ model, labels, read, send, check, explain }) {
  const ref = useRef(/** @type {HTMLFormElement | null} */ (null));
  const [errors, setErrors] = useState(/** @type {Errors} */ ({}));
  const [isBusy, setBusy] = useState(false);
  /** @param {Errors} found */
  const fail = (found) => {
    setErrors(found);
    focusFirstError(ref.current);
  };
  const onSubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    const request = read();
    const found = { ...errorsByField(validateRequest(model, request), labels), ...check?.(request) };
    if (Object.keys(found).length > 0) {
      fail(found);
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      await send(request);
    } catch (error) {
      fail(explain?.(error) ?? errorsOf(error, labels));
    } finally {
      setBusy(false);
    }
  };
  return { errors, isBusy, form: { class: 'form', noValidate: true, ref, onSubmit } };
}

/**
 * @param {unknown} error
 * @param {Record<string, string>} labels
 * @returns {Errors}
 */
export function errorsOf(error, labels) {
  const found = error instanceof ApiError ? errorsByField(error.details, labels) : {};
  return Object.keys(found).length > 0 ? found : { form: messageOf(error) };
}
