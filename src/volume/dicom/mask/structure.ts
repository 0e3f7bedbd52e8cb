/** The slices of one structure that have any voxel: by slice index k, [size[1], size[0]] (j, i), 1 inside. */
export type StructureSlices = ReadonlyMap<number, Uint8Array>;

export interface DrawnStructure {
  readonly slices: StructureSlices;
  /** Image planes or contours that show something of the structure, as far as they were looked at. */
  readonly planes: number;
  /** Of these: beyond the first or the last slice of the volume. */
  readonly outside: number;
  /** Of these: not parallel to the slices of the volume. */
  readonly notParallel: number;
}

/** One named structure of a DICOM object, placed on a volume's grid and drawn when it is asked for. */
export interface DicomStructure {
  readonly name: string;
  /** @throws VoxseekError DICOM_INVALID */
  draw(): DrawnStructure;
}

/** What one SEG or RTSTRUCT object holds. */
export interface DicomStructures {
  readonly structures: readonly DicomStructure[];
  /** What was left out or interpreted; whole sentences. */
  readonly warnings: readonly string[];
}

/** Adds the voxels of a slice to another one. */
export function addVoxels(target: Uint8Array, voxels: Uint8Array): void {
  for (let voxel = 0; voxel < target.length; voxel++) target[voxel]! |= voxels[voxel]!;
}
