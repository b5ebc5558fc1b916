// The tree of metrics as state: what is known of it, and which branches are open. A branch is asked for when it is opened.
import { useEffect, useMemo, useRef, useState } from '../../ui/html.js';
import { isAbort, messageOf } from '../../api/client.js';
import { BRANCHES_MAX, listBranches } from '../../api/metric-tree.js';

/** @typedef {import('../../lib/metric-rows.js').Branches} Branches */

/** @type {Branches} */
const NOTHING = { list: [], total: 0, isLoading: false, fault: '' };

export function useMetricTree() {
  const [known, setKnown] = useState(/** @type {ReadonlyMap<string, Branches>} */ (new Map()));
  const [open, setOpen] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const latest = useRef(known);
  const abort = useMemo(() => new AbortController(), []);
  /** @param {string} prefix @param {Partial<Branches>} change */
  const note = (prefix, change) => {
    latest.current = new Map(latest.current).set(prefix, { ...latest.current.get(prefix) ?? NOTHING, ...change });
    setKnown(latest.current);
  };
  /** The next part of a branch. @param {string} prefix */
  const load = async (prefix) => {
    const before = latest.current.get(prefix) ?? NOTHING;
    if (before.isLoading) return;
    note(prefix, { isLoading: true, fault: '' });
    try {
      const page = Math.floor(before.list.length / BRANCHES_MAX) + 1;
      const { list, total } = await listBranches(prefix, page, abort.signal);
      // Names may have come in between: then some of the page are known.
      const names = new Set(before.list.map((branch) => branch.prefix));
      note(prefix, { list: [...before.list, ...list.filter((branch) => !names.has(branch.prefix))], total, isLoading: false });
    } catch (error) {
      if (!isAbort(error)) note(prefix, { isLoading: false, fault: messageOf(error) });
    }
  };
  /** @param {string} prefix */
  const toggle = (prefix) => {
    const next = new Set(open);
    if (!next.delete(prefix)) next.add(prefix);
    setOpen(next);
    if (next.has(prefix) && !latest.current.has(prefix)) load(prefix);
  };
  /** From the beginning: what has come since. */
  const reload = () => {
    latest.current = new Map();
    setOpen(new Set());
    load('');
  };
  useEffect(() => {
    load('');
    return () => abort.abort();
  }, []);
  return { known, open, load, toggle, reload };
}
