import type { CaseTask } from '../dataset/case-labels.js';
import type { AnswerScopeName, BenchmarkRanking, Mode } from '../outcomes.js';

/** The bounds of a 95 % bootstrap interval; null where none could be computed. */
export type Interval = readonly [low: number, high: number] | null;

export interface ClassFigure {
  readonly class: string;
  readonly queries: number;
  /** Null for a class without a query. */
  readonly value: number | null;
  readonly interval: Interval;
}

/** One figure of the benchmark with the classes that it is the mean of. */
export interface ReportFigure {
  /** Unique; comparisons name it. */
  readonly name: string;
  readonly encoder: string;
  readonly index: string;
  readonly classMap: string;
  readonly mode: Mode;
  readonly ranking: BenchmarkRanking;
  readonly among: AnswerScopeName;
  /** Null where no class has a query. */
  readonly mean: number | null;
  /** Standard deviation over classes. */
  readonly std: number | null;
  readonly interval: Interval;
  readonly classes: readonly ClassFigure[];
  /** Further columns by their names, such as `precision@5`. */
  readonly columns: Readonly<Record<string, number | null>>;
}

/** A figure of whole cases, over the queries that have a label for the task. */
export interface ReportCaseFigure {
  /** Name of the labels. */
  readonly labels: string;
  readonly task: CaseTask;
  readonly encoder: string;
  readonly index: string;
  readonly ranking: BenchmarkRanking;
  readonly queries: number;
  readonly unanswerable: number;
  readonly columns: Readonly<Record<string, number>>;
}

export interface CaseLabelFacts {
  readonly name: string;
  readonly sha256: string;
  /** Volumes with a label. */
  readonly database: number;
  readonly queries: number;
  /** Ids of the volumes without one. */
  readonly unlabelled: readonly string[];
  /** Labels of volumes that are on neither side. */
  readonly unmatched: number;
}

export interface SideFacts {
  /** Null where the data set was not divided by splits. */
  readonly split: string | null;
  readonly volumes: number;
  readonly slices: number;
  readonly patients: number;
}

export interface LeftOutVolume {
  readonly id: string;
  readonly reason: string;
}

export interface IndexFacts {
  readonly name: string;
  readonly encoder: string;
  /** In words, such as "M 32, efConstruction 128". */
  readonly parameters: string;
  /** Share of the query slices whose nearest slice is that of exact search. */
  readonly recallAgainstExact: number | null;
  readonly buildSeconds: number | null;
  readonly searchSeconds: number | null;
  readonly bytes: number | null;
}

/** A paired permutation test. */
export interface Comparison {
  /** Names of figures. */
  readonly a: string;
  readonly b: string;
  /** What is compared, in words. */
  readonly what: string;
  /** Mean of `a` minus mean of `b`. */
  readonly difference: number;
  readonly p: number;
  /** After Holm's correction over all comparisons of its family. */
  readonly pHolm: number;
}

export interface GalleryEntry {
  readonly kind: 'best' | 'worst';
  readonly title: string;
  readonly caption: string;
  /** `data:image/png;base64,...` */
  readonly picture: string;
  /** What the picture shows, for those who do not see it. */
  readonly alternative: string;
}

/** A name and a value, as they stand in a table of facts. */
export interface Fact {
  readonly name: string;
  readonly value: string | number;
}

/** All that a report shows; a report adds nothing but order, marks and words. */
export interface ReportInput {
  readonly dataset: {
    readonly name: string;
    /** What the data set is, such as "TotalSegmentator v1". */
    readonly identity: string;
    readonly contentHash: string;
    /** Only then the published averages stand on the same scans. */
    readonly isTotalSegmentator: boolean;
    readonly database: SideFacts;
    readonly queries: SideFacts;
    readonly leftOut: readonly LeftOutVolume[];
    readonly caseLabels?: readonly CaseLabelFacts[];
  };
  readonly classMaps: readonly {
    readonly name: string;
    readonly source: string;
    readonly classes: readonly string[];
  }[];
  readonly encoders: readonly {
    readonly name: string;
    readonly dimension: number;
    /** Of the weights, or of the matrices where the embeddings were computed elsewhere. */
    readonly weightsHash: string;
    /** Null where the embeddings were computed elsewhere. */
    readonly preprocessing: readonly Fact[] | null;
  }[];
  readonly parameters: readonly Fact[];
  readonly seeds: readonly Fact[];
  readonly version: string;
  readonly environment: {
    readonly machine: string;
    /** To the minute, in words. */
    readonly date: string;
    readonly timings: readonly Fact[];
  };
  readonly figures: readonly ReportFigure[];
  readonly caseFigures: readonly ReportCaseFigure[];
  readonly indexes: readonly IndexFacts[];
  readonly comparisons: readonly Comparison[];
  readonly extras: ReportExtras;
}

/** What a report can show beyond results.json. */
export interface ReportExtras {
  readonly regionSizes?: {
    /** Such as "voxels" or "slices". */
    readonly unit: string;
    /** Mean over the query volumes that have the class. */
    readonly sizes: readonly { readonly classMap: string; readonly class: string; readonly mean: number }[];
  };
  readonly gallery?: readonly GalleryEntry[];
  /** Where docs/benchmark.md can be read from the report; without it the page is named, not linked. */
  readonly documentation?: string;
}
