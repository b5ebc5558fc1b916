// All requests go through here: abort, the API's one error shape, and what happens when a session ends while a page is open.
// Never touches signals; state/ sets the hooks.

/** @typedef {import('../../types/app').ErrorDetail} ErrorDetail */

/** An answer that says no, in the API's error shape. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message a sentence for a person
   * @param {{details?: ErrorDetail[], retryAfterS?: number | null, requestId?: string | null}} [more]
   */
  constructor(status, code, message, more = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.retryAfterS = more.retryAfterS ?? null;
    this.requestId = more.requestId ?? null;
  }
}

/** No answer at all: server away, network down. */
export class NetworkError extends Error {
  constructor() {
    super('Cannot reach metricbox.');
    this.name = 'NetworkError';
  }
}

/**
 * @typedef {object} Hooks
 * @property {() => Promise<boolean>} onSignedOut a request met 401; true when somebody signed in again, to repeat it
 * @property {(version: string) => void} onVersion X-Metricbox-Version of each answer
 */

/** @type {Hooks} */
const hooks = { onSignedOut: () => Promise.resolve(false), onVersion: () => undefined };

/** @param {Partial<Hooks>} wanted */
export function setHooks(wanted) {
  Object.assign(hooks, wanted);
}

// Server's clock less this browser's, from the Date header: a browser that is a quarter of an hour off must not decide
// which step is unfinished or where the time axis ends.
let clockOffsetMs = 0;
// The header has whole seconds, so a smaller difference is no difference.
const CLOCK_NOISE_MS = 1500;

/** The server's clock as well as it is known here, in milliseconds. */
export function serverNowMs() {
  return Date.now() + clockOffsetMs;
}

/** @param {Response} response */
function noteHeaders(response) {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) {
    // The header is cut to the second, so on average the clock is half a second further.
    const offsetMs = date + 500 - Date.now();
    clockOffsetMs = Math.abs(offsetMs) < CLOCK_NOISE_MS ? 0 : offsetMs;
  }
  const version = response.headers.get('x-metricbox-version');
  if (version) hooks.onVersion(version);
}

/**
 * @typedef {object} RequestOptions
 * @property {unknown} [body] sent as JSON
 * @property {AbortSignal} [signal]
 * @property {boolean} [isSignIn] 401 is this request's own answer, not an ended session
 * @property {boolean} [isKept] arrives although the page closes meanwhile; for bodies of less than 64 KB
 */

/**
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {RequestOptions} [options]
 * @returns {Promise<import('../../types/app').Answer<T>>}
 */
export async function request(method, path, options = {}) {
  const response = await send(method, path, options);
  if (response.status === 401 && !options.isSignIn && await hooks.onSignedOut()) {
    return readAnswer(await send(method, path, options));
  }
  return readAnswer(response);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {RequestOptions} options
 */
async function send(method, path, { body, signal, isKept = false }) {
  // keepalive: a delete that is sent while the page closes must still arrive.
  /** @type {RequestInit} */
  const init = { method, credentials: 'same-origin', keepalive: isKept || method === 'DELETE', headers: { Accept: 'application/json' } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
  }
  try {
    const response = await fetch(path, init);
    noteHeaders(response);
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new NetworkError();
  }
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function readAnswer(response) {
  if (response.status === 204) return { data: null, meta: null };
  let body;
  try {
    body = await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    // Cut in the middle, or a proxy's own page.
    throw new ApiError(response.status, 'BAD_ANSWER', 'The answer could not be read.');
  }
  if (response.ok && body && typeof body === 'object' && 'data' in body) return { data: body.data, meta: body.meta ?? null };
  const retryAfter = Number(response.headers.get('retry-after'));
  throw new ApiError(response.status, String(body?.code ?? 'UNKNOWN'), String(body?.error ?? `The server answered ${response.status}.`), {
    details: Array.isArray(body?.details) ? body.details : [],
    retryAfterS: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    requestId: response.headers.get('x-request-id'),
  });
}

/**
 * The message of any failure, for a toast or a field.
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
