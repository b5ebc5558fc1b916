// Where to go after signing in. The address comes from the URL, so anybody may have written it.

/**
 * Only a path of this site passes: one slash at the start, nothing that a browser could read as another host.
 * @param {string | null | undefined} text
 * @returns {string} the path with its query, "/" when it is not safe
 */
export function safeNextPath(text) {
  if (!text || !text.startsWith('/')) return '/';
  // Once as it is and once decoded: "/%2f/evil" must not become "//evil" in a server or proxy that decodes.
  let decoded = text;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    return '/';
  }
  for (const form of [text, decoded]) {
    if (/^\/[/\\]/.test(form) || /[\\\u0000-\u001f\u007f]/.test(form)) return '/';
  }
  const base = 'http://same.invalid';
  let url;
  try {
    url = new URL(text, base);
  } catch {
    return '/';
  }
  if (url.origin !== base || url.pathname.startsWith('//')) return '/';
  // Back to the form itself would be a loop.
  if (url.pathname === '/login' || url.pathname === '/setup') return '/';
  return url.pathname + url.search + url.hash;
}
