// A link to take along: by the clipboard, or shown to be copied, since plain HTTP has no clipboard.
import { h } from '../ui/html.js';
import { CopyField } from '../ui/copy.js';
import { Dialog } from '../ui/dialog.js';
import { showToast } from '../state/notices.js';
import { openDialog } from './open-dialog.js';

/**
 * @param {string} link
 * @param {string} title what it leads to
 */
export async function copyLink(link, title) {
  try {
    await navigator.clipboard.writeText(link);
    showToast('Link copied');
  } catch {
    openDialog((close) => h(Dialog, { title, onClose: close }, h(CopyField, { text: link, label: 'Link' })));
  }
}
