import { basename, dirname, join } from 'node:path';
import type { VolumeRecord } from '../archive/records.js';
import type { QueryMode } from '../retrieval/request.js';
import type { Modality, Plane } from '../volume/volume.js';
import type { LocalizedRange } from './localize.js';

export type Ranking = 'count' | 'max' | 'sum' | 'late-interaction';

/** For one query slice, the best slice of a hit: why the hit was found. */
export interface SliceMatch {
  /** Index of the query slice along the axis of the query's own file. */
  readonly querySlice: number;
  /** Index of the matched slice along the axis of the hit's own file. */
  readonly slice: number;
  /** Position of the matched slice, RAS+ mm. */
  readonly positionMm: number;
  /** Cosine. */
  readonly similarity: number;
}

export interface Hit {
  /** From 1. */
  readonly rank: number;
  /** The archived volume. */
  readonly volume: VolumeRecord;
  /**
   * What the ranking sorts by: number of nearest slices (count), largest or sum of their similarities (max,
   * sum), or sum over the query slices of the best similarity (late-interaction). For a slice query, the
   * similarity.
   */
  readonly score: number;
  /** Mean over the query slices of the best similarity in this volume. */
  readonly meanSimilarity: number;
  /** Where in the volume the query lies. */
  readonly range: LocalizedRange;
  /** One for each query slice, in the order of the query. */
  readonly matches: readonly SliceMatch[];
}

/** Milliseconds by stage. */
export interface Timings {
  /** Reading the query, from its file or from the archive. */
  readonly read: number;
  readonly encode: number;
  /** Reading embeddings of the archive into memory; 0 where they were there already. */
  readonly load: number;
  /** Nearest slices of every query slice. */
  readonly search: number;
  /** Exact late interaction. */
  readonly rerank: number;
  /** Matched slices and ranges of the hits. */
  readonly explain: number;
  readonly total: number;
}

export interface Answer {
  readonly query: {
    /** Absolute path of the query's image. */
    readonly imagePath: string;
    /** Id of the query in the archive; undefined where the query is a file. */
    readonly id: string | undefined;
    readonly mode: QueryMode;
    /** Structure that was looked for; undefined for other regions, slices and volumes. */
    readonly label: string | undefined;
    readonly modality: Modality;
    readonly plane: Plane;
    /** Indices along the file's own axis of the slices that were looked for. */
    readonly slices: readonly number[];
    /** Name of the encoder. */
    readonly encoder: string;
  };
  readonly ranking: Ranking;
  readonly hits: readonly Hit[];
  /** What a user should know to read the hits rightly; whole sentences. */
  readonly warnings: readonly string[];
  readonly timings: Timings;
}

/**
 * What the query is called where there is little room: its id in the archive, or its file with the folder it
 * lies in, for many scans are named alike ("s0006/ct.nii.gz").
 */
export function queryName({ id, imagePath }: Answer['query']): string {
  return id ?? join(basename(dirname(imagePath)), basename(imagePath));
}
