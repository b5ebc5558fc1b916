// Types of the browser side that no schema of the API describes. The API's own shapes come from the generated file.
export * from './api.gen';

/** Where an answer came from, beside its data. */
export interface Answer<T> {
  data: T;
  /** null when the answer carried none. */
  meta: Record<string, any> | null;
}

/** The answer to one query. */
export type QueryItem =
  | { data: import('./api.gen').QueryResult; meta: import('./api.gen').QueryMeta }
  | import('./api.gen').ErrorBody;

/** One item of POST /api/v1/query/batch; a panel asked for by its id has a result for each of its queries. */
export type BatchItem = QueryItem | { data: import('./api.gen').PanelResult[] };

/** What a panel's component gets. The frame is never empty: states without data are the frame's business. */
export interface PanelProps {
  panel: import('./api.gen').Panel;
  frame: import('../static/lib/frames.js').Frame;
  meta: import('./api.gen').QueryMeta | null;
  /** Colour slot by series key. */
  slots: ReadonlyMap<string, number>;
  context: PanelContext;
}

/** What all panels of a page share. */
export interface PanelContext {
  span: import('../static/lib/time.js').Span;
  zone: string;
  palette: import('../static/charts/chart-types.js').Palette;
  /** Series marks hidden by the link, see panels/legend-model.js. */
  hide: string[];
  syncKey: string;
  onHide: (marks: string[]) => void;
  onZoom: (span: import('../static/lib/time.js').Span) => void;
  onZoomBack: () => void;
  onSpeak: (text: string) => void;
}
