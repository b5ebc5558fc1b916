// A request as a command line for a shell. Pure. The secret is a variable of the shell, never a text of ours.

/** @param {string} text in single quotes, where nothing but a single quote means anything */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {{method: string, url: string, body: unknown}} request
 * @returns {string} to be run with METRICBOX_TOKEN set to a token that may read
 */
export function asCurl({ method, url, body }) {
  return [
    `curl -X ${method} ${quoted(url)}`,
    '  -H "Authorization: Bearer $METRICBOX_TOKEN"',
    "  -H 'Content-Type: application/json'",
    `  -d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n');
}
