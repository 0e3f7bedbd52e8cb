import type { SliceRange } from './metrics/range-overlap.js';

/**
 * What is asked of an answer (docs/benchmark.md has the definitions). `ratio` is the localization ratio, `range`
 * the overlap of the localized range with the true one, `range-half` whether that is a half at least.
 */
export const modes = ['slice', 'volume', 'region', 'localized', 'ratio', 'range', 'range-half'] as const;
export type Mode = (typeof modes)[number];

/**
 * Which volumes may answer a query for a class: all, or only those in which the class was looked for when their
 * mask was drawn (and then only such volumes ask for it).
 */
export const answerScopes = ['all', 'annotated'] as const;
export type AnswerScopeName = (typeof answerScopes)[number];

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
   * for a false negative; for `ratio` and `range` it is a share between 0 and 1. Slice-wise every slice that has the class
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
  /** Position of the class in `LabelledSlices.classes`; undefined for a volume query that all volumes may answer. */
  readonly queryClass: number | undefined;
  /** Best first: position in the database's volumes, and score. At most `depth` of them. */
  readonly volumes: readonly { readonly volume: number; readonly score: number }[];
  /** Rows of the database: the slices of the first volume that answered; a row may stand here several times. */
  readonly answeringRows: readonly number[];
  /** Where in the first volume the region was found; undefined for volume queries, and where it was not asked for. */
  readonly range: SliceRange | undefined;
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
  /** Position of the class that the answer is for; undefined: for all classes of the slice. */
  readonly queryClass: number | undefined;
  /** Row of the queries, and row of the database that is nearest to it. */
  readonly queryRow: number;
  readonly row: number;
  readonly similarity: number;
}
