// Faults of a request, as they stand at the fields of a form. Pure.

/** @typedef {{field: string, message: string}} Fault */

/**
 * The API's messages on a field are ends of sentences that begin with the field.
 * @param {string} label
 * @param {string} message
 */
export function fieldSentence(label, message) {
  return /^[a-z]/.test(message) ? `${label} ${message}` : message;
}

/**
 * The first fault of each field; what belongs to no field of the form stands above it, under "form".
 * @param {readonly Fault[]} faults
 * @param {Readonly<Record<string, string>>} labels field -> its label
 * @returns {Record<string, string>}
 */
export function errorsByField(faults, labels) {
  /** @type {Record<string, string>} */
  const errors = {};
  for (const { field, message } of faults) {
    // An error inside of a field's value, such as starred[3], is the field's.
    const name = Object.keys(labels).find((label) => field === label || field.startsWith(`${label}.`) || field.startsWith(`${label}[`));
    if (name === undefined) errors.form ??= fieldSentence(field, message);
    else errors[name] ??= fieldSentence(labels[name] ?? name, message);
  }
  return errors;
}
