import type { SliceVectors } from '../index/slice-index.js';

/** One volume of a benchmark. */
export interface LabelledVolume {
  readonly id: string;
  /** Patients are the units of the statistics; the volume's own id where the data set states none. */
  readonly patient: string;
  readonly firstRow: number;
  readonly rowCount: number;
  /** Distance of slices whose indices are neighbours, in mm. */
  readonly spacingMm: number;
}

/**
 * The slices of one side of a benchmark (database or queries): vectors, and what is in every slice. Volumes in
 * ascending order of their ids, the slices of each in ascending order of their index, so that ties come out as
 * defined.
 */
export interface LabelledSlices extends SliceVectors {
  readonly volumes: readonly LabelledVolume[];
  /** Slice index along the file's own axis, by row. */
  readonly sliceIndex: Int32Array;
  /** Names of the classes: the columns of `voxels`. */
  readonly classes: readonly string[];
  /** Row-major [rows, classes]: voxels of the class in the slice. */
  readonly voxels: Uint32Array;
  /**
   * Row-major [volumes, classes]: 1 where the class was looked for when the mask was drawn, so that a slice without
   * it has none. Undefined: every class in every volume.
   */
  readonly annotated?: Uint8Array;
}
