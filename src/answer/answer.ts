import { basename, dirname, join } from 'node:path';
import type { DicomImage, SeriesIdentity, VolumeRecord } from '../archive/records.js';
import type { PatientBox } from '../retrieval/region.js';
import type { QueryMode } from '../retrieval/request.js';
import type { ImageSource } from '../volume/image-source.js';
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
  /** The DICOM image that shows the matched slice; null where there is none. */
  readonly dicomImage: DicomImage | null;
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
  /** The box that matches that of the query, RAS+ mm; only where it was asked for (`withBox`). */
  readonly box?: PatientBox;
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
    /** Absolute path of the query's image, or of the folder of its DICOM files; URL of a downloaded series. */
    readonly imagePath: string;
    /** Opens the image itself. */
    readonly openImage: () => Promise<ImageSource>;
    /** The DICOM series that the query is; null for files. */
    readonly series: SeriesIdentity | null;
    /** Id of the query in the archive; undefined where the query is a file. */
    readonly id: string | undefined;
    readonly mode: QueryMode;
    /** Structure that was looked for; undefined for other regions, slices and volumes. */
    readonly label: string | undefined;
    readonly modality: Modality;
    readonly plane: Plane;
    /** Indices along the file's own axis of the slices that were looked for. */
    readonly slices: readonly number[];
    /** The DICOM images that show these slices, in their order; null where there is none. */
    readonly dicomImages: readonly (DicomImage | null)[];
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
