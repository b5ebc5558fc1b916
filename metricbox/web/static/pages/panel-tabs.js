// Below the editor's preview: the data as a table, and how they came.
import { h, useState } from '../ui/html.js';
import { Tabs } from '../ui/tabs.js';
import { tableForFile } from '../lib/frame-table.js';
import { DataTab } from '../panels/panel-editor/data-tab.js';
import { InspectTab } from '../panels/panel-editor/inspect-tab.js';
import { saveTable } from './save-table.js';

const TABS = [{ value: 'data', label: 'Data' }, { value: 'inspect', label: 'Inspect' }];

/** @param {{draft: import('../state/panel-draft.js').PanelDraft, data: import('../state/draft-data.js').DraftData, zone: string}} props */
export function PanelTabs({ draft, data, zone }) {
  const [tab, setTab] = useState('data');
  const { title, options } = draft.draft.value;
  return h('section', { class: 'editor-tabs', 'aria-label': 'What was answered' }, h(Tabs, {
    label: 'What was answered', tabs: TABS, value: tab, onChange: setTab,
    children: tab === 'data'
      ? h(DataTab, { frame: data.state.value.frame, options, zone, onSave: (table) => saveTable(title, tableForFile(table)) })
      : h(InspectTab, { round: data.round.value }),
  }));
}
