// Marks on all charts of a page, for pages: what they are drawn by is the charts' own.
export { annotate } from '../charts/annotations.js';
