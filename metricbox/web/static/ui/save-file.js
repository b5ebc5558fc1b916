// Text -> a file of the person's choice: the browser asks where, or puts it where it puts downloads.

/**
 * @param {string} name as lib/file-name.js makes them
 * @param {string} text
 * @param {string} type such as text/csv
 */
export function saveText(name, text, type) {
  // Spreadsheets take a file without a mark for the code page of their system.
  const mark = type === 'text/csv' ? '\ufeff' : '';
  const url = URL.createObjectURL(new Blob([mark, text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
