// Names of files that are saved. Pure.

/**
 * Letters, digits and spaces of any script; nothing that a file system or a shell reads as something else.
 * @param {string} name as a person gave it
 * @param {string} extension
 */
export function fileName(name, extension) {
  const kept = name.normalize('NFC').replace(/[^\p{L}\p{N} _-]+/gu, ' ').replace(/\s+/g, ' ').trim();
  return `${[...kept].slice(0, 80).join('').trim() || 'dashboard'}.${extension}`;
}
