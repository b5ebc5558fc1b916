// A password that can be read out and typed. Pure: the caller brings the randomness.

// 32 letters and digits without those that look alike (l and 1, o and 0): each carries five bits.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** How many random bytes it takes: 80 bits in all. */
export const PASSWORD_BYTES = 16;

/**
 * @param {Uint8Array} bytes PASSWORD_BYTES random ones
 * @returns {string} such as "k7wd-m3xp-9hra-t2vu"
 */
export function suggestPassword(bytes) {
  const letters = [...bytes.subarray(0, PASSWORD_BYTES)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}
