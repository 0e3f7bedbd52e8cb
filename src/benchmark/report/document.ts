/** A piece of running text: plain, or with a meaning that both formats can show. */
export type Span =
  | string
  | { readonly kind: 'strong' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly target: string };

export interface Cell {
  readonly text: string;
  /** The best value of a column is set bold, the worst is underlined. */
  readonly mark?: 'best' | 'worst';
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly isNumeric: boolean }[];
  /** The first cell of a row is its header. */
  readonly rows: readonly (readonly Cell[])[];
}

/**
 * A drawing; `table` holds the same numbers, and stands in its place where pictures cannot be shown. It has none
 * where a table beside it holds them.
 */
export interface Chart {
  readonly title: string;
  /** What the chart says, in words. */
  readonly description: string;
  /** Body of the drawing, see charts/. */
  readonly drawing: Drawing;
  readonly table?: Table;
  readonly isCollapsed: boolean;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** SVG elements. */
  readonly content: string;
}

export interface Picture {
  readonly title: string;
  readonly caption: string;
  readonly source: string;
  readonly alternative: string;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table; readonly isCollapsed?: boolean }
  | { readonly kind: 'chart'; readonly chart: Chart }
  | { readonly kind: 'pictures'; readonly pictures: readonly Picture[] };

export interface Section {
  /** Name of the section in links. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** What a report says, apart from how it is written down. */
export interface ReportDocument {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

export const paragraph = (...spans: Span[]): Block => ({ kind: 'paragraph', spans });
export const strong = (text: string): Span => ({ kind: 'strong', text });
