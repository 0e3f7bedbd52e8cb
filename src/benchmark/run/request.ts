import type { DeviceChoice } from '../../encoder/network-session.js';
import type { MatrixFiles } from '../dataset/embedding-matrix.js';
import type { BenchmarkRanking, Mode } from '../outcomes.js';
import type { Results } from '../results/schema.js';
import type { EncoderRequest } from './vector-source.js';

export interface BenchmarkRequest {
  /** Cohort CSV, TotalSegmentator folder, folder of phantoms, task of the Medical Segmentation Decathlon. */
  readonly dataset: string;
  /** What the data set is called in the report; default: the name of its file or folder. */
  readonly name?: string;
  /** Folder of the results; made where there is none. */
  readonly out: string;
  readonly encoders: readonly EncoderRequest[];
  /** Embeddings that were computed elsewhere. */
  readonly embeddings: readonly (MatrixFiles & { readonly name: string })[];
  /** `flat`, `hnsw`, `lsh`. */
  readonly indexes: readonly string[];
  readonly modes: readonly Mode[];
  readonly rankings: readonly BenchmarkRanking[];
  /**
   * `detailed`, `detailed-v2`, `coarse`, `all`, or paths of JSON files. Default: detailed and coarse where
   * most labels of the queries are TotalSegmentator's, else all.
   */
  readonly classMaps?: readonly string[];
  readonly databaseSplit?: string;
  readonly querySplit?: string;
  /** CSVs with the columns id and split, or 3D-MIR's lists, in place of the data set's own. */
  readonly splits?: readonly string[];
  /** CSVs with labels of whole cases in 3D-MIR's form. */
  readonly caseLabels?: readonly string[];
  readonly minVoxels?: number;
  /** Where encoders that are networks run; default cpu. */
  readonly device?: DeviceChoice;
  readonly machine?: Results['environment']['machine'];
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface BenchmarkProgress {
  /** "Encoding with NAME", "Evaluating ENCODER, INDEX, CLASS MAP". */
  readonly task: string;
  /** Volumes done, and all. */
  readonly done: number;
  readonly total: number;
  /** Slices that this step cost work for. */
  readonly slices: number;
}

/** Fixed, and printed in every report. */
export const parameters = {
  answers: 15,
  depth: 100,
  bootstrapResamples: 1000,
  permutations: 10_000,
} as const;
export const seeds = { bootstrap: 20_240_509, permutation: 2334 } as const;
