// Types of the browser side that no schema of the API describes. The API's own shapes come from the generated file.
export * from './api.gen';

/** Where an answer came from, beside its data. */
export interface Answer<T> {
  data: T;
  /** null when the answer carried none. */
  meta: Record<string, any> | null;
}

/** The account that is signed in. */
export type OwnUser = import('./api.gen').User & import('./api.gen').AccountMeta;

/** The answer to one query. */
export type QueryItem =
  | { data: import('./api.gen').QueryResult; meta: import('./api.gen').QueryMeta }
  | import('./api.gen').ErrorBody;

/** One item of POST /api/v1/query/batch; a panel asked for by its id has a result for each of its queries. */
export type BatchItem = QueryItem | { data: import('./api.gen').PanelResult[] };

/** A panel as it stands on the page: a saved one, or one of its repeats. */
export type ShownPanel = import('./api.gen').Panel & {
  /** Of a repeat: the value that each repeated variable has in it. */
  scope?: Readonly<Record<string, string>>;
  /** Of a repeat: the id of the panel that is saved. */
  savedId?: string;
  /** Of a row: how many panels belong to it. */
  panelCount?: number;
};

/** What a panel's component gets. The frame is never empty where the type has data: states without them are the frame's business. */
export interface PanelProps {
  panel: import('./api.gen').Panel;
  frame: import('../static/lib/frames.js').Frame;
  meta: import('./api.gen').QueryMeta | null;
  /** Colour slot by series key. */
  slots: ReadonlyMap<string, number>;
  context: PanelContext;
  /** Values of the dashboard's variables, for texts. */
  selection: import('../static/lib/variables.js').Selection;
}

/** What all panels of a page share. */
export interface PanelContext {
  span: import('../static/lib/time.js').Span;
  zone: string;
  palette: import('../static/charts/chart-types.js').Palette;
  /** Series marks hidden by the link, see panels/legend-model.js. */
  hide: string[];
  syncKey: string;
  /** What a pointer in one chart shows in the others; a line unless named. */
  crosshair?: import('../static/charts/chart-types.js').Crosshair;
  /** Draws marks on the time axis, after each drawing. */
  marks?: ((u: import('uplot'), frame: import('../static/lib/frames.js').Frame) => void) | null;
  onHide: (marks: string[]) => void;
  onZoom: (span: import('../static/lib/time.js').Span) => void;
  onZoomBack: () => void;
  onSpeak: (text: string) => void;
}
