/** What is asked of an answer (docs/benchmark.md has the definitions). `ratio` is the localization ratio. */
export const modes = ['slice', 'volume', 'region', 'localized', 'ratio'] as const;
export type Mode = (typeof modes)[number];

/**
 * How the answering volume is chosen. `late-interaction` scores the volumes that own a nearest slice of the
 * query (the two stages of arXiv 2405.09334), `late-interaction-all` every volume. Slice-wise retrieval has no
 * ranking of volumes: it is reported under `count`.
 */
export const rankings = ['count', 'max', 'sum', 'late-interaction', 'late-interaction-all'] as const;
export type BenchmarkRanking = (typeof rankings)[number];

/**
 * The outcomes of all queries in one mode with one ranking, summed up by query volume and class: all that
 * recall, its intervals and its tests are made of.
 */
export interface Outcomes {
  readonly mode: Mode;
  readonly ranking: BenchmarkRanking;
  readonly classes: readonly string[];
  /** Query volumes and their patients, in ascending order of the volume ids. */
  readonly volumes: readonly { readonly id: string; readonly patient: string }[];
  /**
   * Row-major [volumes, classes]: queries, and the sum of their values. A value is 1 for a true positive and 0
   * for a false negative; for `ratio` it is a share between 0 and 1. Slice-wise every slice that has the class
   * is a query, otherwise there is at most one query a volume and class.
   */
  readonly queries: Uint32Array;
  readonly values: Float64Array;
}

/** The answer to one query of a mode other than `slice`: what run files hold. */
export interface RankedAnswer {
  readonly mode: 'volume' | 'region';
  readonly ranking: BenchmarkRanking;
  /** Position of the query volume in its `LabelledSlices.volumes`. */
  readonly queryVolume: number;
  /** Position of the class in `LabelledSlices.classes`; undefined for a volume query. */
  readonly queryClass: number | undefined;
  /** Best first: position in the database's volumes, and score. At most `depth` of them. */
  readonly volumes: readonly { readonly volume: number; readonly score: number }[];
  /** Rows of the database: the slices of the first volume that answered; a row may stand here several times. */
  readonly answeringRows: readonly number[];
}

/** All volumes that answer the slices of one query volume, whether it has a class or not. */
export interface VolumeRanking {
  readonly ranking: BenchmarkRanking;
  /** Position of the query volume in its `LabelledSlices.volumes`. */
  readonly queryVolume: number;
  /** Best first: position in the database's volumes, and score. As many as the ranking has. */
  readonly volumes: RankedAnswer['volumes'];
}

/** The answer to one query slice. */
export interface SliceAnswer {
  /** Row of the queries, and row of the database that is nearest to it. */
  readonly queryRow: number;
  readonly row: number;
  readonly similarity: number;
}
