import type { Grid } from './plane-on-grid.js';

/** The slices of one structure that have any voxel: by slice index k, [size[1], size[0]] (j, i), 1 inside. */
export type StructureSlices = ReadonlyMap<number, Uint8Array>;

export interface DrawnStructure {
  readonly slices: StructureSlices;
  /** Image planes or contours that the structure has. */
  readonly planes: number;
  /** Of these: beyond the first or the last slice of the volume. */
  readonly outside: number;
  /** Of these: not parallel to the slices of the volume. */
  readonly notParallel: number;
}

/** One named structure of a DICOM object, drawn on a volume's grid when it is asked for. */
export interface DicomStructure {
  readonly name: string;
  draw(grid: Grid): DrawnStructure;
}

/** What one SEG or RTSTRUCT object holds. */
export interface DicomStructures {
  readonly structures: readonly DicomStructure[];
  /** What was left out or interpreted; whole sentences. */
  readonly warnings: readonly string[];
}
