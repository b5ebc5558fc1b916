// The choice of a unit, each with an example; any other text is one, too, and stands behind the number.
import { h } from '../../ui/html.js';
import { Combobox } from '../../ui/combobox.js';
import { findUnits, unitLabel } from '../../lib/unit-list.js';

/** @param {{value: string, onChange: (unit: string) => void, error: string | null, placeholder?: string, help?: string}} props */
export function UnitField({ value, onChange, error, placeholder = 'Number', help }) {
  return h(Combobox, {
    label: 'Unit', name: 'unit', value, shown: unitLabel(value), placeholder, maxLength: 64, error, onChange, ...(help ? { help } : {}),
    find: (search) => findUnits(search).map((choice) => ({ value: choice.key, label: choice.label, hint: choice.example, group: choice.group })),
  });
}
