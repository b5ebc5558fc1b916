// First account, signing in and out, the own account and what follows it.
import { request } from './client.js';

/** @typedef {import('../../types/app').OwnUser} User */
/** @typedef {import('../../types/app').SetupState} SetupState */
/** @typedef {import('../../types/app').Preferences} Preferences */

/**
 * @param {import('../../types/app').Answer<import('../../types/app').User>} answer
 * @returns {User}
 */
function ownUser({ data, meta }) {
  return { ...data, mayExplore: meta?.mayExplore === true };
}

/** @returns {Promise<SetupState>} */
export async function getSetup() {
  return (await request('GET', '/api/v1/setup')).data;
}

/**
 * @param {import('../../types/app').SetupRequest} account
 * @returns {Promise<User>}
 */
export async function createFirstAccount(account) {
  return ownUser(await request('POST', '/api/v1/setup', { body: account, isSignIn: true }));
}

/** @returns {Promise<User>} */
export async function getMe() {
  return ownUser(await request('GET', '/api/v1/auth/me', { isSignIn: true }));
}

/**
 * @param {string} email
 * @param {string} password
 * @returns {Promise<User>}
 */
export async function signIn(email, password) {
  /** @type {import('../../types/app').LoginRequest} */
  const body = { email, password };
  return ownUser(await request('POST', '/api/v1/auth/login', { body, isSignIn: true }));
}

export async function signOut() {
  await request('POST', '/api/v1/auth/logout', { isSignIn: true });
}

/**
 * @param {string} currentPassword
 * @param {string} newPassword
 */
export async function changePassword(currentPassword, newPassword) {
  /** @type {import('../../types/app').PasswordChange} */
  const body = { currentPassword, newPassword };
  await request('PUT', '/api/v1/auth/password', { body, isSignIn: true });
}

/** @returns {Promise<Preferences>} */
export async function getPreferences() {
  return (await request('GET', '/api/v1/auth/me/preferences', { isSignIn: true })).data;
}

/**
 * Changes what is named; null takes it back.
 * @param {Preferences} change
 */
export async function savePreferences(change) {
  await request('PUT', '/api/v1/auth/me/preferences', { body: change });
}
