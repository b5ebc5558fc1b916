// The button that offers the rules which come with metricbox. Their dialogue is fetched when somebody wants it.
import { h } from '../../ui/html.js';
import { Button } from '../../ui/button.js';
import { showToast } from '../../state/notices.js';
import { openDialog } from '../open-dialog.js';

/** @param {{onAdded: () => void}} props */
export function BuiltInButton({ onAdded }) {
  const open = async () => {
    try {
      const { BuiltInRulesDialog } = await import('./built-in-rules.js');
      openDialog((close) => h(BuiltInRulesDialog, { onAdded, onClose: close }));
    } catch {
      showToast('The built-in rules could not be loaded. Reload the page to try again.', { kind: 'error' });
    }
  };
  return h(Button, { icon: 'bell', onClick: open }, 'Built-in rules');
}
